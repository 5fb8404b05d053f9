"""What an order was paid with, where its source tells one gateway and what other means took."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec.structs import replace

from counterfoil.model.line import Payment
from counterfoil.model.order import Paid

_PAID: tuple[Paid, ...] = ("authorised", "paid", "part-refunded")


def tenders(
    others: Iterable[Payment], gateway: Payment, total_minor: int, state: Paid
) -> tuple[Payment, ...]:
    """What each of the other means has paid, those that paid nothing left out; then the gateway,
    with what remains of the total, where the order's state says that it was paid or authorised."""
    received = [payment for payment in others if payment.amount_minor]
    due = total_minor - sum(payment.amount_minor for payment in received)
    if due <= 0 or state not in _PAID:
        return tuple(received)
    how = "authorised" if state == "authorised" else "received"
    return (*received, replace(gateway, amount_minor=due, state=how))
