"""A target that hangs holds half of the hands at most: routes to other targets go on meanwhile."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

import msgspec
import pytest
from ends import Office, Shop, order
from flow_stage import Stage

from counterfoil.flows.queue import Job
from counterfoil.flows.sweep import sweep_source
from counterfoil.flows.work import (
    _call_next,  # pyright: ignore[reportPrivateUsage]
    work,
)
from counterfoil.kit.connector import Intent, Written
from counterfoil.values.errors import CounterfoilError
from counterfoil.values.ids import PageId

HANDS = 4


@dataclass
class Hanging(Office):
    """An office that takes a call and gives no answer until it is let go."""

    let_go: asyncio.Event = field(default_factory=asyncio.Event)

    async def write(self, intents: Sequence[Intent]) -> Sequence[Written | CounterfoilError]:
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        await self.let_go.wait()
        return [self._write(intent) for intent in intents]


@pytest.fixture
async def hanging(stage: Stage) -> Hanging:
    """Six pages for an office that hangs, then one for another that does not."""
    office, slow = stage.office, Hanging()
    at = stage.clock.now().to_stdlib()
    await stage.database.run("name_connection", "depot")
    await stage.database.run("name_route", "to-depot", "on", at)
    plan = msgspec.structs.replace(stage.route.plan, target="depot")
    other = msgspec.structs.replace(
        stage.route, id=2, name="to-depot", plan=plan, source=Shop(), target=slow,
        target_connection=3,
    )  # fmt: skip
    stage.engine.routes = {1: stage.route, 2: other}
    stage.engine.hands = HANDS
    for number in range(6):
        other.source.put(order(100 + number))  # type: ignore[attr-defined]
        await sweep_source(stage.engine, other, None)
    stage.shop.put(order(1))
    await sweep_source(stage.engine, stage.route, None)
    assert stage.office is office
    return slow


async def _handled(stage: Stage) -> list[asyncio.Task[None]]:
    """Every page that is due, taken up by the hands of one process, the oldest first."""
    hands = asyncio.Semaphore(HANDS)

    async def hand(page: int) -> None:
        async with hands:
            await work(stage.engine, PageId(page))

    rows = await stage.database.rows("idle_pages", stage.clock.now().to_stdlib(), 0, 100)
    return [asyncio.create_task(hand(row["id"])) for row in rows]


async def test_a_target_that_hangs_slows_no_other_route(stage: Stage, hanging: Hanging) -> None:
    tasks = await _handled(stage)
    for _ in range(500):
        # Whichever of them comes first: the other hand may still be on its way.
        if (await stage.states()).get("#1") == "confirmed" and hanging.most_at_once > 1:
            break
        await asyncio.sleep(0.01)
    assert (await stage.states())["#1"] == "confirmed"
    assert hanging.most_at_once == HANDS // 2
    assert stage.engine.fired["target-crowded"] == 4
    hanging.let_go.set()
    await asyncio.gather(*tasks)


async def test_what_was_passed_over_is_done_when_the_target_answers(
    stage: Stage, hanging: Hanging
) -> None:
    tasks = await _handled(stage)
    hanging.let_go.set()
    await asyncio.gather(*tasks)
    await stage.work()
    assert set((await stage.states()).values()) == {"confirmed"}
    assert len(hanging.calls) == 6


async def test_each_page_that_was_passed_over_is_called_as_soon_as_a_hand_is_free(
    stage: Stage, hanging: Hanging
) -> None:
    """A target that only has much to do must not wait out a pause for each handful of pages."""
    jobs: list[Job] = []

    async def noted(unit: object, asked: Sequence[Job]) -> None:
        jobs.extend(asked)

    stage.engine.queue.enqueue = noted  # type: ignore[method-assign]
    tasks = await _handled(stage)
    for _ in range(3000):
        if stage.engine.fired["target-crowded"] == 4 and hanging.at_once == HANDS // 2:
            break
        await asyncio.sleep(0.01)
    hanging.let_go.set()
    await asyncio.gather(*tasks)
    done: set[PageId] = set()
    while soon := [job.page for job in jobs if not job.after_s and job.page not in done]:
        done.update(soon)
        await asyncio.gather(*(work(stage.engine, page) for page in soon))
    assert len(done) == stage.engine.fired["target-crowded"] == 4
    assert len(hanging.calls) == 6
    assert not any(stage.engine.crowded.values())


async def test_two_hands_that_are_freed_at_once_call_the_one_page_that_waits(stage: Stage) -> None:
    stage.engine.crowded[3].append(Job(PageId(1), 0))
    await asyncio.gather(*(_call_next(stage.engine, 3) for _ in range(2)))
    assert not stage.engine.crowded[3]


async def test_a_hand_that_is_freed_while_a_page_is_put_down_is_not_missed(
    stage: Stage, hanging: Hanging
) -> None:
    jobs: list[Job] = []

    async def noted(unit: object, asked: Sequence[Job]) -> None:
        stage.engine.engaged.clear()  # every page there ends just now, and finds nobody waiting
        jobs.extend(asked)

    stage.engine.queue.enqueue = noted  # type: ignore[method-assign]
    stage.engine.engaged[3] = HANDS // 2
    rows = await stage.database.rows("idle_pages", stage.clock.now().to_stdlib(), 0, 1)
    await work(stage.engine, PageId(rows[0]["id"]))
    assert stage.engine.fired["target-crowded"] == 1
    assert [job.after_s for job in jobs] == [5.0, 0.0]


async def test_one_target_alone_has_every_hand(stage: Stage) -> None:
    slow = stage.office = Hanging()
    stage.route = msgspec.structs.replace(stage.route, target=slow)
    stage.engine.routes = {1: stage.route}
    stage.engine.hands = HANDS
    for number in range(6):
        stage.shop.put(order(number))
        await sweep_source(stage.engine, stage.route, None)
    tasks = await _handled(stage)
    for _ in range(500):
        if slow.most_at_once == HANDS:
            break
        await asyncio.sleep(0.01)
    assert slow.most_at_once == HANDS
    slow.let_go.set()
    await asyncio.gather(*tasks)
