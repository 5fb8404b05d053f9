"""How an order is delivered, for a target that takes one delivery method and one charge for it."""

from __future__ import annotations

from counterfoil.mapping.tax import Rates
from counterfoil.mapping.valuemap import ValueMap
from counterfoil.model.order import Order
from counterfoil.values.errors import Hold


class OneDelivery:
    """The deliveries of one connection to the system `target`.

    `methods` is the value map from a shipping title to a method's id; `unshipped` the id of what
    has no shipping, and of everything where there is no map.
    """

    def __init__(
        self, rates: Rates, methods: ValueMap | None, unshipped: int, *, target: str, where: str
    ) -> None:
        self._rates = rates
        self._methods = methods
        self._unshipped = unshipped
        self._target = target
        self._where = where

    def charge(self, order: Order) -> tuple[int, int]:
        """The charge with the tax in it, and that tax. Raises `Hold` for one below nothing."""
        shipping = order.shipping
        tax = sum([charge.tax_minor for charge in shipping])
        gross = sum([charge.amount_minor for charge in shipping])
        gross += 0 if order.tax_included else tax
        if gross < 0:
            raise Hold(
                f"The postage of order {order.number} is discounted below nothing.",
                do="Enter the order by hand, and set this one aside.",
                where=self._where,
                code="negative-line",
            )
        if len(shipping) > 1 and tax:
            rates = {charge.tax_rate for charge in shipping}
            if len(rates) == 1:  # rounded once there
                tax = self._rates.of(rates.pop(), tax).inside(gross)
        return gross, tax

    def method(self, order: Order) -> int:
        """The method's id (0: none is sent). Raises `Hold` where it is none, or are several."""
        methods = self._methods
        if not order.shipping or methods is None:
            return self._unshipped
        ids = {int(methods.look_up(charge.title)) for charge in order.shipping}
        if len(ids) > 1:
            raise Hold(
                f"Order {order.number} is to be delivered in {len(ids)} ways, {self._target} takes"
                " one.",
                do="Map their titles to one delivery method, or enter the order by hand.",
                where=self._where,
                code="several-deliveries",
            )
        return ids.pop()
