"""BigCommerce, pretended: one store's orders (V2) and webhooks (V3), with a memory and bad days."""

from counterfoil.twins.bigcommerce.faults import CATALOGUE
from counterfoil.twins.bigcommerce.site import Site
from counterfoil.twins.bigcommerce.twin import BigCommerceTwin

__all__ = ["CATALOGUE", "BigCommerceTwin", "Site"]
