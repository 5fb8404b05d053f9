"""Priority: of two pages that wait the more urgent is worked on first, whichever came first."""

from __future__ import annotations

import asyncio

import pytest
from flow_stage import Stage

from counterfoil.flows.hold import REDRIVE
from counterfoil.flows.local_queue import LocalQueue
from counterfoil.flows.queue import Job
from counterfoil.flows.shared_queue import SharedQueue
from counterfoil.values.clock import SystemClock
from counterfoil.values.ids import PageId


@pytest.mark.parametrize("kind", ["postgres", "local"])
async def test_of_each_kind_the_more_urgent_goes_first_whichever_came_first(
    stage: Stage, kind: str
) -> None:
    # The clock stands still: in the queue of one process all four are due at the same moment.
    queue = SharedQueue(stage.database.dsn) if kind == "postgres" else LocalQueue(stage.clock)
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
    assert [page for page in served if page in (2, 4)] == [2, 4]
    assert [page for page in served if page in (1, 3)] == [3, 1]


@pytest.mark.parametrize("kind", ["postgres", "local"])
async def test_what_can_wait_leaves_every_other_hand_to_what_is_live(
    stage: Stage, kind: str
) -> None:
    queue = SharedQueue(stage.database.dsn) if kind == "postgres" else LocalQueue(SystemClock())
    flood = [Job(PageId(number), REDRIVE) for number in range(1, 9)]
    live = [Job(PageId(number), 80) for number in range(11, 16)]
    stop, begun = asyncio.Event(), list[PageId]()

    async def handle(page: PageId) -> None:
        begun.append(page)
        if page < 10:
            await stop.wait()

    serving = asyncio.create_task(queue.serve(handle, stop, 4))
    try:
        async with asyncio.timeout(10):
            for jobs in (flood, live):
                async with stage.database.transaction() as unit:
                    await queue.enqueue(unit, jobs)
                await SystemClock().sleep(0.3)
            while len([page for page in begun if page > 10]) < len(live):
                await SystemClock().sleep(0.05)
        assert 1 <= len([page for page in begun if page < 10]) <= 3
    finally:
        stop.set()
        await serving
