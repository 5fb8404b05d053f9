"""The order as the shop remembers it: the sale that made it, and what has happened since."""

from __future__ import annotations

from typing import NamedTuple

import msgspec

from counterfoil.twins.shopify.spelling import Amount
from counterfoil.twins.world import Sale, SaleLine, SaleShipping

TAX_TITLE = "VAT"


class Kept(msgspec.Struct, frozen=True, array_like=True):
    """One order. Moments are seconds since 1970 (0: never); `first_line` numbers its first line."""

    id: int
    first_line: int
    sale: Sale
    created_s: int
    updated_s: int
    processed_s: int
    tags: tuple[str, ...] = ()
    cancelled_s: int = 0
    cancel_reason: str = ""

    @property
    def name(self) -> str:
        """The number that people read: `#1001`."""
        return "#" + self.sale.number.removeprefix("#")

    def money(self, amount_minor: int) -> Amount:
        """An amount in the shop's currency."""
        return amount_minor, self.sale.currency

    @property
    def discount_minor(self) -> int:
        """Every discount, lines together."""
        return sum(line.discount_minor for line in self.sale.lines)

    @property
    def goods_minor(self) -> int:
        """The lines before discounts, tax included."""
        return sum(line.quantity * line.unit_minor for line in self.sale.lines)

    @property
    def shipping_minor(self) -> int:
        """All postage, tax included."""
        return sum(charge.amount_minor for charge in self.sale.shipping)

    @property
    def pieces(self) -> int:
        """How many pieces were sold."""
        return sum(line.quantity for line in self.sale.lines)

    @property
    def paid(self) -> bool:
        """Whether any money changed hands: a free order has no transaction."""
        return self.sale.total_minor > 0


class Item(NamedTuple):
    """One line of an order, `at` its place in it."""

    order: Kept
    line: SaleLine
    at: int

    @property
    def id(self) -> int:
        """The line's own number, unique in the shop."""
        return self.order.first_line + self.at

    @property
    def goods_minor(self) -> int:
        """The line before discounts, tax included."""
        return self.line.quantity * self.line.unit_minor

    @property
    def variant_id(self) -> int | None:
        """The number of the variant behind the line; a custom line has none."""
        return None if self.line.kind == "custom" else self.id * 2 + 1


class Postage(NamedTuple):
    """One shipping line of an order, `at` its place in it."""

    order: Kept
    charge: SaleShipping
    at: int

    @property
    def id(self) -> int:
        """The shipping line's own number, unique in the shop."""
        return self.order.id * 100 + self.at


class Tax(NamedTuple):
    """The tax of one rate; `rate` is plain decimal text."""

    amount: Amount
    rate: str


class Sent(NamedTuple):
    """An address of an order and which one it is: "billing" or "shipping"."""

    order: Kept
    use: str

    @property
    def id(self) -> int:
        """The address's own number."""
        return self.order.id * 10 + (1 if self.use == "billing" else 2)


def items(order: Kept) -> list[Item]:
    """The order's lines."""
    return [Item(order, line, at) for at, line in enumerate(order.sale.lines)]


def postage(order: Kept) -> list[Postage]:
    """The order's shipping lines."""
    return [Postage(order, charge, at) for at, charge in enumerate(order.sale.shipping)]


def taxes(order: Kept, tax_minor: int) -> list[Tax]:
    """The tax lines for an amount of tax: none where there is none."""
    return [Tax(order.money(tax_minor), order.sale.tax_rate)] if tax_minor else []


def address(order: Kept, use: str) -> Sent | None:
    """The order's address; the invoice goes where the goods go. None where nothing is known."""
    return Sent(order, use) if any(msgspec.structs.astuple(order.sale.deliver_to)) else None


def names(full: str) -> tuple[str | None, str | None]:
    """First and last name: the last word is the last name."""
    first, _, last = full.strip().rpartition(" ")
    return first or None, last or None
