"""Where a call is worth most: what a pool would sell that is not there, if it is not told now.

Pure arithmetic over pieces and seconds, in floats: no money is in it, and nothing it says is ever
written as a quantity. A channel that shows more than there is oversells only what customers buy
beyond the truth before it is told; so of all pools that are out of date, those are told first
whose next customer is likely, buys much, and would find little.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from heapq import nlargest

import msgspec

_HALF_LIFE_S = 7 * 86_400.0
_EVEN_DAYS, _CHEAPENS_DAYS = 0.7, 0.7
_WORTH, _AT_LEAST = 100.0, 0.03
"""So many pieces are rather hidden than one sold that is not there; and nothing is shared out for
less than this, in hidden pieces."""


class Expected(msgspec.Struct, frozen=True):
    """What customers are expected to do: so many `purchases`, of `usual` pieces on average."""

    purchases: float
    usual: float


class Demand(msgspec.Struct):
    """What customers of one pool buy of one SKU, learned from what they bought; older counts less.

    `purchases` and `pieces` are sums that halve each week.
    """

    purchases: float = 0.0
    pieces: float = 0.0
    at_s: float = 0.0

    def bought(self, pieces: int, at_s: float) -> None:
        """Somebody bought so many pieces at `at_s`."""
        self._age(at_s)
        self.purchases += 1
        self.pieces += pieces

    def expected(self, prior: Expected, seconds: float, at_s: float) -> Expected:
        """What is expected within `seconds`, where `prior` is expected of a SKU that is unknown.

        The prior weighs as much as one purchase: what nobody bought yet may still be bought.
        """
        self._age(at_s)
        a_second = self.purchases * math.log(2) / _HALF_LIFE_S
        usual = (self.pieces + prior.usual) / (self.purchases + 1)
        return Expected(prior.purchases + a_second * seconds, usual)

    def _age(self, at_s: float) -> None:
        share = 0.5 ** (max(0.0, at_s - self.at_s) / _HALF_LIFE_S)
        self.purchases *= share
        self.pieces *= share
        self.at_s = max(self.at_s, at_s)


def beyond(left: int, expected: Expected) -> float:
    """The pieces expected to be wanted beyond `left`.

    One purchase at a time, of sizes with a long tail (Lomax of shape 2): a few customers buy a
    hundred times what is usual, and it is they who find the shelf empty.
    """
    usual = expected.usual
    return expected.purchases * usual * usual / (usual + max(0, left))


def loss(shown: int, true: int, expected: Expected) -> float:
    """The pieces expected to be sold and not there, if the pool goes on showing `shown`.

    None where it shows no more than there is: being told then only helps it to sell.
    """
    return max(0.0, beyond(true, expected) - beyond(shown, expected))


def together(expected: Iterable[Expected]) -> Expected:
    """What several pools expect as one: all of their purchases, of the largest usual size."""
    pools = [*expected]
    return Expected(
        sum(pool.purchases for pool in pools), max((pool.usual for pool in pools), default=0.0)
    )


def share(true: int, demand: Expected, rivals: Expected) -> int:
    """How much of `true` a pool shows that `rivals` show too: all of it; where it is scarce, the
    part that its own customers are expected to want of all that is wanted.

    Shares together are never more than there is, so that nobody need be told in time.
    """
    pieces = max(0, true)
    if not (pieces and rivals.purchases):
        return pieces
    own_pieces, rival_pieces = demand.purchases * demand.usual, rivals.purchases * rivals.usual
    part = int(pieces * own_pieces / (own_pieces + rival_pieces))
    pieces_twice = min(1.0, demand.purchases) * beyond(pieces - int(demand.usual), rivals)
    hidden_pieces = beyond(part, demand) - beyond(pieces, demand)
    return part if _WORTH * pieces_twice > hidden_pieces + _AT_LEAST else pieces


class Stale(msgspec.Struct, frozen=True):
    """A pool that shows something else than the truth, and what that is expected to cost."""

    sku: str
    pool: str
    loss: float
    hidden: int = 0  # pieces that are there and not shown


def choose(stale: Iterable[Stale], calls: int, batch: int) -> list[Stale]:
    """The pools to tell with `calls` calls of `batch` levels: the costliest first, then those that
    hide most; what is equal, by name, so that two runs agree."""
    return nlargest(
        calls * batch, stale, key=lambda pool: (pool.loss, pool.hidden, pool.sku, pool.pool)
    )


def worth_a_call(expected: float, usual: float, days_left: float) -> bool:
    """Whether a call should be spent now on what `expected` pieces are expected to cost.

    `usual` is what has been at stake on average, `days_left` the calls that are left, in days'
    worth of them: with most of a day's, what is usual is worth a call; with less, what is worse.
    """
    return expected >= usual * math.exp((_EVEN_DAYS - days_left) / _CHEAPENS_DAYS)
