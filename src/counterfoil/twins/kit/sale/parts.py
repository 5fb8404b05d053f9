"""Parts of an order that every shape numbers: its discounts, duties, taxes and transactions."""

from __future__ import annotations

from typing import NamedTuple

from counterfoil.twins.kit.sale.order import (
    Amount,
    Item,
    Money,
    Order,
    Postage,
    Tax,
    items,
    line_taxes,
    listed,
    postage,
    remaining_taxes,
    taxes,
)
from counterfoil.twins.kit.sale.payment import Payment
from counterfoil.twins.world import SaleDiscount, SaleDuty


class Allocation(NamedTuple):
    """What one discount takes off a line."""

    item: Item
    amount: Amount
    applied: Applied


class Applied(NamedTuple):
    """One discount of an order, `position` its place among them."""

    order: Order
    discount: SaleDiscount
    position: int

    @property
    def id(self) -> int:
        """Its place, from 1 on, for pages."""
        return self.position + 1

    @property
    def amount_minor(self) -> int:
        """All that it takes off."""
        return sum(
            share.amount[0]
            for item in items(self.order)
            for share in allocations(item)
            if share.applied.position == self.position
        )

    @property
    def value(self) -> str | Money:
        """A percentage as text, or the shop's money."""
        return self.discount.percent or self.order.money(self.amount_minor)[:2]


class Duty(NamedTuple):
    """One duty of a line, `position` its place among them."""

    item: Item
    duty: SaleDuty
    position: int

    @property
    def order(self) -> Order:
        """The order that it belongs to."""
        return self.item.order

    @property
    def tax_rows(self) -> list[Tax]:
        """The taxes on it."""
        return listed(self.order, self.duty.taxes)

    @property
    def id(self) -> int:
        """The duty's own number."""
        return self.item.id * 10 + self.position


class Movement(NamedTuple):
    """One transaction of an order, `position` its place among them, from 1 on."""

    order: Order
    payment: Payment
    position: int

    @property
    def id(self) -> int:
        """The transaction's own number."""
        return self.order.id * 10 + self.position

    @property
    def reference(self) -> str:
        """What the payment is called."""
        return f"{self.order.name}.{self.position}"

    @property
    def parent(self) -> Movement | None:
        """The one that it follows."""
        before = self.payment.parent
        return Movement(self.order, self.order.payments[before - 1], before) if before else None


def movements(order: Order) -> list[Movement]:
    """The order's transactions."""
    return [Movement(order, payment, place) for place, payment in enumerate(order.payments, 1)]


def duties(item: Item) -> list[Duty]:
    """The line's duties."""
    return [Duty(item, duty, place) for place, duty in enumerate(item.duties)]


def applications(order: Order) -> list[Applied]:
    """The order's discounts; none where nothing was taken off."""
    if not order.discount_minor:
        return []
    return [Applied(order, discount, place) for place, discount in enumerate(order.sale.discounts)]


def allocations(item: Item) -> list[Allocation]:
    """What each discount takes off a line, over every unit that was ordered."""
    line = item.line
    shares = line.shares or (((0, line.discount_minor),) if line.discount_minor else ())
    discounts = item.order.sale.discounts
    return [
        Allocation(item, item.order.money(amount), Applied(item.order, discounts[place], place))
        for place, amount in shares
    ]


def order_taxes(order: Order) -> list[Tax]:
    """The taxes of the whole order, one row for each title and rate."""
    rows = [tax for item in items(order) for tax in line_taxes(item)]
    rows += [
        tax
        for line in order.sale.lines
        for duty in line.duties
        for tax in listed(order, duty.taxes)
    ]
    rows += [tax for row in postage(order) for tax in charge_taxes(row)]
    return _together(order, [(tax, tax.amount[0]) for tax in rows])


def current_taxes(order: Order) -> list[Tax]:
    """The same of what is left."""
    return order_taxes(order) if order.whole else _together(order, remaining_taxes(order))


def charge_taxes(charge: Postage) -> list[Tax]:
    """The taxes of a shipping line."""
    return taxes(charge.order, charge.charge.tax_minor)


def _together(order: Order, rows: list[tuple[Tax, int]]) -> list[Tax]:
    sums: dict[tuple[str, str, bool], int] = {}
    for tax, amount_minor in rows:
        kind = (tax.title, tax.rate, tax.channel_liable)
        sums[kind] = sums.get(kind, 0) + amount_minor
    return [
        Tax(order.money(amount), rate, title, liable)
        for (title, rate, liable), amount in sums.items()
        if amount
    ]
