"""What was paid back: an order's refunds and their lines, as every shape counts them."""

from __future__ import annotations

from typing import NamedTuple

from counterfoil.twins.kit.sale.order import Item, Order, Postage, items, postage, settled_minor
from counterfoil.twins.kit.sale.parts import Movement, movements
from counterfoil.twins.kit.sale.payment import Refund, RefundLine


class Repaid(NamedTuple):
    """One refund of an order, `position` its place among them."""

    order: Order
    refund: Refund
    position: int

    @property
    def id(self) -> int:
        """The refund's own number."""
        return self.order.id * 10 + self.position

    @property
    def lines(self) -> list[RepaidLine]:
        """What it names."""
        return [RepaidLine(self, line, place) for place, line in enumerate(self.refund.lines)]

    @property
    def paid_minor(self) -> int:
        """What has really gone back by now."""
        place = self.refund.payment
        payment = self.order.payments[place - 1] if place else None
        done = payment is not None and (payment.kind, payment.status) == ("REFUND", "SUCCESS")
        return payment.amount_minor if payment is not None and done else 0

    @property
    def is_restocked(self) -> bool:
        """Whether it gives anything back to the stock."""
        return any(line.is_restocked for line in self.lines)

    @property
    def transactions(self) -> list[Movement]:
        """The money that moved by it."""
        place = self.refund.payment
        return [movements(self.order)[place - 1]] if place else []

    @property
    def updated_s(self) -> int:
        """When it, or its money, last changed."""
        return max([self.refund.at_s, *(moved.payment.moved_s for moved in self.transactions)])

    @property
    def postage(self) -> list[RepaidPostage]:
        """What it names of the postage."""
        return [RepaidPostage(self)] if self.refund.shipping_minor else []

    @property
    def missing_minor(self) -> int:
        """By how much less it has settled than it names."""
        return self.refund.due_minor - settled_minor(self.order, self.refund)


class RepaidLine(NamedTuple):
    """One line of a refund, `position` its place in it."""

    of: Repaid
    line: RefundLine
    position: int

    @property
    def order(self) -> Order:
        """The order that it belongs to."""
        return self.of.order

    @property
    def is_restocked(self) -> bool:
        """Whether its units go back to the stock."""
        return self.line.restock != "NO_RESTOCK"

    @property
    def item(self) -> Item:
        """The line that it names."""
        return items(self.order)[self.line.line]

    @property
    def id(self) -> int:
        """The refund line's own number."""
        return self.of.id * 100 + self.position


class RepaidPostage(NamedTuple):
    """The postage of a refund, all of it under the first shipping line."""

    of: Repaid

    @property
    def order(self) -> Order:
        """The order that it belongs to."""
        return self.of.order

    @property
    def id(self) -> int:
        """Its own number."""
        return self.of.id

    @property
    def charge(self) -> Postage:
        """The shipping line."""
        return postage(self.order)[0]

    @property
    def amount_minor(self) -> int:
        """What is named of it."""
        return self.of.refund.shipping_minor

    @property
    def tax_minor(self) -> int:
        """The tax of that."""
        return self.of.refund.shipping_tax_minor


def repayments(order: Order) -> list[Repaid]:
    """The order's refunds."""
    return [Repaid(order, refund, place) for place, refund in enumerate(order.refunds)]
