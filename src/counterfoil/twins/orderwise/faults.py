"""How OrderWise misbehaves here: each way named, in plain words, with how often."""

from __future__ import annotations

import random
from collections.abc import Callable

from counterfoil.twins.faults import Fault, Faults
from counterfoil.twins.orderwise.order import PlacedOrder

_WIDTH = 20

CATALOGUE = {
    "server_error_before": Fault("OrderWise failed before it took an order.", 0.001, 0.01),
    "timeout_before": Fault("OrderWise never answered, and nothing had landed.", 0.001, 0.01),
    "timeout_after": Fault("An order landed at OrderWise, and no answer came.", 0.001, 0.01),
    "reset_after": Fault("An order landed, and its answer was cut short.", 0.001, 0.01),
    "server_error_after": Fault(
        "An order landed, and OrderWise said that it had failed.", 0.001, 0.01
    ),
    "too_many": Fault("A stranger used up the calls of the same account.", 0.002, 0.01),
    "token_expired": Fault("OrderWise forgot a token before its time.", 0.001, 0.01),
    "penny": Fault("OrderWise recalculated an amount by a penny.", 0.0005, 0.005),
    "dropped_field": Fault("OrderWise did not store the postcode or the e-mail.", 0.0005, 0.005),
    "truncated": Fault("OrderWise cut the delivery name at 20 characters.", 0.0005, 0.005),
    "locked_period": Fault("OrderWise refused: the period was locked.", 0.0002, 0.003),
    "read_lag": Fault("A landed order could not be read back for a while.", 0.002, 0.01),
    "html_page": Fault("A sign-in page came in place of an answer.", 0.001, 0.01),
    "record_locked": Fault("Somebody had the record open.", 0.001, 0.01),
    "slow": Fault("OrderWise took its time.", 0.002, 0.01),
}


def spoil(order: PlacedOrder, faults: Faults, chance: random.Random) -> None:
    """Store something else than what was sent, where a fault says so; only what can go wrong."""
    if faults.strikes("penny"):
        _off_by_a_penny(order, chance)
    droppable = [name for name in ("postcode", "email") if getattr(order, name)]
    if droppable and faults.strikes("dropped_field"):
        setattr(order, chance.choice(droppable), "")
    if len(order.name) > _WIDTH and faults.strikes("truncated"):
        order.name = order.name[:_WIDTH]


def _off_by_a_penny(order: PlacedOrder, chance: random.Random) -> None:
    penny = chance.choice((-1, 1))
    if chance.random() < 0.5:
        order.gross += penny
    else:
        chance.choice(order.lines).gross += penny


class ReadLag:
    """Orders that have landed and cannot be read back yet, though their number is known.

    `monotonic` gives seconds; each order lags for a time drawn between the two of `between_s`.
    A lag counts as reached when a read has really missed the order because of it. A restart of
    the twin ends every lag.
    """

    def __init__(
        self, faults: Faults, monotonic: Callable[[], float], between_s: tuple[float, float]
    ) -> None:
        self._faults = faults
        self._monotonic = monotonic
        self._between_s = between_s
        self._until_s: dict[int, float] = {}
        self._missed: set[int] = set()

    def landed(self, order_id: int) -> None:
        """Perhaps hide an order that has just landed."""
        if self._faults.drawn("read_lag"):
            self._until_s[order_id] = self._monotonic() + self._faults.draw(*self._between_s)

    def hides(self, order_id: int) -> bool:
        """Whether a read made now misses the order."""
        until_s = self._until_s.get(order_id)
        if until_s is None:
            return False
        if until_s <= self._monotonic():
            del self._until_s[order_id]
            self._missed.discard(order_id)
            return False
        if order_id not in self._missed:
            self._missed.add(order_id)
            self._faults.happened("read_lag")
        return True
