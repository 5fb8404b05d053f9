"""Shopify: orders out of the GraphQL Admin API, its webhooks and its bulk operations; products into
it."""

from __future__ import annotations

from counterfoil.connectors.shopify.client import Client
from counterfoil.connectors.shopify.order import OrderSource
from counterfoil.connectors.shopify.product import ProductTarget
from counterfoil.connectors.shopify.product_fields import Settings
from counterfoil.kit.api.settings import typed
from counterfoil.kit.connector import Connector, Opening, Session
from counterfoil.kit.manifest import load


def opened(opening: Opening) -> Session:
    """The session of one shop."""
    client = Client(opening)
    source = OrderSource(client, opening.settings)
    target = ProductTarget(client, typed(opening, Settings))
    return Session(sources={"order": source}, targets={"product": target}, probe=client.proven)


CONNECTOR = Connector(manifest=load(__name__), open=opened)

__all__ = ["CONNECTOR"]
