"""Currencies: what a customer was shown, and those that a target takes: those that its site lists,
no finer than its prices."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import msgspec

from counterfoil.mapping.convert import currency_code, money
from counterfoil.model.order import Order, Presentment
from counterfoil.values.errors import Hold
from counterfoil.values.money import exponent

_AS_BOOKED: Final = Presentment()


def shown_in(currency: str, total: object, booked: str) -> Presentment:
    """What the customer was shown, where that is another currency than the order is booked in."""
    if currency in ("", booked) or total is None:
        return _AS_BOOKED
    code = currency_code(currency, "")
    return Presentment(code, money(total, code))


class Currencies(msgspec.Struct, frozen=True):
    """The currencies of one connection to the system `target`, each with its id there.

    `decimals` is how many a price has there at most; `place` is where people find the ids.
    """

    ids: Mapping[str, int]
    decimals: int
    target: str
    place: str
    where: str

    @property
    def first(self) -> str:
        """The first of them: what does not say its currency is read in it."""
        return next(iter(self.ids))

    @property
    def too_fine(self) -> list[str]:
        """Those whose amounts have more decimals than a price there."""
        return [code for code in self.ids if exponent(code) > self.decimals]

    def check(self, order: Order) -> None:
        """Raise `Hold` for an order in a currency that the target does not take."""
        if order.currency in self.ids:
            return
        do = (
            f"Add {order.currency} to the connection's setting currencies, with its id in"
            f" {self.place}, and send the held records again."
        )
        if exponent(order.currency) > self.decimals:
            do = (
                f"Its amounts have more decimals than a price in {self.target} has: enter the order"
                " by hand and set this one aside."
            )
        raise Hold(
            f"Order {order.number} is in {order.currency}, which this {self.target} does not take.",
            do=do,
            where=self.where,
            code="currency",
        )


def check_currency(order: Order, currency: str, where: str) -> None:
    """Raise `Hold` for an order in another currency than the one of a target's store."""
    if order.currency != currency:
        raise Hold(
            f"Order {order.number} is in {order.currency}; the store has {currency}.",
            do="Send it to a store of that currency, by a connection of its own.",
            where=where,
            code="currency",
        )
