"""A stockroom of a bench: levels of many SKUs in three places, each a pool, told and counted whole.

Run as `python -m bench.stockroom DSN SKUS`: a house in a process of its own between an office and a
channel in memory. It says how long each part took, what it used, and the most that it held.
"""

from __future__ import annotations

import asyncio
import json
import random
import resource
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from decimal import Decimal
from typing import Final

import msgspec

from counterfoil.flows.engine import Engine
from counterfoil.flows.feed import feeds
from counterfoil.flows.home import Home, Lane
from counterfoil.flows.house import opened
from counterfoil.flows.levels import CARRIES
from counterfoil.flows.local_queue import LocalQueue
from counterfoil.flows.round import round_of_all
from counterfoil.flows.route import HOUSE, Plan, Route
from counterfoil.flows.sweep import sweep_feed, sweep_pages
from counterfoil.flows.work import work
from counterfoil.kit.api.reading import reading_of
from counterfoil.kit.connector import CensusPage, Intent, Listed, Listing, Reading, Seen, Written
from counterfoil.kit.manifest import Carries
from counterfoil.kit.mark import made
from counterfoil.model.stock import Stock
from counterfoil.store import connections, pages, routes
from counterfoil.store.postgres import Database
from counterfoil.store.sequence import Sequence as Numbers
from counterfoil.surfaces.serve import collect_rarely
from counterfoil.values.clock import Instant, SystemClock, instant
from counterfoil.values.ids import PageId

_NAMES: Final = ("Online", "Outlet", "Wholesale")
POOLS: Final[Mapping[str, tuple[str, ...]]] = dict.fromkeys(_NAMES, ("MAIN", "BACK"))
_PAGE: Final = 1000
_AT_ONCE: Final = 4
_COUNTED: Final = Carries(("read", "since", "census"), "a bench", versions="digest", counts="state")
_SHOWN: Final = Carries(
    ("write",), "a bench", in_doubt="A", batch=250, manner="level", partial="all"
)
_AS_OF: Final = instant("2026-11-02T12:00:00Z")


class Part(msgspec.Struct, frozen=True):
    """One part of the run: seconds, processor seconds of this process, and how many documents."""

    name: str
    seconds: float
    cpu_s: float
    documents: int


class Office:
    """Half of the SKUs in the main store, half in the one behind; none of them is ever changed."""

    def __init__(self, skus: int) -> None:
        self._skus = skus

    def _reading(self, number: int) -> Reading[Stock]:
        level = Stock(
            f"SKU-{number:06d}", ("MAIN", "BACK")[number % 2], made(_AS_OF),
            Decimal(number % 90), "sellable",
        )  # fmt: skip
        return reading_of(level, b"")

    def parse(self, body: bytes, at: Instant) -> Reading[Stock]:
        """Never asked: nothing is pushed here."""
        raise NotImplementedError

    read_any = parse

    def reread(self, source: bytes, at: Instant) -> Reading[Stock]:
        """Never asked: nothing here is kept."""
        raise NotImplementedError

    async def read(self, keys: Sequence[str]) -> Sequence[Reading[Stock]]:
        """The levels under these keys."""
        return [self._reading(int(key[4:10])) for key in keys]

    async def since(self, mark: str | None, cursor: str | None) -> Listing[Stock]:
        """A page of all that there is; what was listed once is not told again."""
        first = int(cursor or 0)
        if mark is not None:
            return Listing((), None, mark)
        last = min(self._skus, first + _PAGE)
        readings = tuple(map(self._reading, range(first, last)))
        return Listing(readings, str(last) if last < self._skus else None, made(_AS_OF))

    async def census(self, start: Instant, end: Instant, cursor: str | None) -> CensusPage:
        """A page of all that there is."""
        first = int(cursor or 0)
        last = min(self._skus, first + _PAGE)
        rows = (self._reading(number) for number in range(first, last))
        listed = tuple(
            Listed(row.key, row.number, row.version, row.version, pieces=row.pieces) for row in rows
        )
        return CensusPage(listed, str(last) if last < self._skus else None)


