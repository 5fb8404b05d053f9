"""How an order was paid: OrderWise takes one payment method, and only where money has come in."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from counterfoil.connectors.orderwise.profile import Profile
from counterfoil.mapping.losses import Loss, LossCode
from counterfoil.mapping.valuemap import ValueMap
from counterfoil.model.line import Payment
from counterfoil.model.order import Order
from counterfoil.values.money import Money

_GIFTS = frozenset({"gift-card", "store-credit"})
_JOINT = ", "  # between gateways of which the source tells the sum only

Told = tuple[int, tuple[Loss, ...]]
_AS_MONEY = (
    "It is sent as the payment method of every order; the setting payment_map tells it apart."
)
_OTHER = "OrderWise takes one payment method an order; the one that paid most is sent."
_JOINED = "The shop tells only the sum of several; the method of the first that it names is sent."
_UNSET = "The settings payment_method_id and payment_map name no payment method."
_PROMISED = "Nothing has been received of it yet, so OrderWise is told no payment."


class Payments:
    """The payment methods of one connection: one for all orders, or one for each gateway."""

    def __init__(self, profile: Profile, methods: ValueMap | None) -> None:
        self._for_all = profile.payment_method_id
        self._methods = methods

    def told(self, order: Order) -> Told:
        """The method's id (0: none is sent), and what it leaves out.

        Raises `Hold` (code "unmapped-value") for a gateway that `payment_map` does not have.
        """
        payments = order.payments
        if len(payments) == 1 and self._methods is None and self._for_all:
            (one,) = payments
            plain = one.state != "authorised" and one.kind not in _GIFTS
            if plain and _JOINT not in one.gateway:
                return self._for_all, ()
        return self._told(order)

    def _told(self, order: Order) -> Told:
        promised = [one for one in order.payments if one.state == "authorised"]
        losses = [_loss([one], "no-member", _PROMISED, order) for one in promised]
        received = [one for one in order.payments if one.state != "authorised"]
        if not received:
            return 0, tuple(losses)
        if self._methods is None and not self._for_all:
            losses.append(_loss(received, "no-member", _UNSET, order))
            return 0, tuple(losses)
        means = self._means(received)
        main = max(means, key=lambda key: (not _gift(means[key]), _sum(means[key])))
        losses += self._left_out(main, means, order)
        return main[0], tuple(losses)

    def _means(self, received: Iterable[Payment]) -> dict[tuple[int, str], list[Payment]]:
        """What was received, by method; where one method stands for all, by gateway as well."""
        found: dict[tuple[int, str], list[Payment]] = {}
        for one in received:
            key = (self._id(one), "" if self._methods else one.gateway)
            found.setdefault(key, []).append(one)
        return found

    def _id(self, payment: Payment) -> int:
        if self._methods is None:
            return self._for_all
        # Every gateway that is named must be known, also where only the first can be sent.
        first, *_ = [int(self._methods.look_up(name)) for name in payment.gateway.split(_JOINT)]
        return first

    def _left_out(
        self, main: tuple[int, str], means: dict[tuple[int, str], list[Payment]], order: Order
    ) -> Iterator[Loss]:
        for key, payments in means.items():
            if key != main:
                yield _loss(payments, "no-member", _OTHER, order)
        if self._methods is None and _gift(means[main]):
            yield _loss(means[main], "no-member", _AS_MONEY, order)
        for one in means[main]:
            if _JOINT in one.gateway:
                yield _loss([one], "not-told", _JOINED, order)


def _gift(payments: Iterable[Payment]) -> bool:
    return all(one.kind in _GIFTS for one in payments)


def _sum(payments: Iterable[Payment]) -> int:
    return sum(one.amount_minor for one in payments)


def _loss(payments: Sequence[Payment], code: LossCode, why: str, order: Order) -> Loss:
    told = "; ".join(
        f"{one.gateway or 'not named'}: {Money(one.amount_minor, order.currency)}"
        for one in payments
    )
    return Loss("payments", code, why, told, _sum(payments))
