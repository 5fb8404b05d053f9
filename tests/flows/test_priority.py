"""Priority: of two pages that wait the more urgent is worked on first, whichever came first."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest
from ends import order
from flow_stage import Stage
from steps import swept

from counterfoil.flows.hold import REDRIVE
from counterfoil.flows.queue import Job, LocalQueue, PgQueue
from counterfoil.flows.work import work
from counterfoil.kit.connector import Intent, Written
from counterfoil.values.clock import SystemClock
from counterfoil.values.errors import CounterfoilError
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


async def test_few_pages_that_can_wait_are_at_work_while_a_live_one_goes_past_them(
    stage: Stage,
) -> None:
    for at in range(1, 8):
        stage.shop.put(order(at))
        await swept(stage)
    now = stage.clock.now().to_stdlib()
    rows = await stage.database.rows("idle_pages", now, 0, 10)
    *later, live = [PageId(row["id"]) for row in rows]
    await stage.database._pool.execute(
        "update page set priority = $1 where id = any ($2)", REDRIVE, later
    )
    reached, go_on = list[str](), asyncio.Event()
    write = stage.office.write

    async def slow(intents: Sequence[Intent]) -> Sequence[Written | CounterfoilError]:
        reached.append("call")
        await go_on.wait()
        return await write(intents)

    stage.office.write = slow  # type: ignore[method-assign]
    waiting = [asyncio.create_task(work(stage.engine, page)) for page in later]
    await SystemClock().sleep(0.5)
    crowd = len(reached)
    stage.office.write = write  # type: ignore[method-assign]
    async with asyncio.timeout(5):
        await work(stage.engine, live)
    before = list(stage.office.calls)
    go_on.set()
    await asyncio.gather(*waiting)
    assert len(before) == 1, "the live page was kept waiting"
    assert 1 <= crowd <= 3 < len(later)
    assert len(stage.office.calls) == 7
