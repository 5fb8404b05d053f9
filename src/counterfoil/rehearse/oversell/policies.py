"""Two ways of telling the channels what there is: by the clock, and where it is worth most."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from itertools import groupby
from operator import itemgetter

from counterfoil.flows.oversell import (
    Demand,
    Expected,
    Stale,
    choose,
    loss,
    share,
    together,
    worth_a_call,
)
from counterfoil.rehearse.oversell.demand import POOLS, Bought, Season
from counterfoil.rehearse.oversell.trial import BATCH, Shelf, batches

_LATENCY_S = 2.0
_HORIZON_S = 600.0
"""How far ahead it looks for what customers will buy."""
_HOUR_S, _DAY_S, _WEEK_S = 3600, 86_400.0, 604_800.0
_PRIOR_ORDERS_A_WEEK, _PRIOR_PIECES = 0.5, 10.0
"""What is expected at a pool of a SKU that it has never sold."""
_MOST_DAYS = 2.0
"""The most calls that may be saved up, in days' worth of them."""
_LEARNS = 0.01
"""How quickly what is usually at stake is learned: a share for each order."""


class FixedCadence:
    """Every so many seconds each pool is told whatever has changed."""

    def __init__(self, cadence_s: float) -> None:
        self._cadence_s = cadence_s
        self._changed: set[str] = set()
        self.calls = 0

    def changed(self, shelf: Shelf, sku: str, at_s: float) -> None:
        self._changed.add(sku)

    def bought(self, line: Bought, pieces: int) -> None: ...

    def moments(self, season: Season) -> Iterator[float]:
        rounds = int(season.seconds / self._cadence_s)
        return (round_no * self._cadence_s for round_no in range(1, rounds + 1))

    def act(self, shelf: Shelf, at_s: float) -> None:
        stale = [
            (pool, sku)
            for sku in sorted(self._changed)
            for pool in POOLS
            if shelf.shown[pool][sku] != max(0, shelf.true[sku])
        ]
        self._changed.clear()
        for pool, sku in stale:
            shelf.tell(pool, sku)
        self.calls += batches(stale)


class Rhythm:
    """How many calls each hour of a week is given: as many as its share of what customers buy."""

    def __init__(self, before: Sequence[Bought], calls_a_week: float) -> None:
        orders: Counter[int] = Counter()
        for moment_s, _ in groupby(before, itemgetter(0)):
            orders[int(moment_s % _WEEK_S) // _HOUR_S] += 1
        hours = [orders[hour] + 0.1 for hour in range(168)]
        self._calls = [calls_a_week * hour / sum(hours) / _HOUR_S for hour in hours]

    def between(self, start_s: float, end_s: float) -> float:
        """The calls that accrue between two moments."""
        calls = 0.0
        while start_s < end_s:
            until_s = min(end_s, (start_s // _HOUR_S + 1) * _HOUR_S)
            calls += (until_s - start_s) * self._calls[int(start_s % _WEEK_S) // _HOUR_S]
            start_s = until_s
        return calls


class ExpectedLoss:
    """No more calls than `calls` in the season, spent when and where most would be oversold.

    Calls accrue in the rhythm of the week in which customers buy. What is scarce is shared out
    between the pools.
    """

    def __init__(self, calls: int, season: Season) -> None:
        self._rhythm = Rhythm(season.before, calls * _WEEK_S / season.seconds)
        self._tokens, self._counted_s = 1.0, 0.0
        self._calls_a_day = max(1.0, calls * _DAY_S / season.seconds)
        self._usual = 0.0
        self._demand: defaultdict[tuple[str, str], Demand] = defaultdict(Demand)
        self._stale: dict[tuple[str, str], Stale] = {}
        self._prior = Expected(_PRIOR_ORDERS_A_WEEK * _HORIZON_S / _WEEK_S, _PRIOR_PIECES)
        self._expected = 0.0
        self._most, self.calls = calls, 0
        for line in season.before:
            self.bought(line, line.pieces)

    def changed(self, shelf: Shelf, sku: str, at_s: float) -> None:
        true = max(0, shelf.true[sku])
        beyond_true = sum(shelf.shown[pool][sku] for pool in POOLS) > true
        for pool in POOLS:
            self._settle(pool, sku)
            level, right = shelf.shown[pool][sku], self._share(shelf, pool, sku, at_s)
            if level != right:
                demand = self._expects(pool, sku, at_s)
                pieces = loss(level, true, demand) if beyond_true else 0.0
                self._stale[pool, sku] = Stale(sku, pool, pieces, max(0, right - level))
                self._expected += pieces

    def bought(self, line: Bought, pieces: int) -> None:
        self._demand[line.pool, line.sku].bought(line.pieces, line.at_s)

    def moments(self, season: Season) -> Iterator[float]:
        return (moment + _LATENCY_S for moment, _ in groupby(season.bought, itemgetter(0)))

    def act(self, shelf: Shelf, at_s: float) -> None:
        self._tokens = min(
            _MOST_DAYS * self._calls_a_day,
            self._tokens + self._rhythm.between(self._counted_s, at_s),
        )
        self._counted_s = at_s
        if self.calls >= self._most:
            return
        worth = worth_a_call(self._expected, self._usual, self._tokens / self._calls_a_day)
        self._usual += (self._expected - self._usual) * _LEARNS
        if self._tokens < 1 or not worth:
            return
        for level in choose(self._stale.values(), 1, BATCH):
            shelf.tell(level.pool, level.sku, self._share(shelf, level.pool, level.sku, at_s))
            self._settle(level.pool, level.sku)
        self._tokens -= 1
        self.calls += 1

    def _expects(self, pool: str, sku: str, at_s: float) -> Expected:
        return self._demand[pool, sku].expected(self._prior, _HORIZON_S, at_s)

    def _share(self, shelf: Shelf, pool: str, sku: str, at_s: float) -> int:
        """What the pool may show of what there is."""
        others = together(self._expects(other, sku, at_s) for other in POOLS if other != pool)
        return share(max(0, shelf.true[sku]), self._expects(pool, sku, at_s), others)

    def _settle(self, pool: str, sku: str) -> None:
        level = self._stale.pop((pool, sku), None)
        if level:
            self._expected = max(0.0, self._expected - level.loss)
