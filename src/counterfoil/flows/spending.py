"""Spending: which pools are told with the calls that a channel allows, and when a call is worth it.

The arithmetic is in `flows/oversell.py`; here it meets what the house knows: what was told last,
what was sold since, and how many calls of the day are left.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from counterfoil.flows.oversell import Demand, Expected, Stale, choose, loss, worth_a_call
from counterfoil.store.levels import StalePool
from counterfoil.store.limits import Limits
from counterfoil.store.postgres import Database
from counterfoil.values.bucket import Bucket
from counterfoil.values.clock import Instant

_HORIZON_S: Final = 600.0
"""How far ahead it looks for what people will buy."""
_DAY_S, _WEEK_S = 86_400.0, 604_800.0
_PRIOR: Final = Expected(0.5 * _HORIZON_S / _WEEK_S, 10.0)
"""What is expected at a pool of a SKU that it has never sold."""
_SAVED_DAYS: Final = 2
"""The most calls that may be saved up, in days' worth of them."""
_LEARNS: Final = 0.01
"""How quickly what is usually at stake is learned: a share at each look."""


def at_stake(row: StalePool) -> Stale:
    """What a pool is expected to cost as long as it shows what it does."""
    demand = expected(row.purchases, row.bought)
    visible = max(0, row.last_pieces - row.sold_since)
    return Stale(row.sku, row.pool, loss(visible, row.pieces, demand), max(0, row.pieces - visible))


def expected(purchases: float, bought: float) -> Expected:
    """What people are expected to do who bought so in the last weeks."""
    return Demand(purchases, bought).expected(_PRIOR, _HORIZON_S, 0.0)


class Purse:
    """The calls of one route: `calls` at a listing, and `calls_a_day` (0: as many as you like),
    which all workers spend together."""

    def __init__(self, database: Database, name: str, calls: int, calls_a_day: int) -> None:
        self._limits = Limits(database)
        self._calls = calls
        self._calls_a_day = calls_a_day
        size, per_s = calls_a_day * _SAVED_DAYS, calls_a_day / _DAY_S
        self._bucket = Bucket(name, "calls a day", size, per_s)
        self._usual = 0.0

    async def spent_on(
        self, rows: Sequence[StalePool], batch: int, now: Instant
    ) -> Sequence[StalePool]:
        """Those of the pools that are told now, the costliest first; none where no call is worth
        it."""
        by_key = {(row.sku, row.pool): row for row in rows}
        stakes = [at_stake(row) for row in rows]
        if not stakes or not await self._worth(sum(stake.loss for stake in stakes), now):
            return ()
        chosen = choose(stakes, self._calls, batch)
        return [by_key[stake.sku, stake.pool] for stake in chosen]

    async def _worth(self, at_risk: float, now: Instant) -> bool:
        """Whether calls are made now; then one for each is taken from the day's."""
        if not self._calls_a_day:
            return True
        days_left = await self._limits.level(self._bucket, now) / self._calls_a_day
        worth = worth_a_call(at_risk, self._usual, days_left)
        self._usual += (at_risk - self._usual) * _LEARNS
        return worth and not await self._limits.take(self._bucket, float(self._calls), 0.0, now)
