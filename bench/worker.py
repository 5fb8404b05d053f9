"""A worker of a bench: the house's own flows in a process of its own, between the bench's ends.

Run as `python -m bench.worker` with a `Job` on its first line of input. It says "ready", begins at
the next line, says "listed" when its listing is through, and at the last line what it used.
"""

from __future__ import annotations

import asyncio
import random
import resource
import sys
import time
from typing import Any, Literal

import msgspec

from bench.connectors import Office, order_source, throttle
from bench.ends import Nothing, Posting, Shop
from bench.shopify import Listings
from counterfoil.flows.engine import Engine
from counterfoil.flows.route import Plan, Route
from counterfoil.flows.shared_queue import SharedQueue
from counterfoil.flows.sweep import sweep_pages, sweep_source
from counterfoil.flows.work import work
from counterfoil.kit.capability import InDoubt
from counterfoil.kit.manifest import Carries
from counterfoil.store.limits import Limits
from counterfoil.store.postgres import Database
from counterfoil.store.sequence import Sequence
from counterfoil.surfaces.serve import collect_rarely
from counterfoil.values.clock import SystemClock
from counterfoil.values.ids import PageId

AT_ONCE = 16  # pages, as in a house that is configured by nobody
_SWEEP_S = 2.0


class Job(msgspec.Struct, frozen=True):
    """What a worker does. It lists `orders` orders of route `lists` (0: none), and works on the
    pages of all `routes` routes; `sink` is the port of a target over HTTP."""

    name: str
    dsn: str
    routes: int
    lists: int
    orders: int
    source: Literal["ready", "made", "shopify"] = "ready"
    target: Literal["nothing", "posting", "orderwise"] = "nothing"
    sink: int = 0
    batch: int = 250
    in_doubt: InDoubt = "B"


class Used(msgspec.Struct, frozen=True):
    """What a worker used: processor seconds since the start signal, most memory in KiB."""

    cpu_s: float
    peak_kib: int


async def main(job: Job, lines: asyncio.StreamReader) -> None:
    """Get ready, work until told to stop, and tell."""
    database = await Database.open(job.dsn)
    engine = _engine(job, database)
    collect_rarely()
    _say("ready")
    await lines.readline()
    start_s = time.process_time()
    stop = asyncio.Event()
    parts = [
        asyncio.create_task(engine.queue.serve(_handler(engine), stop, AT_ONCE)),
        asyncio.create_task(_sweep(engine)),
    ]
    if job.lists:
        await sweep_source(engine, engine.routes[job.lists], None)
    _say("listed")
    await lines.readline()
    used = Used(time.process_time() - start_s, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
    _say(msgspec.json.encode(used).decode())
    for part in parts:
        part.cancel()
    await asyncio.wait(parts)
    await engine.routes[1].target.close()  # type: ignore[attr-defined]


def _engine(job: Job, database: Database) -> Engine:
    clock = SystemClock()
    limits = Limits(database)
    target = _target(job, limits)
    carries = Carries(("write", "read"), "a bench", in_doubt=job.in_doubt, batch=job.batch)
    routes = {
        number: Route(
            id=number,
            name=f"orders{number}",
            plan=Plan(
                "order",
                f"end{number}",
                f"end{job.routes + 1}",
                "operations",
                switch="on",
                confirm="off",
            ),
            source=_source(job, number, limits),
            target=target,
            carries=carries,
            source_connection=number,
            target_connection=job.routes + 1,
        )
        for number in range(1, job.routes + 1)
    }
    queue = SharedQueue(job.dsn)
    numbers = Sequence(database)
    return Engine(database, clock, random.Random(job.name), numbers, queue, routes, job.name)


def _source(job: Job, route: int, limits: Limits) -> Any:
    if route != job.lists:
        return Shop(0, 0, ready=False)
    first = route * 10_000_000
    if job.source == "shopify":
        return order_source(Listings(first, job.orders), limits, job.name)
    return Shop(first, job.orders, ready=job.source == "ready")


def _target(job: Job, limits: Limits) -> Any:
    if job.target == "orderwise":
        return Office(limits, job.name)
    if job.target == "posting":
        return Posting(job.sink, throttle(limits, job.name), SystemClock())
    return Nothing()


def _handler(engine: Engine) -> Any:
    async def handle(page: PageId) -> None:
        await work(engine, page)

    return handle


async def _sweep(engine: Engine) -> None:
    while True:
        await engine.clock.sleep(_SWEEP_S)
        await sweep_pages(engine)


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


async def _run() -> None:
    lines = asyncio.StreamReader(limit=1 << 20)
    protocol = asyncio.StreamReaderProtocol(lines)
    await asyncio.get_running_loop().connect_read_pipe(lambda: protocol, sys.stdin)
    await main(msgspec.json.decode(await lines.readline(), type=Job), lines)


if __name__ == "__main__":
    asyncio.run(_run())
