"""kill -9 of one of two workers: nothing is lost, nothing doubled, and how soon it is mended."""

from __future__ import annotations

import asyncio
import time

import asyncpg

from bench.bulk import WORKERS, jobs
from bench.crew import Crew, at_rest, delivered
from bench.doorway import free_ports
from bench.figure import Figure
from bench.house import Ground, estate
from bench.sink import Seen, seen, sink
from counterfoil.ledger.account import State
from counterfoil.store.pages import LEASE_S

_LOOK_S = 0.05
_LONGEST_S = 120.0
_OUT = """
select exists (
    select from record r join page p on p.id = r.page where p.holder = 'w1' and r.state = $1
)
"""
_NOTE = (
    "5,000 orders posted one by one to a target over HTTP that upserts by our reference (class B);"
    " one of two workers is killed while its calls are out. Lost: references that never arrived."
    " Twice: references at the target beyond ours; the target merges a repeated one, as class B"
    " does, so what was written again is counted in the raw numbers. The delay is what the run took"
    " longer than the same run without the kill; its aim is the lease of a page and one second."
)


async def kill(ground: Ground) -> list[Figure]:
    """The run with a kill, beside the run without."""
    orders = ground.size(2_500, 1_000)
    calm_s, _, _ = await _run(ground, orders, murder=False)
    killed_s, lost, found = await _run(ground, orders, murder=True)
    raw = {
        "calm_s": calm_s,
        "killed_s": killed_s,
        "written_again": found.writes - 2 * orders,
        "lease_s": LEASE_S,
    }
    return [
        _none("kill -9 of one of two workers: lost", lost),
        _none("kill -9 of one of two workers: twice", len(found.first_s) - 2 * orders + lost),
        Figure(
            what="kill -9 of one of two workers: delay",
            unit="s",
            measured=killed_s - calm_s,
            aim=LEASE_S + 1,
            most=True,
            note=_NOTE,
            raw=raw,
        ),
    ]


def _none(what: str, count: int) -> Figure:
    return Figure(what=what, unit="orders", measured=count, aim=0, most=True, note=_NOTE)


async def _run(ground: Ground, orders: int, *, murder: bool) -> tuple[float, int, Seen]:
    """Seconds until all is delivered, how many orders never arrived, and what the sink saw."""
    (port,) = free_ports(1)
    async with ground.database() as dsn, estate(dsn, WORKERS) as database, sink(port):
        crew = await Crew.raised(jobs(dsn, orders, target="posting", sink=port, batch=1))
        start = time.monotonic()
        crew.begin()
        if murder:
            await _caught(dsn, crew)
            crew.kill(0)
        while not (crew.listed and await at_rest(database)):
            if time.monotonic() - start > _LONGEST_S:
                break
            await asyncio.sleep(_LOOK_S)
        seconds = time.monotonic() - start
        await crew.end()
        found = await seen(port)
        stands = await delivered(database, WORKERS)
    assert stands == WORKERS * orders, f"Only {stands} stand as delivered."
    again = found.writes - WORKERS * orders
    assert not murder or again > 0, "The kill hit no call, so it proved nothing: run it again."
    wanted = (
        str(6_000_000 + route * 10_000_000 + number)
        for route in range(1, WORKERS + 1)
        for number in range(orders)
    )
    return seconds, sum(key not in found.first_s for key in wanted), found


async def _caught(dsn: str, crew: Crew) -> None:
    """Wait until all is listed and the first worker has whole pages out at the target."""
    connection = await asyncpg.connect(dsn)
    try:
        while not await connection.fetchval(_OUT, State.SENDING) or not crew.listed:  # noqa: ASYNC110
            await asyncio.sleep(_LOOK_S)
    finally:
        await connection.close()
