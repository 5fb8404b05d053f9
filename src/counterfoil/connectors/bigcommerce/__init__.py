"""BigCommerce: orders out of the V2 API, and messages that only name them."""

from __future__ import annotations

from functools import partial

from counterfoil.connectors.bigcommerce.client import api_of, proven
from counterfoil.connectors.bigcommerce.order import ORDERS, Reader, Settings
from counterfoil.kit.api.endpoint import ListedSource
from counterfoil.kit.api.settings import typed
from counterfoil.kit.api.sublists import Whole
from counterfoil.kit.connector import Connector, Opening, Session
from counterfoil.kit.manifest import load


def opened(opening: Opening) -> Session:
    """The session of one store."""
    api, settings = api_of(opening), typed(opening, Settings)
    orders = Whole(api, ORDERS, Reader(settings))
    source = ListedSource(api, ORDERS, orders, settings.orders_per_page)
    return Session(sources={"order": source}, targets={}, probe=partial(proven, api))


CONNECTOR = Connector(manifest=load(__name__), open=opened)

__all__ = ["CONNECTOR"]
