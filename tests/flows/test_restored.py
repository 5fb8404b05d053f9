"""After a restore from a copy: what may have left in the lost time is looked up, not sent again."""

from __future__ import annotations

import msgspec
import pytest
from ends import order
from flow_stage import Stage
from steps import swept

from counterfoil.kit.capability import InDoubt


async def forget(stage: Stage) -> None:
    """Put the database back to before anything was captured."""
    tables = "thread, hold, evidence, entry, posting, record, page, binding, cursor, inbox"
    async with stage.database._pool.acquire() as connection:
        await connection.execute("set session_replication_role = replica")
        for table in tables.split(", "):
            await connection.execute(f"delete from {table}")
        await connection.execute("set session_replication_role = origin")
    stage.clock.pass_(60)
    stage.engine.restored = stage.clock.now()


def of_class(stage: Stage, kind: InDoubt) -> None:
    carries = msgspec.structs.replace(stage.route.carries, in_doubt=kind)
    stage.route = msgspec.structs.replace(stage.route, carries=carries)
    stage.engine.routes = {stage.route.id: stage.route}


async def test_what_was_sent_in_the_lost_time_is_found_and_not_sent_twice(stage: Stage) -> None:
    stage.shop.put(*(order(number) for number in range(1, 6)))
    await swept(stage)
    await stage.work()
    await forget(stage)
    stage.shop.put(order(6))
    await swept(stage)
    for _ in range(4):
        await stage.work()
        stage.clock.pass_(60)
    assert set((await stage.states()).values()) == {"confirmed"}
    assert sorted(stage.office.calls) == [str(6_000_000 + number) for number in range(1, 7)]
    assert all(len(held) == 1 for held in stage.office.held.values())


async def test_what_is_created_after_the_restore_is_sent_at_once(stage: Stage) -> None:
    await forget(stage)
    stage.engine.restored = order(5).version  # later than its creation
    stage.shop.put(order(5, created="2026-11-02T11:00:00Z"))
    await swept(stage)
    await stage.work()
    assert await stage.states() == {"#5": "confirmed"}


async def test_what_waited_in_the_copy_is_looked_up_too(stage: Stage) -> None:
    stage.shop.put(order(1))
    await swept(stage)
    await stage.database.run("doubt_waiting")
    await stage.office.write([stage.office.compose(order(1))])
    for _ in range(3):
        await stage.work()
        stage.clock.pass_(60)
    assert await stage.states() == {"#1": "confirmed"}
    assert len(stage.office.held["6000001"]) == 1


@pytest.mark.parametrize(("kind", "state"), [("B", "confirmed"), ("D", "in_doubt")])
async def test_a_target_that_cannot_be_searched_is_left_to_a_person(
    stage: Stage, kind: InDoubt, state: str
) -> None:
    of_class(stage, kind)
    await forget(stage)
    stage.shop.put(order(1))
    await swept(stage)
    await stage.work()
    assert await stage.states() == {"#1": state}
