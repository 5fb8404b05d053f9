"""Priority: of two pages that wait the more urgent is worked on first, whichever came first."""

from __future__ import annotations

import asyncio

import pytest
from flow_stage import Stage

from counterfoil.flows.queue import Job, LocalQueue, PgQueue
from counterfoil.values.clock import SystemClock
from counterfoil.values.ids import PageId


@pytest.mark.parametrize("kind", ["postgres", "local"])
async def test_an_order_goes_before_a_catalogue_that_came_first(stage: Stage, kind: str) -> None:
    # The clock stands still: in the queue of one process all four are due at the same moment.
    queue = PgQueue(stage.database.dsn) if kind == "postgres" else LocalQueue(stage.clock)
    jobs = [Job(PageId(1), 10), Job(PageId(2), 80), Job(PageId(3), 40), Job(PageId(4), 80)]
    async with stage.database.transaction() as unit:
        for job in jobs:
            await queue.enqueue(unit, [job])
    stop, served = asyncio.Event(), list[PageId]()

    async def handle(page: PageId) -> None:
        served.append(page)
        if len(served) == len(jobs):
            stop.set()
        await SystemClock().sleep(0.01)

    async with asyncio.timeout(10):
        await queue.serve(handle, stop, 1)
    assert served == [2, 4, 3, 1]
