"""Shopify: orders out of the GraphQL Admin API, its webhooks and its bulk operations; products and
fulfilments into it."""

from __future__ import annotations

from counterfoil.connectors.shopify.client import Client
from counterfoil.connectors.shopify.fulfilment import FulfilmentTarget
from counterfoil.connectors.shopify.order import OrderSource
from counterfoil.connectors.shopify.product import ProductTarget
from counterfoil.connectors.shopify.product_fields import Settings
from counterfoil.kit.api.settings import typed, value_maps
from counterfoil.kit.connector import Connector, Opening, Session
from counterfoil.kit.manifest import load

MANIFEST = load(__name__)


def opened(opening: Opening) -> Session:
    """The session of one shop."""
    client = Client(opening)
    source = OrderSource(client, opening.settings)
    carriers = value_maps(opening, MANIFEST)["carrier_map"]
    told = FulfilmentTarget(client, carriers, notify=opening.settings["notify_customer"])
    products = ProductTarget(client, typed(opening, Settings))
    return Session(
        sources={"order": source},
        targets={"fulfilment": told, "product": products},
        probe=client.proven,
    )


CONNECTOR = Connector(manifest=MANIFEST, open=opened)

__all__ = ["CONNECTOR"]
