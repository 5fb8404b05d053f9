"""Peoplevox, pretended: the SOAP service of one customer's site, with a memory and bad days."""

from counterfoil.twins.peoplevox.site import Site
from counterfoil.twins.peoplevox.twin import PeoplevoxTwin

__all__ = ["PeoplevoxTwin", "Site"]
