"""Xero, where a retailer keeps its books, reached through its Accounting API."""

from __future__ import annotations

from counterfoil.connectors.xero.client import Client
from counterfoil.connectors.xero.customer import CustomerTarget
from counterfoil.connectors.xero.order import OrderTarget
from counterfoil.connectors.xero.refund import RefundTarget
from counterfoil.connectors.xero.sales import Bookkeeping
from counterfoil.connectors.xero.settlement import Banks, SettlementTarget
from counterfoil.kit.api.settings import value_maps
from counterfoil.kit.connector import Connector, Opening, Session
from counterfoil.kit.manifest import load
from counterfoil.mapping.valuemap import ValueMap
from counterfoil.model.words import Word

_MANIFEST = load(__name__)


def opened(opening: Opening) -> Session:
    """The session of one connection. Raises `Misconfigured` naming a setting that is wrong."""
    client, maps = Client(opening), value_maps(opening, _MANIFEST)
    accounts, tax_types, gateways = (
        maps[name] or ValueMap(name, {}) for name in ("account_map", "tax_map", "payment_map")
    )
    books = Bookkeeping(client.profile, accounts, tax_types, client.where)
    clearing, bank, kept = (
        maps[name] or ValueMap(name, {}) for name in ("clearing_map", "bank_map", "payout_map")
    )
    banks = Banks(clearing, bank, kept, client.profile.payout_contact)
    targets: dict[Word, object] = {
        "order": OrderTarget(client, books),
        "refund": RefundTarget(client, books, gateways),
        "settlement": SettlementTarget(client, books, banks),
        "customer": CustomerTarget(client),
    }
    return Session(sources={}, targets=targets, probe=client.probe)


CONNECTOR = Connector(manifest=_MANIFEST, open=opened)

__all__ = ["CONNECTOR"]
