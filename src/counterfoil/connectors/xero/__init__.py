"""Xero, where a retailer keeps its books, reached through its Accounting API."""

from __future__ import annotations

from counterfoil.connectors.xero.client import Client
from counterfoil.connectors.xero.order import OrderTarget
from counterfoil.connectors.xero.refund import RefundTarget
from counterfoil.connectors.xero.sales import Bookkeeping
from counterfoil.kit.api.settings import value_maps
from counterfoil.kit.connector import Connector, Opening, Session
from counterfoil.kit.manifest import load
from counterfoil.mapping.valuemap import ValueMap

_MANIFEST = load(__name__)


def opened(opening: Opening) -> Session:
    """The session of one connection. Raises `Misconfigured` naming a setting that is wrong."""
    client, maps = Client(opening), value_maps(opening, _MANIFEST)
    accounts, tax_types, gateways = (
        maps[name] or ValueMap(name, {}) for name in ("account_map", "tax_map", "payment_map")
    )
    books = Bookkeeping(client.profile, accounts, tax_types, client.where)
    return Session(
        sources={},
        targets={
            "order": OrderTarget(client, books),
            "refund": RefundTarget(client, books, gateways),
        },
        probe=client.probe,
    )


CONNECTOR = Connector(manifest=_MANIFEST, open=opened)

__all__ = ["CONNECTOR"]
