"""Parts of an order that both shapes number: its discounts, duties, taxes and transactions."""

from __future__ import annotations

from typing import NamedTuple

from counterfoil.twins.shopify.order import (
    Item,
    Kept,
    Tax,
    items,
    line_taxes,
    listed,
    postage,
    remaining_taxes,
    taxes,
)
from counterfoil.twins.shopify.payment import Payment
from counterfoil.twins.shopify.spelling import Amount, Money
from counterfoil.twins.world import SaleDiscount, SaleDuty


class Allocation(NamedTuple):
    """What one discount takes off a line."""

    item: Item
    amount: Amount
    applied: Applied


class Applied(NamedTuple):
    """One discount of an order, `at` its place among them."""

    order: Kept
    discount: SaleDiscount
    at: int

    @property
    def id(self) -> int:
        """Its place, from 1 on, for pages."""
        return self.at + 1

    @property
    def amount_minor(self) -> int:
        """All that it takes off."""
        return sum(
            share.amount[0]
            for item in items(self.order)
            for share in allocations(item)
            if share.applied.at == self.at
        )

    @property
    def value(self) -> str | Money:
        """A percentage as text, or the shop's money."""
        return self.discount.percent or self.order.money(self.amount_minor)[:2]


class Duty(NamedTuple):
    """One duty of a line, `at` its place among them."""

    item: Item
    duty: SaleDuty
    at: int

    @property
    def id(self) -> int:
        """The duty's own number."""
        return self.item.id * 10 + self.at


class Movement(NamedTuple):
    """One transaction of an order, `at` its place among them, from 1 on."""

    order: Kept
    payment: Payment
    at: int

    @property
    def id(self) -> int:
        """The transaction's own number."""
        return self.order.id * 10 + self.at

    @property
    def parent(self) -> Movement | None:
        """The one that it follows."""
        before = self.payment.parent
        return Movement(self.order, self.order.payments[before - 1], before) if before else None


def movements(order: Kept) -> list[Movement]:
    """The order's transactions."""
    return [Movement(order, one, at) for at, one in enumerate(order.payments, 1)]


def applications(order: Kept) -> list[Applied]:
    """The order's discounts; none where nothing was taken off."""
    if not order.discount_minor:
        return []
    return [Applied(order, one, at) for at, one in enumerate(order.sale.discounts)]


def allocations(item: Item) -> list[Allocation]:
    """What each discount takes off a line, over every unit that was ordered."""
    line = item.line
    shares = line.shares or (((0, line.discount_minor),) if line.discount_minor else ())
    discounts = item.order.sale.discounts
    return [
        Allocation(item, item.order.money(amount), Applied(item.order, discounts[at], at))
        for at, amount in shares
    ]


def order_taxes(order: Kept) -> list[Tax]:
    """The taxes of the whole order, one row for each title and rate."""
    found = [tax for item in items(order) for tax in line_taxes(item)]
    found += [
        tax
        for line in order.sale.lines
        for duty in line.duties
        for tax in listed(order, duty.taxes)
    ]
    found += [tax for one in postage(order) for tax in taxes(order, one.charge.tax_minor)]
    return _together(order, [(tax, tax.amount[0]) for tax in found])


def current_taxes(order: Kept) -> list[Tax]:
    """The same of what is left."""
    return order_taxes(order) if order.whole else _together(order, remaining_taxes(order))


def _together(order: Kept, found: list[tuple[Tax, int]]) -> list[Tax]:
    sums: dict[tuple[str, str, bool], int] = {}
    for tax, amount_minor in found:
        kind = (tax.title, tax.rate, tax.channel_liable)
        sums[kind] = sums.get(kind, 0) + amount_minor
    return [
        Tax(order.money(amount), rate, title, liable)
        for (title, rate, liable), amount in sums.items()
        if amount
    ]
