"""Pages of 250 through one bulk write, and one write a record: the whole ledger, two workers."""

from __future__ import annotations

import msgspec

from bench.crew import Run, run
from bench.figure import Figure
from bench.floor import copied
from bench.house import Ground, estate
from bench.worker import Job

WORKERS = 2
_NOTE = (
    "Records a second: two worker processes, each listing a shop of its own (listing is counted)"
    " and taking pages of both from the shared queue; three durable commits a page, three journal"
    " moves a record, nothing read back. The floor is the same rows by bare COPY, in the same"
    " commits, without an engine."
)


async def bulk(ground: Ground) -> list[Figure]:
    """Pages of 250 through one bulk write."""
    return [await _figure(ground, "pages of 250, one bulk write", batch=250, aim=15_000)]


async def single(ground: Ground) -> list[Figure]:
    """One write a record."""
    return [await _figure(ground, "one write a record", batch=1, aim=8_000)]


async def _figure(ground: Ground, what: str, *, batch: int, aim: float) -> Figure:
    orders = ground.size(30_000, 5_000)
    async with ground.database() as dsn, estate(dsn, WORKERS) as database:
        found = await run(ground, database, jobs(dsn, orders, batch=batch))
        async with ground.database() as empty, estate(empty, WORKERS):
            floor_s = await copied(dsn, empty)
    return Figure(
        what=what,
        unit="records/s",
        measured=found.per_s,
        aim=aim,
        peer_name="bare COPY",
        peer=found.orders / floor_s,
        note=_NOTE,
        raw=told(found) | {"floor_s": floor_s, "batch": batch},
    )


def jobs(dsn: str, orders: int, **more: object) -> list[Job]:
    """One job for each worker: `orders` orders each, on a route of its own."""
    return [
        msgspec.convert(
            {
                "name": f"w{number}",
                "dsn": dsn,
                "routes": WORKERS,
                "lists": number,
                "orders": orders,
                **more,
            },
            Job,
        )
        for number in range(1, WORKERS + 1)
    ]


def told(found: Run) -> dict[str, object]:
    """A run as it is kept."""
    more = {"cpu_us_per_record": found.cpu_us, "wal_bytes_per_record": found.wal_per_record}
    return msgspec.to_builtins(found) | more
