"""Memory: a long listing through one worker, and whether what it holds grows with what it moved."""

from __future__ import annotations

import asyncio
import time

import asyncpg
import msgspec

from bench.crew import Crew
from bench.ends import PAGE
from bench.figure import Figure
from bench.house import Ground, estate, resident_kib
from bench.worker import Job

_LONGEST_S = 55.0
_LOOK_S = 0.25
_AIM_MB = 256
_NOTE = (
    "The most memory of one worker process that lists and delivers orders as fast as it can, its"
    " documents made on the way. The aim is for a listing of 5,000,000 rows; this run is shorter:"
    " {rows:,} rows in {seconds:.0f} s, and its second half added {slope:.1f} MB a million rows."
)


class Look(msgspec.Struct, frozen=True):
    """One look at the worker: seconds since the start, rows in the ledger, KiB that it holds."""

    seconds: float
    rows: int
    kib: int


async def memory(ground: Ground) -> list[Figure]:
    """The peak, and the slope of the second half."""
    rows = ground.size(1_000_000, 100_000)
    longest_s = _LONGEST_S if not ground.quick else _LONGEST_S / 4
    async with ground.database() as dsn, estate(dsn, 1):
        connection = await asyncpg.connect(dsn)
        job = Job("w1", dsn, routes=1, lists=1, orders=rows, source="made")
        crew = await Crew.raised([job])
        looks: list[Look] = []
        start = time.monotonic()
        crew.begin()
        while not crew.listed and time.monotonic() - start < longest_s:
            await asyncio.sleep(_LOOK_S)
            held = resident_kib(crew.processes[0].pid)
            looks.append(Look(time.monotonic() - start, await _captured(connection), held))
        peak_mb = resident_kib(crew.processes[0].pid, most=True) / 1024
        crew.kill(0)
        await connection.close()
    slope = _slope(looks[len(looks) // 2 :])
    last = looks[-1]
    return [
        Figure(
            what="memory of a worker through a long listing",
            unit="MB",
            measured=peak_mb,
            aim=_AIM_MB,
            most=True,
            note=_NOTE.format(rows=last.rows, seconds=last.seconds, slope=slope),
            raw={"looks": looks, "mb_per_million_rows": slope},
        )
    ]


async def _captured(connection: asyncpg.Connection) -> int:
    """How many rows the ledger has, by its pages."""
    return PAGE * await connection.fetchval("select count(*) from page")


def _slope(looks: list[Look]) -> float:
    """MB that a million rows add, by least squares."""
    rows = [look.rows / 1e6 for look in looks]
    held = [look.kib / 1024 for look in looks]
    mean_rows, mean_held = sum(rows) / len(rows), sum(held) / len(held)
    spread = sum((one - mean_rows) ** 2 for one in rows)
    together = sum((a - mean_rows) * (b - mean_held) for a, b in zip(rows, held, strict=True))
    return together / spread if spread else 0.0
