"""Xero, pretended: the books of one organisation, with a memory and bad days."""

from counterfoil.twins.xero.site import Site
from counterfoil.twins.xero.twin import XeroTwin

__all__ = ["Site", "XeroTwin"]
