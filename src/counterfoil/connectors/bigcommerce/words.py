"""BigCommerce's words in ours: moments, states of an order, ways to pay, where it was sold."""

from __future__ import annotations

from typing import Any, Final

from counterfoil.mapping.convert import text
from counterfoil.model.line import Pairs
from counterfoil.model.order import Paid

Row = dict[str, Any]

INCOMPLETE: Final = 0
"""A checkout that nobody has finished: no order yet."""
CANCELLED: Final = 5
SENT: Final = frozenset({2, 10})
"""Shipped, Completed. It may be set by hand, and counts no piece then (recorded)."""
_OVER: Final = SENT | {4}

_PAYMENTS: Final[dict[str, Paid]] = {
    "authorized": "authorised",
    "capture pending": "authorised",
    "captured": "paid",
    "paid": "paid",
    "partially refunded": "part-refunded",
    "refunded": "refunded",
    "void": "voided",
    "void pending": "voided",
    "declined": "voided",
    "pending": "pending",
    "held for review": "pending",
}
_BY_STATUS: Final[dict[int, Paid]] = {
    **dict.fromkeys((1, 7), "pending"),
    **dict.fromkeys((2, 3, 8, 9, 10, 11), "paid"),
}
"""What a status says of payment: its own description of 11 is "payment has been confirmed"."""
_AGAINST: Final[dict[int, Paid]] = {4: "refunded", 6: "voided", 12: "pending", 13: ""}
"""Refunded, Declined, Manual Verification Required, Disputed: these stand against any payment."""

_STOREFRONT: Final = frozenset("www mobile iphone ipad android checkout_api".split())
_WRITTEN: Final = ("text", "multi-line", "number", "date", "file", "checkbox")
"""How the types of options begin that a customer writes; of others they choose what is sold."""


def paid(payment: str, status: int, *, by_status: bool) -> Paid:
    """Whether it is paid; a status that speaks against it counts more than the payment's own."""
    if status in _AGAINST:
        return _AGAINST[status]
    if payment:
        return _PAYMENTS.get(payment.casefold(), "")
    return _BY_STATUS.get(status, "") if by_status or status in (1, 7) else ""


def is_gone(row: Row) -> bool:
    """Whether nobody wants it any more: cancelled, or archived before anything became of it."""
    status = row.get("status_id")
    return status == CANCELLED or (row.get("is_deleted") is True and status not in _OVER)


def was_refunded(row: Row) -> bool:
    """Whether something went back; what is left of it then only its lines tell."""
    return row.get("status_id") in (4, 14) or "refund" in str(row.get("payment_status")).casefold()


def channel(source: str, number: object) -> str:
    """Where it was sold: "web", another word of the vendor's, or the number of a sales channel."""
    if type(number) is int and number > 1:
        return str(number)
    return "web" if source in _STOREFRONT else source


def fields(value: Any, currency: str) -> Pairs:
    """What stands in a form: names with their values."""
    return tuple((text(row["name"], currency), text(row.get("value"), currency)) for row in value)


def written(value: Any, currency: str) -> Pairs:
    """The options that a customer wrote, by their names."""
    return tuple(
        (text(row["display_name"], currency), text(row.get("display_value"), currency))
        for row in value
        if row["type"].casefold().startswith(_WRITTEN)
    )


def chosen(value: Any, currency: str) -> str:
    """The options by which one variant was chosen: "S, Orange"."""
    names = [
        text(row.get("display_value"), currency)
        for row in value
        if not row["type"].casefold().startswith(_WRITTEN)
    ]
    return ", ".join(name for name in names if name)
