"""How an order was paid, for a target that takes one payment method, where money has come in."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from counterfoil.mapping.losses import Loss, LossCode
from counterfoil.mapping.valuemap import ValueMap
from counterfoil.model.line import Payment
from counterfoil.model.order import Order
from counterfoil.values.money import Money

_GIFTS = frozenset({"gift-card", "store-credit"})
_JOINT = ", "  # between gateways of which the source tells the sum only

Method = tuple[int, str]
"""A method's id; where one stands for all, its gateway as well."""

_JOINED: Final = (
    "The shop tells only the sum of several; the method of the first that it names is sent."
)
_AS_MONEY: Final = (
    "It is sent as the payment method of every order; the setting payment_map tells it apart."
)
_UNSET: Final = "The settings payment_method_id and payment_map name no payment method."


class OnePayment:
    """The payment methods of one connection: one `for_all` orders (0: none), or by `methods`, the
    value map that its setting payment_map names, one for each gateway."""

    def __init__(self, target: str, for_all: int, methods: ValueMap | None) -> None:
        self._for_all = for_all
        self._methods = methods
        self._other = f"{target} takes one payment method an order; the one that paid most is sent."
        self._promised = f"Nothing has been received of it yet, so {target} is told no payment."

    def of(self, order: Order) -> tuple[int, tuple[Loss, ...]]:
        """The method's id (0: none is sent), and what it leaves out.

        Raises `Hold` (code "unmapped-value") for a gateway that `payment_map` does not have.
        """
        payments = order.payments
        if len(payments) == 1 and self._methods is None and self._for_all:
            (payment,) = payments
            plain = payment.state != "authorised" and payment.kind not in _GIFTS
            if plain and _JOINT not in payment.gateway:
                return self._for_all, ()
        return self._of_several(order)

    def _of_several(self, order: Order) -> tuple[int, tuple[Loss, ...]]:
        promised = [payment for payment in order.payments if payment.state == "authorised"]
        losses = [_loss([payment], "no-member", self._promised, order) for payment in promised]
        received = [payment for payment in order.payments if payment.state != "authorised"]
        if not received:
            return 0, tuple(losses)
        if self._methods is None and not self._for_all:
            losses.append(_loss(received, "no-member", _UNSET, order))
            return 0, tuple(losses)
        methods = self._by_method(received)
        main = max(methods, key=lambda key: (not _gift(methods[key]), _sum(methods[key])))
        losses += self._left_out(main, methods, order)
        return main[0], tuple(losses)

    def _by_method(self, received: Iterable[Payment]) -> dict[Method, list[Payment]]:
        methods: dict[Method, list[Payment]] = {}
        for payment in received:
            key = (self._id(payment), "" if self._methods else payment.gateway)
            methods.setdefault(key, []).append(payment)
        return methods

    def _id(self, payment: Payment) -> int:
        if self._methods is None:
            return self._for_all
        # Every gateway that is named must be known, also where only the first can be sent.
        first, *_ = [int(self._methods.look_up(name)) for name in payment.gateway.split(_JOINT)]
        return first

    def _left_out(
        self, main: Method, methods: Mapping[Method, Sequence[Payment]], order: Order
    ) -> Iterator[Loss]:
        for method, payments in methods.items():
            if method != main:
                yield _loss(payments, "no-member", self._other, order)
        if self._methods is None and _gift(methods[main]):
            yield _loss(methods[main], "no-member", _AS_MONEY, order)
        for payment in methods[main]:
            if _JOINT in payment.gateway:
                yield _loss([payment], "not-told", _JOINED, order)


def _gift(payments: Iterable[Payment]) -> bool:
    return all(payment.kind in _GIFTS for payment in payments)


def _sum(payments: Iterable[Payment]) -> int:
    return sum([payment.amount_minor for payment in payments])


def _loss(payments: Sequence[Payment], code: LossCode, why: str, order: Order) -> Loss:
    paid = [
        f"{payment.gateway or 'not named'}: {Money(payment.amount_minor, order.currency)}"
        for payment in payments
    ]
    return Loss("payments", code, why, "; ".join(paid), _sum(payments))
