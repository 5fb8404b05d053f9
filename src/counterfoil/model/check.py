"""The rule that every order obeys before it is sent: its parts are its total, to the penny.

It is asked after the rules that leave an order out (`flows/order.py`): what is never sent need not
add up.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from counterfoil.values.errors import Hold
from counterfoil.values.money import Money

if TYPE_CHECKING:
    from counterfoil.model.order import Order

_DO = (
    "Open the order at the shop and compare its lines, postage, discounts and tax with its total."
    " Correct it there, and it arrives again by itself; or enter it by hand and set this one aside."
)


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
        said = _differs(order, "", order.total_minor, expected)
        raise Hold(said, do=_DO, code="total-differs")
    if tax != order.tax_minor:
        raise Hold(_differs(order, " of tax", order.tax_minor, tax), do=_DO, code="tax-differs")


def _differs(order: Order, of: str, stated: int, expected: int) -> str:
    said, found = Money(stated, order.currency), Money(expected, order.currency)
    return f"Order {order.number} says {said}{of}, but its parts come to {found}."
