"""Shopify, pretended: one shop's Admin API with a memory, a cost bucket and bad days."""

from counterfoil.twins.kit.pace import Pace
from counterfoil.twins.shopify.faults import CATALOGUE
from counterfoil.twins.shopify.profile import Profile, Site
from counterfoil.twins.shopify.twin import ShopifyTwin

__all__ = ["CATALOGUE", "Pace", "Profile", "ShopifyTwin", "Site"]
