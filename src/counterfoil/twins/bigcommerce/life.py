"""What becomes of an order after it was begun. No status is protected: any may be set by hand, and
neither money nor goods move because of it (documented, and recorded of goods)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from msgspec.structs import replace

from counterfoil.twins.bigcommerce.order import (
    AWAITING_FULFILMENT,
    AWAITING_PAYMENT,
    INCOMPLETE,
    SHIPPED,
    Kept,
)
from counterfoil.twins.kit.faults import Fault

Change = Callable[[Kept, int], Kept]
"""From an order and the moment (seconds since 1970) to the order as it is then."""

_PAID: Final = {
    "paid": (AWAITING_FULFILMENT, "captured"),
    "authorised": (AWAITING_FULFILMENT, "authorized"),
    "pending": (AWAITING_PAYMENT, "pending"),
    "unpaid": (AWAITING_PAYMENT, ""),
}


def completed(order: Kept, now_s: int) -> Kept:
    """The shopper has finished the checkout."""
    status, payment = _PAID[order.sale.payment]
    if order.status != INCOMPLETE:
        return order
    return replace(order, status=status, payment_status=payment)


def set_status(status: int) -> Change:
    """Somebody sets the status by hand; "Shipped" says when, and counts no piece (recorded)."""

    def change(order: Kept, now_s: int) -> Kept:
        shipped_s = now_s if status == SHIPPED else order.shipped_s
        return replace(order, status=status, shipped_s=shipped_s)

    return change


def sent(order: Kept, now_s: int) -> Kept:
    """A shipment with every piece is written."""
    pieces = tuple(line.quantity for line in order.sale.lines)
    return replace(order, status=SHIPPED, shipped_s=now_s, sent=pieces)


def refunded(order: Kept, now_s: int) -> Kept:
    """Everything is paid back: the order's own `refunded_amount` stays at nothing."""
    pieces = tuple(line.quantity for line in order.sale.lines)
    return replace(order, status=4, payment_status="refunded", returned=pieces)


def noted(order: Kept, now_s: int) -> Kept:
    """Somebody writes a note for the staff."""
    return replace(order, staff_notes=f"{order.staff_notes or ''} Please call.".strip())


def archived(order: Kept, now_s: int) -> Kept:
    """Deleted: it leaves every listing that does not ask for it."""
    return replace(order, archived=True)


EVENTS: Final[Mapping[str, Change]] = {
    "completed": completed,
    "edited": noted,
    "shipped_by_hand": set_status(SHIPPED),
    "sent": sent,
    "refunded": refunded,
    "cancelled": set_status(5),
    "declined": set_status(6),
    "archived": archived,
}

LIFE: Final[Mapping[str, Fault]] = {
    "shipped_by_hand": Fault("An order was called shipped, and no piece was sent.", 0.0, 0.02),
    "sent": Fault("An order was sent.", 0.0, 0.1),
    "refunded": Fault("An order was paid back.", 0.0, 0.02),
    "cancelled": Fault("An order was cancelled.", 0.0, 0.02),
    "declined": Fault("The payment of an order was declined.", 0.0, 0.01),
    "archived": Fault("An order was archived.", 0.0, 0.01),
}
"""What may befall an order by itself, and how often on a hostile day."""
