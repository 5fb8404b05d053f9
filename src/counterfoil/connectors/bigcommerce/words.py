"""BigCommerce's words in ours: states of an order, where it was sold, what a customer wrote."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from counterfoil.mapping.convert import named, text
from counterfoil.mapping.valuemap import words_of
from counterfoil.model.order import Paid

Row = dict[str, Any]


class _Words(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    incomplete: int
    cancelled: int
    sent: frozenset[int]
    over: frozenset[int]
    unpaid: frozenset[int]
    refunded: frozenset[int]
    storefront: frozenset[str]
    written: tuple[str, ...]
    payment: dict[str, Paid]
    status: dict[int, Paid]
    against: dict[int, Paid]


WORDS: Final = words_of(__package__ or "", _Words)


def paid(payment: str, status: int, *, by_status: bool) -> Paid:
    """Whether it is paid; a status that speaks against it counts more than the payment's own."""
    if status in WORDS.against:
        return WORDS.against[status]
    if payment:
        return WORDS.payment.get(payment.casefold(), "")
    return WORDS.status.get(status, "") if by_status or status in WORDS.unpaid else ""


def is_gone(row: Row) -> bool:
    """Whether nobody wants it any more: cancelled, or archived before anything became of it."""
    status = row.get("status_id")
    return status == WORDS.cancelled or (row.get("is_deleted") is True and status not in WORDS.over)


def was_refunded(row: Row) -> bool:
    """Whether something went back; what is left of it then only its lines tell."""
    by_payment = "refund" in str(row.get("payment_status")).casefold()
    return by_payment or row.get("status_id") in WORDS.refunded


def channel(source: str, number: int) -> str:
    """Where it was sold: "web", another word of the vendor's, or the number of a sales channel."""
    if number > 1:
        return str(number)
    return "web" if source in WORDS.storefront else source


def _is_written(row: Mapping[str, Any]) -> bool:
    return row["type"].casefold().startswith(WORDS.written)


written: Final = named("display_name", "display_value", _is_written)
"""The options that a customer wrote, by their names."""


def chosen(value: Any, currency: str) -> str:
    """The options by which one variant was chosen: "S, Orange"."""
    names = [text(row.get("display_value"), currency) for row in value if not _is_written(row)]
    return ", ".join(name for name in names if name)
