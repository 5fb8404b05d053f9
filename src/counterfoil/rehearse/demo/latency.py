"""Live trade under a stopwatch: sales at a steady rate, each timed from the shop to the target.

A sale's time begins at the moment for which it was planned, so that a shop, a door or a worker
that makes it wait cannot hide it; and ends where the target's own book says that it was taken.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence

import msgspec

from counterfoil.config import Config
from counterfoil.rehearse.cast import estate
from counterfoil.twins.world import Sale
from counterfoil.values.clock import SystemClock

_LEAD_S = 1.5  # the shop looks at its plan once a second
_TICK_S = 0.5

Span = tuple[float, float]
"""From and until, in seconds since 1970."""


class Timed(msgspec.Struct, frozen=True):
    """One sale: planned for a moment (seconds since 1970), landed after so many seconds; None
    where it has not."""

    planned_s: float
    took_s: float | None


class Figures(msgspec.Struct, frozen=True):
    """How long sales took, in milliseconds; `landed` of `sales` have a time."""

    sales: int
    landed: int
    p50_ms: float
    p99_ms: float
    worst_ms: float


class Live:
    """Steady trade: `per_s` of the `sales` each second, handed to the shop a moment ahead."""

    def __init__(self, config: Config, sales: Sequence[Sale], per_s: float) -> None:
        self._config = config
        self._left = list(reversed(sales))
        self._per_s = per_s
        self._planned: dict[str, float] = {}

    async def trade(self, seconds: float) -> Span:
        """Trade for so long; the span in which the sales were planned."""
        ending = asyncio.Event()
        asyncio.get_running_loop().call_later(seconds, ending.set)
        return await self.until(ending)

    async def until(self, ending: asyncio.Event) -> Span:
        """Trade until `ending` is set; the span in which the sales were planned."""
        clock = SystemClock()
        start_s = due_s = now_s() + _LEAD_S
        while not ending.is_set() and self._left:
            moments: list[float] = []
            while due_s < now_s() + _LEAD_S + _TICK_S:
                moments.append(due_s)
                due_s += 1 / self._per_s
            await asyncio.to_thread(self._add, moments)
            await clock.sleep(_TICK_S)
        await clock.sleep(max(0.0, due_s - now_s()))
        return start_s, due_s

    def _add(self, moments: Sequence[float]) -> None:
        sales = [(self._left.pop(), moment) for moment in moments[: len(self._left)]]
        estate.plan_at(self._config.state, sales, now_s())
        self._planned.update({sale.number: moment for sale, moment in sales})

    def timed(self) -> list[Timed]:
        """Every sale so far, with the time that it took."""
        landed = landed_s(self._config)
        keys = estate.keys_by_number(self._config.state)
        return [
            Timed(moment, _took_s(moment, landed.get(keys.get(name, ""))))
            for name, moment in self._planned.items()
        ]


class Arrivals:
    """Counts, in the target's own book, the orders that the shop has placed so far."""

    def __init__(self, config: Config) -> None:
        self._state = config.state
        self._last = estate.last_key(config.state)

    def count(self) -> int:
        """How many of them have landed by now."""
        return estate.count_landed(self._state, self._last)


def watch(config: Config) -> None:
    """Have the target's book note to the millisecond when each order comes; its own moments are
    whole seconds."""
    estate.watch(config.state)


def landed_s(config: Config) -> dict[str, float]:
    """When each order landed at the target for the first time, by the shop's own number."""
    return estate.landed_s(config.state)


def figures(found: Iterable[Timed], inside: Span, without: Sequence[Span] = ()) -> Figures:
    """The times of the sales planned inside a span and in none of those `without`."""
    chosen = [
        sale
        for sale in found
        if _within(sale, inside) and not any(_within(sale, span) for span in without)
    ]
    times = sorted(sale.took_s for sale in chosen if sale.took_s is not None)
    return Figures(
        sales=len(chosen),
        landed=len(times),
        p50_ms=_at(times, 0.5),
        p99_ms=_at(times, 0.99),
        worst_ms=_at(times, 1.0),
    )


def _within(one: Timed, span: Span) -> bool:
    return span[0] <= one.planned_s < span[1]


def _at(times: Sequence[float], share: float) -> float:
    """The time that this share of the sales kept to."""
    if not times:
        return 0.0
    place = min(len(times) - 1, max(0, -int(-len(times) * share // 1) - 1))
    return round(times[place] * 1000, 1)


def _took_s(planned_s: float, landed: float | None) -> float | None:
    return None if landed is None else landed - planned_s


def now_s() -> float:
    """This moment, in seconds since 1970."""
    return SystemClock().now().to_stdlib().timestamp()
