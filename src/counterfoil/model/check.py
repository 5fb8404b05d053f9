"""The rule that every order obeys before it exists here: its parts are its total, to the penny."""

from __future__ import annotations

from typing import TYPE_CHECKING

from counterfoil.values.errors import Hold
from counterfoil.values.money import Money

if TYPE_CHECKING:
    from counterfoil.model.order import Order


def check(order: Order) -> None:
    """Raise `Hold` unless lines + shipping + extras (+ tax not included) are the total.

    Tax is checked against its own parts in the same way. All in minor units, no tolerance.
    """
    parts = tax = 0
    for line in order.lines:
        parts += line.quantity * line.unit_minor - line.discount_minor
        tax += line.tax_minor
        if line.quantity < 0 or line.discount_minor < 0:
            raise Hold(
                f"Line {line.key} of order {order.number} has a negative quantity or discount.",
                do="Correct the order at its source, or set it aside with a reason.",
                code="bad-line",
            )
    for charge in (*order.shipping, *order.extras):
        parts += charge.amount_minor
        tax += charge.tax_minor
    expected = parts if order.tax_included else parts + tax
    if expected != order.total_minor:
        raise Hold(
            f"Order {order.number} says {Money(order.total_minor, order.currency)}, "
            f"but its parts come to {Money(expected, order.currency)}.",
            do="Find the missing amount at the source; nothing was sent.",
            code="total-differs",
        )
    if tax != order.tax_minor:
        raise Hold(
            f"Order {order.number} says {Money(order.tax_minor, order.currency)} of tax, "
            f"but its lines carry {Money(tax, order.currency)}.",
            do="Find the missing tax at the source; nothing was sent.",
            code="tax-differs",
        )
