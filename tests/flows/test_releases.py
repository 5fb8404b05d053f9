"""Every posting of a process names the configuration that it began with, also where another one is
in force at the page's route."""

from __future__ import annotations

import msgspec
from ends import order
from flow_stage import Stage
from steps import held, swept

from counterfoil.flows.hold import aside
from counterfoil.flows.intake import Intake, Message
from counterfoil.store import releases


async def postings(stage: Stage) -> dict[str, set[int]]:
    """By who posted: under which releases."""
    rows = await stage.database._pool.fetch("select by, release from posting")
    people = {row["by"] for row in rows}
    return {by: {row["release"] for row in rows if row["by"] == by} for by in people}


async def everything(stage: Stage) -> None:
    """An order that is listed, one that is pushed, and one that a person sets aside."""
    stage.shop.put(order(1), order(2, note="unmapped"))
    await swept(stage)
    body = msgspec.json.encode(order(3))
    await Intake(stage.engine)._store([Message(1, "orders/create", "d-1", body, (stage.route,))])
    await stage.work()
    await aside(stage.engine, await held(stage), "kim", "entered by hand")


async def test_whatever_a_process_posts_is_under_the_release_that_it_began_with(
    stage: Stage,
) -> None:
    stage.engine.release = 4
    await releases.stand_at(stage.database, 4, ["orders"])
    await everything(stage)
    assert await postings(stage) == {"house": {4}, "kim": {4}}
    assert stage.engine.fired["other-release"] == 0


async def test_a_process_that_began_with_another_one_says_its_own_and_counts_it(
    stage: Stage,
) -> None:
    stage.engine.release = 4
    await releases.stand_at(stage.database, 5, ["orders"])
    await everything(stage)
    assert await postings(stage) == {"house": {4}, "kim": {4}}
    assert stage.engine.fired["other-release"] > 0


async def test_a_route_that_stands_nowhere_yet_is_worked_on_without_a_word(stage: Stage) -> None:
    stage.engine.release = 4
    await everything(stage)
    assert await postings(stage) == {"house": {4}, "kim": {4}}
    assert stage.engine.fired["other-release"] == 0
