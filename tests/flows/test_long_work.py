"""A lease is for the dead: the living keep their page, through long work and short pauses."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from ends import order
from flow_stage import Stage
from steps import colleague, path, swept

from counterfoil.flows.work import work
from counterfoil.kit.connector import Intent, Written
from counterfoil.store import pages
from counterfoil.store.pages import LEASE_S
from counterfoil.values.clock import later
from counterfoil.values.errors import CounterfoilError
from counterfoil.values.ids import PageId

ONCE = ["captured", "mapped", "sending", "delivered", "confirmed"]
PAUSE_S = 4.0  # a full disk cache, a busy machine, a collection of garbage


async def one_page(stage: Stage) -> PageId:
    stage.shop.put(order(1))
    await swept(stage)
    (row,) = await stage.database.rows("idle_pages", stage.clock.now().to_stdlib(), 0, 10)
    return PageId(row["id"])


async def test_a_call_longer_than_the_lease_keeps_its_page(stage: Stage) -> None:
    page = await one_page(stage)
    other = colleague(stage, "w2")
    write = stage.office.write

    async def slow(intents: Sequence[Intent]) -> Sequence[Written | CounterfoilError]:
        for _ in range(5):
            stage.clock.pass_(LEASE_S / 3)
            await asyncio.sleep(0.35)  # the keeper has its turn
            await work(other, page)
        return await write(intents)

    stage.office.write = slow  # type: ignore[method-assign]
    await work(stage.engine, page)
    assert await path(stage, "#1") == ONCE
    assert stage.office.calls == ["6000001"]


async def test_a_pause_of_seconds_costs_nobody_its_page(stage: Stage) -> None:
    page = await one_page(stage)
    reached, go_on = asyncio.Event(), asyncio.Event()
    write = stage.office.write

    async def paused(intents: Sequence[Intent]) -> Sequence[Written | CounterfoilError]:
        reached.set()
        await go_on.wait()
        return await write(intents)

    stage.office.write = paused  # type: ignore[method-assign]
    slow = asyncio.create_task(work(stage.engine, page))
    await reached.wait()
    # The others' clocks go on while this worker stands still.
    moment = later(stage.clock.now(), PAUSE_S)
    assert await pages.take(stage.database, page, "w2", moment) is None
    go_on.set()
    await slow
    assert await path(stage, "#1") == ONCE
