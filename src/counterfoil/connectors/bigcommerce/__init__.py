"""BigCommerce: orders out of the V2 API, and messages that only name them."""

from __future__ import annotations

from counterfoil.connectors.bigcommerce.client import Client
from counterfoil.connectors.bigcommerce.order import OrderSource
from counterfoil.connectors.bigcommerce.reading import Reader, Settings
from counterfoil.kit.api.settings import typed
from counterfoil.kit.connector import Connector, Opening, Session
from counterfoil.kit.manifest import load


def opened(opening: Opening) -> Session:
    """The session of one store."""
    client, settings = Client(opening), typed(opening, Settings)
    source = OrderSource(client, Reader(settings), settings.orders_per_page)
    return Session(sources={"order": source}, targets={}, probe=client.proven)


CONNECTOR = Connector(manifest=load(__name__), open=opened)

__all__ = ["CONNECTOR"]
