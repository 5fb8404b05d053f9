"""One season played under one way of telling the channels, with every piece accounted for."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from heapq import merge
from typing import Protocol

import msgspec

from counterfoil.rehearse.oversell.demand import POOLS, Bought, Delivery, Season

BATCH = 250
"""Levels in one call, as the largest channel takes them."""


class Outcome(msgspec.Struct, frozen=True):
    """What a season came to, in pieces: `wanted` = `sold` + `lost`.

    `oversold` was sold and not there. Of what was lost, `hidden` was there and not shown: by a
    level that came late, or `kept_back` for the other pools. `calls` were spent.
    """

    wanted: int
    sold: int
    lost: int
    oversold: int
    hidden: int
    kept_back: int
    calls: int


class Shelf:
    """What is there of each SKU, and what each pool shows of it."""

    def __init__(self) -> None:
        self.true: defaultdict[str, int] = defaultdict(int)
        self.kept_back: defaultdict[tuple[str, str], int] = defaultdict(int)
        self.shown: dict[str, defaultdict[str, int]] = {pool: defaultdict(int) for pool in POOLS}

    def tell(self, pool: str, sku: str, most: int | None = None) -> None:
        """The pool shows what is there now, and no more than `most` of it."""
        there = max(0, self.true[sku])
        shown = there if most is None else min(there, most)
        self.shown[pool][sku], self.kept_back[pool, sku] = shown, there - shown


class Policy(Protocol):
    """A way of telling the channels: it is asked after whatever happens, and at its own moments."""

    calls: int

    def changed(self, shelf: Shelf, sku: str, at_s: float) -> None:
        """What is there of a SKU has changed."""
        ...

    def bought(self, line: Bought, pieces: int) -> None:
        """A pool sold so many pieces of what a customer wanted."""
        ...

    def moments(self, season: Season) -> Iterator[float]:
        """When it acts, in order."""
        ...

    def act(self, shelf: Shelf, at_s: float) -> None:
        """Tell what is to be told now."""
        ...


def play(season: Season, policy: Policy) -> Outcome:
    """The season, under the policy. What is delivered at the start is shown at the start."""
    shelf = Shelf()
    demand = sold = oversold = hidden = kept_back = 0
    for happening in _timeline(season, policy):
        if not isinstance(happening, Bought | Delivery):
            policy.act(shelf, happening)
            continue
        if isinstance(happening, Delivery):
            shelf.true[happening.sku] += happening.pieces
            if not happening.at_s:
                for pool in POOLS:
                    shelf.tell(pool, happening.sku)
        else:
            level, true = shelf.shown[happening.pool][happening.sku], shelf.true[happening.sku]
            pieces = min(happening.pieces, level)
            demand += happening.pieces
            sold += pieces
            oversold += max(0, pieces - max(0, true))
            unseen = max(0, min(happening.pieces, true) - pieces)
            hidden += unseen
            kept_back += min(unseen, shelf.kept_back[happening.pool, happening.sku])
            shelf.shown[happening.pool][happening.sku] = level - pieces
            shelf.true[happening.sku] = true - pieces
            policy.bought(happening, pieces)
        policy.changed(shelf, happening.sku, happening.at_s)
    return Outcome(demand, sold, demand - sold, oversold, hidden, kept_back, policy.calls)


def _timeline(season: Season, policy: Policy) -> Iterator[Bought | Delivery | float]:
    """Everything that happens, by its moment; of one moment, goods first and the policy last."""
    ranked: Iterator[_Ranked] = merge(
        ((delivery.at_s, 0, delivery) for delivery in season.deliveries),
        ((line.at_s, 1, line) for line in season.bought),
        ((moment, 2, moment) for moment in policy.moments(season)),
        key=_moment,
    )
    return (happening for _, _, happening in ranked)


_Ranked = tuple[float, int, Bought | Delivery | float]


def _moment(ranked: _Ranked) -> tuple[float, int]:
    return ranked[:2]


def batches(levels: Sequence[object]) -> int:
    """The calls that so many levels take."""
    return -(-len(levels) // BATCH)
