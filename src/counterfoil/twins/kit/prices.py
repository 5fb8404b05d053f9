"""What a sale tells of itself, whoever sells it; prices in pairs, with tax and without.

One side of a pair is what was agreed, the other is reckoned from it. Discounts of the whole sale
stand beside its lines: a line's total is before them, its tax is after them.
"""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from typing import NamedTuple

from counterfoil.model.address import Address
from counterfoil.twins.world import Sale, SaleDiscount, SaleLine
from counterfoil.values.money import exponent


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

    def agreed(self, sale: Sale) -> Fraction:
        """The side that was agreed."""
        return self.inc if sale.tax_included else self.ex


class Totals(NamedTuple):
    """What a sale comes to, in minor units; `line_tax` is after the discounts."""

    subtotal: Pair
    shipping: Pair
    total: Pair
    line_tax: int
    discount: int
    coupons: int


def price(sale: Sale, line: SaleLine) -> Pair:
    """What one unit of a line costs before discounts."""
    rate = Fraction(sale.tax_rate) if line.tax_minor else Fraction(0)
    unit = Fraction(line.unit_minor)
    if sale.tax_included:
        return Pair(unit, unit / (1 + rate))
    return Pair(unit * (1 + rate), unit)


def shares(line: SaleLine) -> tuple[tuple[int, int], ...]:
    """What each discount of the sale, by its place, takes off a line."""
    return line.shares or (((0, line.discount_minor),) if line.discount_minor else ())


def paid(sale: Sale, line: SaleLine) -> int:
    """What a line costs after every discount, with its tax."""
    beside = 0 if sale.tax_included else line.tax_minor
    return line.quantity * line.unit_minor - line.discount_minor + beside


def taken_off(sale: Sale, discount: int) -> int:
    """All that one discount of the sale, by its place, takes off."""
    return sum(minor for line in sale.lines for place, minor in shares(line) if place == discount)


def is_coupon(discount: SaleDiscount) -> bool:
    """Whether a code was typed in for it."""
    return discount.kind == "discount_code"


def totals(sale: Sale) -> Totals:
    """What a sale comes to."""
    lines = [price(sale, line).times(line.quantity) for line in sale.lines]
    postage = sum(charge.amount_minor for charge in sale.shipping)
    postage_tax = sum(charge.tax_minor for charge in sale.shipping)
    dearer, cheaper = (0, postage_tax) if sale.tax_included else (postage_tax, 0)
    off = [(discount, taken_off(sale, at)) for at, discount in enumerate(sale.discounts)]
    return Totals(
        subtotal=Pair(_sum(pair.inc for pair in lines), _sum(pair.ex for pair in lines)),
        shipping=Pair(Fraction(postage + dearer), Fraction(postage - cheaper)),
        total=Pair(Fraction(sale.total_minor), Fraction(sale.total_minor - sale.tax_minor)),
        line_tax=sum(line.tax_minor for line in sale.lines),
        discount=sum(minor for discount, minor in off if not is_coupon(discount)),
        coupons=sum(minor for discount, minor in off if is_coupon(discount)),
    )


def _sum(amounts: Iterable[Fraction]) -> Fraction:
    return sum(amounts, Fraction(0))


def fine(amount: Fraction | int, currency: str, decimals: int = 4) -> str:
    """Minor units as the major unit with so many decimals, half up."""
    scaled = Fraction(amount) * 10 ** (decimals - exponent(currency))
    units = (2 * scaled.numerator + scaled.denominator) // (2 * scaled.denominator)
    sign, whole = ("-", -units) if units < 0 else ("", units)
    return f"{sign}{whole // 10**decimals}.{whole % 10**decimals:0{decimals}d}"


class Ordered(NamedTuple):
    """What a sale tells of the whole order."""

    sale: Sale

    @property
    def totals(self) -> Totals:
        """What it comes to."""
        return totals(self.sale)

    @property
    def postage(self) -> Fraction:
        """The agreed side of its postage."""
        return self.totals.shipping.agreed(self.sale)

    @property
    def pieces(self) -> int:
        """How many were bought."""
        return sum(line.quantity for line in self.sale.lines)

    @property
    def digital(self) -> bool:
        """Whether nothing of it is sent."""
        return all(line.ships is False for line in self.sale.lines)

    @property
    def buyer(self) -> int:
        """The number of the customer's account; 0 of a guest."""
        return self.sale.buyer.id if self.sale.buyer else 0

    @property
    def seen_currency(self) -> str:
        """The currency that the customer saw."""
        return (self.sale.exchange or self.sale).currency

    @property
    def methods(self) -> list[str]:
        """How its parts are sent."""
        return [charge.title for charge in self.sale.shipping]

    @property
    def goes_to(self) -> Addressed:
        """Where it is sent."""
        return Addressed(self.sale.deliver_to, self.sale.email)

    @property
    def invoiced_to(self) -> Addressed:
        """Who pays."""
        return Addressed(self.sale.invoice_to or self.sale.deliver_to, self.sale.email)

    @property
    def lines(self) -> list[Sold]:
        """Its lines."""
        return [Sold(self.sale, line, place) for place, line in enumerate(self.sale.lines)]

    @property
    def reductions(self) -> list[Reduction]:
        """What each of its discounts takes off it."""
        return [
            Reduction(discount, place, taken_off(self.sale, place))
            for place, discount in enumerate(self.sale.discounts)
        ]

    @property
    def levies(self) -> list[Levy]:
        """Its taxes: of each line, and of the postage behind them."""
        postage = sum(charge.tax_minor for charge in self.sale.shipping)
        rows = [Levy(place, line.tax_minor) for place, line in enumerate(self.sale.lines)]
        return [*rows, Levy(len(rows), postage)]


class Sold(NamedTuple):
    """What a sale tells of one line."""

    sale: Sale
    line: SaleLine
    place: int

    @property
    def name(self) -> str:
        """What it is called, with its variant."""
        return f"{self.line.title} - {self.line.variant}" if self.line.variant else self.line.title

    @property
    def unit(self) -> Pair:
        """What one unit costs before discounts."""
        return price(self.sale, self.line)

    @property
    def unit_agreed(self) -> Fraction:
        """The agreed side of that."""
        return self.unit.agreed(self.sale)

    @property
    def whole(self) -> Pair:
        """What all its units cost before discounts."""
        return self.unit.times(self.line.quantity)

    @property
    def whole_agreed(self) -> Fraction:
        """The agreed side of that."""
        return self.whole.agreed(self.sale)

    @property
    def paid(self) -> int:
        """What it costs after every discount, with its tax."""
        return paid(self.sale, self.line)

    @property
    def reductions(self) -> list[Reduction]:
        """What each discount of the sale takes off it."""
        discounts = self.sale.discounts
        return [Reduction(discounts[place], place, minor) for place, minor in shares(self.line)]


class Reduction(NamedTuple):
    """What one discount, by its place among the sale's, takes off something."""

    discount: SaleDiscount
    place: int
    minor: int

    @property
    def code(self) -> str | None:
        """The code that was typed in for it."""
        return self.discount.title if is_coupon(self.discount) else None


class Levy(NamedTuple):
    """The tax on a line, by its place; the postage stands behind the lines."""

    place: int
    minor: int


class Addressed(NamedTuple):
    """An address, and the e-mail address that was given with the sale."""

    address: Address
    email: str

    @property
    def first(self) -> str:
        """All names but the last."""
        return self.address.name.strip().rpartition(" ")[0]

    @property
    def last(self) -> str:
        """The last name."""
        return self.address.name.strip().rpartition(" ")[2]
