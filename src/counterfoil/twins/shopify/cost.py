"""What a query costs, and the bucket that it is paid from.

The rules that the vendor publishes (shopify.dev, GraphQL Admin rate limits): a scalar is free, an
object costs 1, a mutation 10, a connection is sized by `first`. How it is sized is not published.
The formula here gives exactly the costs that Microsoft's connector notes on its queries
(BCApps; pages of 1, 10, 25, 100, 150 and 200): a connection costs 2, and each item's cost counts
2 ln(first) times, rounded down, at least once; money, page information and the direct content of
a mutation's payload are free. How the actual cost is reckoned is not published either: here the
same formula takes the items that really came.
"""

from __future__ import annotations

import math
from typing import Final

from counterfoil.twins.shopify.problem import Json, Refused
from counterfoil.twins.shopify.selection import Selected
from counterfoil.values.clock import Clock

HIGHEST: Final = 1000
"""Points that one query may cost, whatever the bucket holds."""

_FREE: Final = {"MoneyBag", "MoneyV2", "PageInfo"}
_MUTATION: Final = 10
_CONNECTION: Final = 2
_EPSILON: Final = 1e-6  # points; what adding up small times may lose


def requested(roots: tuple[Selected, ...]) -> int:
    """The cost that is reserved before a query runs."""
    return sum(_cost(root, actual=False) for root in roots)


def actual(roots: tuple[Selected, ...]) -> int:
    """The cost of what was really read, after the answer was made."""
    return sum(_cost(root, actual=True) for root in roots)


def scale(items: int) -> int:
    """How many times one item's cost counts on a page of so many."""
    return max(1, math.floor(2 * math.log(items))) if items > 0 else 0


def _cost(at: Selected, *, actual: bool) -> int:
    if at.leaf:
        return 0
    if at.owner == "Mutation":
        return _MUTATION + sum(_below(child, actual=actual) for child in at.children)
    if at.connection:
        size = at.most if actual else int(at.arguments.get("first") or 0)
        each = sum(1 + _below(node, actual=actual) for node in at.node())
        return _CONNECTION + scale(size) * each
    return (at.returns not in _FREE) + _below(at, actual=actual)


def _below(at: Selected, *, actual: bool) -> int:
    return sum(_cost(child, actual=actual) for child in at.children)


class Bucket:
    """The points of one app at one shop: `size` at most, `per_s` back each second.

    The caller's own spending is reckoned apart, so that a call which was throttled because
    somebody else drained the bucket is not held against the caller.
    """

    def __init__(self, size: float, per_s: float, clock: Clock) -> None:
        self.size = size
        self.per_s = per_s
        self._clock = clock
        self._level = self._own = float(size)
        self._at = clock.monotonic()

    def take(self, cost: float) -> bool:
        """Reserve `cost`, or say no."""
        self._restore()
        if self._level < cost - _EPSILON:
            return False
        self._spend(cost)
        return True

    def overdrawn(self, cost: float) -> bool:
        """Whether the caller asks for more than its own spending has left it."""
        self._restore()
        return self._own < cost - _EPSILON

    def give_back(self, cost: float) -> None:
        """Return what was reserved and not used."""
        self._spend(-cost)

    def drain(self, cost: float) -> None:
        """Somebody else spends so much that `cost` cannot be paid for about a second."""
        self._restore()
        self._level = min(self._level, max(0.0, cost - self.per_s))

    def status(self) -> Json:
        """The bucket as every answer shows it."""
        self._restore()
        return {
            "maximumAvailable": float(self.size),
            "currentlyAvailable": math.floor(self._level),
            "restoreRate": float(self.per_s),
        }

    def _spend(self, cost: float) -> None:
        self._level = min(self.size, self._level - cost)
        self._own = min(self.size, self._own - cost)

    def _restore(self) -> None:
        now = self._clock.monotonic()
        back = (now - self._at) * self.per_s
        self._at = now
        self._spend(-back)


def too_dear(cost: int) -> Refused:
    """The refusal of a query that costs more than one query may."""
    return Refused(
        f"Query cost is {cost}, which exceeds the single query max cost limit ({HIGHEST}).",
        code="MAX_COST_EXCEEDED",
        cost=cost,
        maxCost=HIGHEST,
    )


def extensions(cost: int, used: int | None, bucket: Bucket) -> Json:
    """What every answer says about its price; `used` is None where nothing ran."""
    return {
        "cost": {
            "requestedQueryCost": cost,
            "actualQueryCost": used,
            "throttleStatus": bucket.status(),
        }
    }
