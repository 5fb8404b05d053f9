"""Shopify: orders out of the GraphQL Admin API, its webhooks and its bulk operations."""

from __future__ import annotations

from counterfoil.connectors.shopify.client import Client
from counterfoil.connectors.shopify.order import OrderSource
from counterfoil.kit.connector import Connector, Opening, Session
from counterfoil.kit.manifest import load


def opened(opening: Opening) -> Session:
    """The session of one shop."""
    client = Client(opening)
    source = OrderSource(client, opening.settings)
    return Session(sources={"order": source}, targets={}, probe=client.proven)


CONNECTOR = Connector(manifest=load(__name__), open=opened)

__all__ = ["CONNECTOR"]
