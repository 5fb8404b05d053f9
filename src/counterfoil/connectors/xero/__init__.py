"""Xero, where a retailer keeps its books, reached through its Accounting API."""

from __future__ import annotations

from counterfoil.connectors.xero.client import Client
from counterfoil.connectors.xero.customer import CustomerTarget
from counterfoil.connectors.xero.order import OrderTarget
from counterfoil.connectors.xero.payment import Payments
from counterfoil.connectors.xero.profile import DECIMALS, DESCRIPTION, TITLE
from counterfoil.connectors.xero.refund import RefundTarget
from counterfoil.connectors.xero.settlement import Banks, SettlementTarget
from counterfoil.kit.api.settings import value_maps
from counterfoil.kit.connector import Connector, Opening, Session
from counterfoil.kit.manifest import load
from counterfoil.mapping.booked import Booking
from counterfoil.mapping.bookkeeping import Bookkeeping
from counterfoil.mapping.valuemap import ValueMap
from counterfoil.model.words import Word

_MANIFEST = load(__name__)


def opened(opening: Opening) -> Session:
    """The session of one connection. Raises `Misconfigured` naming a setting that is wrong."""
    client, maps = Client(opening), value_maps(opening, _MANIFEST)
    words = {name: words or ValueMap(name, {}) for name, words in maps.items()}
    profile, where = client.profile, client.where
    reckons = profile.tax_amounts == "xero"
    booking = Booking(words["account_map"], words["tax_map"], reckons, TITLE, where)
    books = Bookkeeping(booking, profile.clock, profile.currencies, DECIMALS, DESCRIPTION.fits)
    banks = Banks(
        words["clearing_map"], words["bank_map"], words["payout_map"], profile.payout_contact
    )
    payments = Payments(client, books, words["payment_map"])
    targets: dict[Word, object] = {
        "order": OrderTarget(client, books, payments),
        "refund": RefundTarget(client, books, payments),
        "settlement": SettlementTarget(client, books, banks),
        "customer": CustomerTarget(client),
    }
    return Session(sources={}, targets=targets, probe=client.probe)


CONNECTOR = Connector(manifest=_MANIFEST, open=opened)

__all__ = ["CONNECTOR"]