class Channel:
    """Takes whatever it is told."""

    def compose(self, document: Stock) -> Intent:
        """A small payload: what is measured is the house."""
        fields = {"available": int(document.on_hand)}
        return Intent(document.key, msgspec.json.encode(fields), fields)

    async def write(self, intents: Sequence[Intent]) -> Sequence[Written]:
        """Taken."""
        return [Written(intent.reference) for intent in intents]

    async def read(self, references: Sequence[str]) -> Mapping[str, Sequence[Seen]]:
        """Nothing is read back."""
        return {}


async def house(database: Database, skus: int) -> tuple[Engine, Route, Route]:
    """A house on this database: levels into it, and pools out of it."""
    clock = SystemClock()
    for name in ("office", HOUSE, "shop"):
        await connections.add(database, name)
    numbers = await connections.ids(database)
    plans = {
        "levels": Plan("stock", "office", HOUSE, "stores", switch="on", confirm="off"),
        "pools": Plan("stock", HOUSE, "shop", "stores", switch="on", confirm="off",
                      gates={"pools": POOLS}),
    }  # fmt: skip
    ids: dict[str, int] = {}
    for number, name in enumerate(plans, 1):
        await routes.add(database, name, "on", clock.now())
        ids[name] = number
    lanes = {name: Lane.of(name, plan) for name, plan in plans.items()}
    home = Home(database, clock, tuple(lanes.values()), numbers, ids)
    into, out = (opened(home, lanes[name]) for name in plans)
    levels = Route(
        1, "levels", plans["levels"], Office(skus), into.target("stock"), CARRIES,
        numbers["office"], numbers[HOUSE], source_carries=_COUNTED,
    )  # fmt: skip
    pools = Route(
        2, "pools", plans["pools"], out.source("stock"), Channel(), _SHOWN,
        numbers[HOUSE], numbers["shop"], source_carries=CARRIES,
    )  # fmt: skip
    engine = Engine(
        database, clock, random.Random(1), Numbers(database), LocalQueue(clock),
        {1: levels, 2: pools}, "bench",
    )  # fmt: skip
    return engine, levels, pools


async def _moved(engine: Engine, route: Route) -> int:
    """List everything that is new on a route, and let it arrive; how many there were."""
    (feed,) = feeds([route])
    _, new = await sweep_feed(engine, feed, {route.id: None})
    while (await pages.open_now(engine.database)).open:
        await sweep_pages(engine)
        await asyncio.sleep(0.02)
    return new


async def _counted(engine: Engine, route: Route) -> int:
    """Count the state of a route's source whole. Raises `AssertionError` where it does not agree:
    the bench would measure something else."""
    (found,) = await round_of_all(engine, [route])
    assert found.balances, found
    return found.listed or 0


async def run(dsn: str, skus: int) -> list[Part]:
    """Every part, one after the other."""
    database = await Database.open(dsn)
    engine, levels, pools = await house(database, skus)

    async def handle(page: PageId) -> None:
        await work(engine, page)

    collect_rarely()
    serving = asyncio.create_task(engine.queue.serve(handle, asyncio.Event(), _AT_ONCE))
    parts: list[Part] = []
    steps = (
        ("levels in", _moved, levels), ("pools out", _moved, pools),
        ("round of levels", _counted, levels), ("round of pools", _counted, pools),
    )  # fmt: skip
    for name, step, route in steps:
        start_s, start_cpu_s = time.monotonic(), time.process_time()
        documents = await step(engine, route)
        cpu_s = time.process_time() - start_cpu_s
        parts.append(Part(name, time.monotonic() - start_s, cpu_s, documents))
    serving.cancel()
    with suppress(asyncio.CancelledError):
        await serving
    await database.close()
    return parts


def main() -> None:
    """Run, and tell."""
    parts = asyncio.run(run(sys.argv[1], int(sys.argv[2])))
    peak_kib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    told = {"parts": [msgspec.to_builtins(part) for part in parts], "peak_kib": peak_kib}
    sys.stdout.write(json.dumps(told) + "\n")


if __name__ == "__main__":
    main()
