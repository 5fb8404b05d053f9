"""The order as the store remembers it, and what it comes to: pairs of prices, with and without tax.

One side of a pair is what was agreed, the other is reckoned from it and written with four decimals.
Discounts of the order stand beside its lines: a line's total is before them, its tax is after them,
so the two together are not what the line costs (recorded: 2,369.6667 and 125.12 of 2,500).
"""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from typing import Final, NamedTuple

import msgspec

from counterfoil.twins.world import Sale, SaleDiscount, SaleLine
from counterfoil.values.money import exponent

INCOMPLETE, SHIPPED, AWAITING_PAYMENT, AWAITING_FULFILMENT = 0, 2, 7, 11
_FINE: Final = 4  # decimals


class Kept(msgspec.Struct, frozen=True, array_like=True):
    """One order. Moments are seconds since 1970 (0: never). `sent` and `returned` count units by
    the place of their line; `archived` orders are shown only to who asks for them."""

    id: int
    first_line: int
    sale: Sale
    created_s: int
    modified_s: int
    status: int
    payment_status: str = ""
    shipped_s: int = 0
    sent: tuple[int, ...] = ()
    returned: tuple[int, ...] = ()
    staff_notes: str | None = None
    external_order_id: str = ""
    archived: bool = False

    @property
    def by_shopper(self) -> bool:
        """Whether a shopper placed it at the storefront; an app or a person did otherwise."""
        return self.sale.channel == "web"

    @property
    def agreed(self) -> int:
        """The side of a pair that was agreed, by its place: with tax, or without."""
        return 0 if self.sale.tax_included else 1


class Pair(NamedTuple):
    """An amount with and without tax, in minor units."""

    inc: Fraction
    ex: Fraction

    def times(self, quantity: int) -> Pair:
        """So many of it."""
        return Pair(self.inc * quantity, self.ex * quantity)

    @property
    def tax(self) -> Fraction:
        """The difference."""
        return self.inc - self.ex


class Totals(NamedTuple):
    """What an order comes to, in minor units; `line_tax` is after the discounts."""

    subtotal: Pair
    shipping: Pair
    total: Pair
    line_tax: int
    discount: int
    coupons: int


def price(order: Kept, line: SaleLine) -> Pair:
    """What one unit of a line costs before discounts."""
    rate = Fraction(order.sale.tax_rate) if line.tax_minor else Fraction(0)
    unit = Fraction(line.unit_minor)
    if order.sale.tax_included:
        return Pair(unit, unit / (1 + rate))
    return Pair(unit * (1 + rate), unit)


def shares(line: SaleLine) -> tuple[tuple[int, int], ...]:
    """What each discount of the order, by its place, takes off a line."""
    return line.shares or (((0, line.discount_minor),) if line.discount_minor else ())


def paid(order: Kept, line: SaleLine) -> int:
    """What a line costs after every discount, with its tax."""
    beside = 0 if order.sale.tax_included else line.tax_minor
    return line.quantity * line.unit_minor - line.discount_minor + beside


def taken_off(order: Kept, discount: int) -> int:
    """All that one discount of the order, by its place, takes off."""
    return sum(minor for line in order.sale.lines for at, minor in shares(line) if at == discount)


def is_coupon(discount: SaleDiscount) -> bool:
    """Whether a code was typed in for it."""
    return discount.kind == "discount_code"


def totals(order: Kept) -> Totals:
    """What an order comes to."""
    sale = order.sale
    lines = [price(order, line).times(line.quantity) for line in sale.lines]
    postage = sum(charge.amount_minor for charge in sale.shipping)
    postage_tax = sum(charge.tax_minor for charge in sale.shipping)
    dearer, cheaper = (0, postage_tax) if sale.tax_included else (postage_tax, 0)
    off = [(one, taken_off(order, at)) for at, one in enumerate(sale.discounts)]
    return Totals(
        subtotal=Pair(_sum(each.inc for each in lines), _sum(each.ex for each in lines)),
        shipping=Pair(Fraction(postage + dearer), Fraction(postage - cheaper)),
        total=Pair(Fraction(sale.total_minor), Fraction(sale.total_minor - sale.tax_minor)),
        line_tax=sum(line.tax_minor for line in sale.lines),
        discount=sum(minor for one, minor in off if not is_coupon(one)),
        coupons=sum(minor for one, minor in off if is_coupon(one)),
    )


def counted_at(counts: tuple[int, ...], at: int) -> int:
    """The count at a place; 0 where none was written down."""
    return counts[at] if at < len(counts) else 0


def _sum(amounts: Iterable[Fraction]) -> Fraction:
    return sum(amounts, Fraction(0))


def fine(amount: Fraction | int, currency: str) -> str:
    """Minor units as V2 spells money: the major unit with four decimals, half up."""
    scaled = Fraction(amount) * 10 ** (_FINE - exponent(currency))
    units = (2 * scaled.numerator + scaled.denominator) // (2 * scaled.denominator)
    sign, whole = ("-", -units) if units < 0 else ("", units)
    return f"{sign}{whole // 10**_FINE}.{whole % 10**_FINE:0{_FINE}d}"
