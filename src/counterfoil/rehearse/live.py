"""Live trade under a stopwatch: sales at a steady rate, each timed from the shop to the target.

A sale's time begins at the moment for which it was planned, so that a shop, a door or a worker
that makes it wait cannot hide it; and ends where the target's own book says that it was taken.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Iterable, Sequence
from contextlib import closing
from pathlib import Path

import msgspec

from counterfoil.config import Config
from counterfoil.rehearse.stage import shop_file
from counterfoil.twins.kit.memory import Memory, number
from counterfoil.twins.kit.moments import unix_s
from counterfoil.twins.world import Sale
from counterfoil.values.clock import SystemClock

_LEAD_S = 1.5  # the shop looks at its plan once a second
_TICK_S = 0.5

# A reference ends with the shop's own number of the order.
_PREFIX = "rtrim(oh_ecommerce_order_number, '0123456789')"
_NUMBER = f"cast(replace(oh_ecommerce_order_number, {_PREFIX}, '') as integer)"
_COUNT = f"select count(distinct {_NUMBER}) from order_header where {_NUMBER} <= ?"  # noqa: S608
_LANDED = f"select {_NUMBER}, min(at_s) from order_header join watched using (oh_id) group by 1"  # noqa: S608
_WATCH = """
create table if not exists watched (oh_id integer primary key, at_s real not null);
create trigger if not exists watching after insert on order_header begin
  insert into watched values (new.oh_id, (julianday('now') - 2440587.5) * 86400.0);
end;
"""

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
        with closing(Memory(shop_file(self._config))) as memory, memory.transaction():
            opened_s = number(memory.fact("opened", now_s()))
            memory.run_many(
                "insert into plan (at_s, sale) values (?, ?)",
                [(moment - opened_s, msgspec.msgpack.encode(sale)) for sale, moment in sales],
            )
        self._planned.update({sale.number: moment for sale, moment in sales})

    def timed(self) -> list[Timed]:
        """Every sale so far, with the time that it took."""
        taken = landed_s(self._config)
        rows = _rows(Path(shop_file(self._config)), "select name, id from orders")
        shop = {str(name).removeprefix("#"): str(order) for name, order in rows}
        return [
            Timed(moment, _took_s(moment, taken.get(shop.get(name, ""))))
            for name, moment in self._planned.items()
        ]


class Arrivals:
    """Counts, in the target's own book, the orders that the shop has placed so far."""

    def __init__(self, config: Config) -> None:
        self._book = _book(config)
        ((self._last,),) = _rows(Path(shop_file(config)), "select max(id) from orders")

    def count(self) -> int:
        """How many of them have landed by now."""
        ((found,),) = _rows(self._book, _COUNT, self._last)
        return int(number(found))


def watch(config: Config) -> None:
    """Have the target's book note to the millisecond when each order comes; its own moments are
    whole seconds."""
    with closing(sqlite3.connect(_book(config))) as database:
        database.executescript(_WATCH)


def landed_s(config: Config) -> dict[str, float]:
    """When each order landed at the target for the first time, by the shop's own number."""
    rows = _rows(_book(config), _LANDED)
    return {str(int(number(key))): number(at) for key, at in rows}


def figures(found: Iterable[Timed], inside: Span, without: Sequence[Span] = ()) -> Figures:
    """The times of the sales planned inside a span and in none of those `without`."""
    chosen = [
        one
        for one in found
        if _within(one, inside) and not any(_within(one, span) for span in without)
    ]
    times = sorted(one.took_s for one in chosen if one.took_s is not None)
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


def _book(config: Config) -> Path:
    return config.state / "orderwise.db"


def _rows(path: Path, sql: str, *values: object) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(path)) as database:
        return database.execute(sql, values).fetchall()


def now_s() -> float:
    """This moment, in seconds since 1970."""
    return unix_s(SystemClock().now())
