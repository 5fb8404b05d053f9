"""Shopify: orders and refunds out of the GraphQL Admin API, its webhooks and its bulk operations;
products and fulfilments into it."""

from __future__ import annotations

from counterfoil.connectors.shopify.client import Client
from counterfoil.connectors.shopify.fulfilment import FulfilmentTarget
from counterfoil.connectors.shopify.order import OrderSource
from counterfoil.connectors.shopify.product import ProductTarget
from counterfoil.connectors.shopify.product_fields import Settings
from counterfoil.connectors.shopify.refund import RefundSource
from counterfoil.connectors.shopify.stock import StockTarget
from counterfoil.kit.api.settings import typed, value_maps
from counterfoil.kit.connector import Connector, Opening, Session
from counterfoil.kit.manifest import load
from counterfoil.model.words import Word

MANIFEST = load(__name__)


def opened(opening: Opening) -> Session:
    """The session of one shop."""
    client = Client(opening)
    sources: dict[Word, object] = {
        "order": OrderSource(client, opening.settings),
        "refund": RefundSource(client, opening.settings),
    }
    maps = value_maps(opening, MANIFEST)
    notify = bool(opening.settings["notify_customer"])
    targets: dict[Word, object] = {
        "fulfilment": FulfilmentTarget(client, maps["carrier_map"], notify=notify),
        "product": ProductTarget(client, typed(opening, Settings)),
        "stock": StockTarget(client, maps["location_map"], where=opening.name),
    }
    return Session(sources=sources, targets=targets, probe=client.proven)


CONNECTOR = Connector(manifest=MANIFEST, open=opened)

__all__ = ["CONNECTOR"]
