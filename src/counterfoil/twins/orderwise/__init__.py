"""OrderWise, pretended: the REST API of one customer's instance, with a memory and bad days."""

from counterfoil.twins.kit.stored_query import Definition
from counterfoil.twins.orderwise.site import Site
from counterfoil.twins.orderwise.twin import OrderWiseTwin

__all__ = ["Definition", "OrderWiseTwin", "Site"]
