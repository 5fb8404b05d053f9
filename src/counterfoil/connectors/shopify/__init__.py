"""Shopify: orders, refunds, customers and payouts out of the GraphQL Admin API, its webhooks and
its bulk operations; products, stock and fulfilments into it."""

from __future__ import annotations

from counterfoil.connectors.shopify.client import Client
from counterfoil.connectors.shopify.customer import CustomerSource
from counterfoil.connectors.shopify.fulfilment import FulfilmentTarget
from counterfoil.connectors.shopify.order import OrderSource
from counterfoil.connectors.shopify.product import ProductTarget
from counterfoil.connectors.shopify.product_fields import Settings
from counterfoil.connectors.shopify.refund import RefundSource
from counterfoil.connectors.shopify.settlement import SettlementSource
from counterfoil.connectors.shopify.stock import StockTarget
from counterfoil.kit.api.settings import typed, value_maps
from counterfoil.kit.connector import Connector, Opening, Session
from counterfoil.kit.manifest import load
from counterfoil.model.words import Word

MANIFEST = load(__name__)


def opened(opening: Opening) -> Session:
    """The session of one shop."""
    client, maps, settings = Client(opening), value_maps(opening, MANIFEST), opening.settings
    readers = (OrderSource, RefundSource, CustomerSource, SettlementSource)
    order, refund, customer, payout = (made(client, settings) for made in readers)
    sources: dict[Word, object] = {"order": order, "refund": refund}
    sources |= {"customer": customer, "settlement": payout}
    notify = bool(settings["notify_customer"])
    targets: dict[Word, object] = {
        "fulfilment": FulfilmentTarget(client, maps["carrier_map"], notify=notify),
        "product": ProductTarget(client, typed(opening, Settings)),
        "stock": StockTarget(client, maps["location_map"], where=opening.name),
    }
    return Session(sources=sources, targets=targets, probe=client.proven)


CONNECTOR = Connector(manifest=MANIFEST, open=opened)

__all__ = ["CONNECTOR"]
