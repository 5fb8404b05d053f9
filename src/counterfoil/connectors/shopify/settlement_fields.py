"""From one payout as Shopify states it, with its entries, to a `Reading`."""

from __future__ import annotations

from typing import Final

import msgspec

from counterfoil.connectors.shopify.fields import legacy
from counterfoil.kit.api.faults import member
from counterfoil.kit.api.reading import DocumentReader, Head, Row, reading_of
from counterfoil.mapping.convert import currency_code, identity, money, text, when, wrong
from counterfoil.mapping.field import Each, Field, Table
from counterfoil.mapping.mapper import Mapper
from counterfoil.mapping.valuemap import words_of
from counterfoil.model import settlement as model
from counterfoil.values.clock import Instant

OWN_LEG: Final = "TRANSFER"
"""The entry by which the payout itself leaves the balance; it is none of what it is made of."""


class _Words(msgspec.Struct, frozen=True):
    payouts: dict[str, model.PayoutStatus]
    entries: dict[str, model.Kind]


_WORDS: Final = words_of(__package__ or "", _Words)


def _status(value: object, currency: str) -> str:
    status = _WORDS.payouts.get(text(value, currency))
    if status is None:
        raise wrong(value, "the status of a payout")
    return status


def _kind(value: object, currency: str) -> str:
    return _WORDS.entries.get(text(value, currency), "other")


def _settled(value: object, currency: str) -> int:
    """Money of the balance: in the payout's own currency, or not at all."""
    if member(value, ("currencyCode",)) != currency:
        raise wrong(None, f"an amount in {currency}")
    return money(member(value, ("amount",)), currency)


_ENTRY: Final = Table(
    "payout entry",
    (
        Field("key", "id", legacy),
        Field("kind", "type", _kind),
        Field("word", "type"),
        Field("happened", "transactionDate", when),
        Field("amount_minor", "amount", _settled),
        Field("fee_minor", "fee", _settled),
        Field("net_minor", "net", _settled),
        Field("order", "associatedOrder.id", legacy, ""),
        Field("order_number", "associatedOrder.name", text, ""),
        Field("reference", "sourceOrderTransactionId", identity, ""),
    ),
    model.Row,
    ignores={"associatedPayout": "It tells which payout it is of, by which it was sought."},
)
_PAYOUT: Final = Table(
    "payout",
    (
        Field("key", "legacyResourceId", identity),
        Field("number", "legacyResourceId", identity),
        Field("status", "status", _status),
        Field("issued", "issuedAt", when),
        Field("as_of", "asOf", when),
        Field("currency", "net.currencyCode", currency_code),
        Field("net_minor", "net", _settled),
        Field("bank_reference", "externalTraceId", text, ""),
        Each("rows", "entries", _ENTRY),
    ),
    model.Settlement,
)
_HEAD: Final = Head(
    key=Field("key", "legacyResourceId", identity),
    number="legacyResourceId",
    version="asOf",
    created="issuedAt",
    currency="code",
    total=lambda row, currency: _settled(row.get("net"), currency),
    cancelled=lambda row: row.get("status") == "CANCELED",
)


def dated(node: Row, at: Instant) -> Row:
    """A payout as it was told `at` this moment; it names neither that nor, where it is a payout's,
    its currency at a place of its own."""
    return {**node, "asOf": at.format_iso(), "code": member(node, ("net", "currencyCode"))}


def reader() -> DocumentReader[model.Settlement, model.Settlement]:
    """Reads payouts that are `dated`, with their entries."""
    mapper = Mapper(_PAYOUT)
    return DocumentReader(
        _HEAD,
        lambda row: mapper.run(row, currency_code(row.get("code"), "")),
        lambda payout, row, source: reading_of(payout, source),
        nameless="The answer does not say which payout it is about.",
    )
