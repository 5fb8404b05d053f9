"""After a restore from a copy: what may have left in the lost time is looked up, not sent again."""

from __future__ import annotations

import pytest
from ends import order
from flow_stage import Stage
from steps import causes, held, of_class, swept, unanswered

from counterfoil.flows import deliver, hold
from counterfoil.flows.balance import recounted
from counterfoil.flows.feed import feed_of
from counterfoil.flows.switch import turn
from counterfoil.flows.timer import _census
from counterfoil.flows.trace import story
from counterfoil.kit.capability import InDoubt
from counterfoil.store.restored import script
from counterfoil.values.clock import Instant, instant
from counterfoil.values.errors import Misconfigured, Refuse, Retry


async def restored(stage: Stage, at: Instant | None = None) -> None:
    """What `counterfoil db restore` keeps together with the copy."""
    async with stage.database.transaction() as unit:
        await unit.connection.execute(script(at or stage.clock.now(), "kim o'hara"))


async def on_again(stage: Stage) -> None:
    """A person counts, looks, and switches the route on."""
    await recounted(stage.engine, stage.route)
    await turn(stage.database, "orders", "on", stage.clock.now(), "kim", "counted")


async def forget(stage: Stage, at: Instant | None = None) -> None:
    """Put the database back to before anything was captured."""
    tables = "thread, hold, evidence, run, posting, record, page, binding, cursor, inbox"
    async with stage.database._pool.acquire() as connection:
        await connection.execute("set session_replication_role = replica")
        for table in tables.split(", "):
            await connection.execute(f"delete from {table}")
        await connection.execute("set session_replication_role = origin")
    stage.clock.pass_(60)
    await restored(stage, at)


async def worked_off(stage: Stage) -> None:
    for _ in range(4):
        await stage.work()
        stage.clock.pass_(60)


async def written_in_the_lost_time(stage: Stage) -> None:
    """#1 reaches the office after the copy, which is then put back and switched on."""
    await stage.office.write([stage.office.compose(order(1))])
    stage.clock.pass_(60)
    await restored(stage)
    await on_again(stage)


async def found_and_not_sent_twice(stage: Stage) -> None:
    await worked_off(stage)
    assert await stage.states() == {"#1": "confirmed"}
    assert len(stage.office.held["6000001"]) == 1


async def test_what_was_sent_in_the_lost_time_is_found_and_not_sent_twice(stage: Stage) -> None:
    stage.shop.put(*(order(number) for number in range(1, 6)))
    await swept(stage)
    await stage.work()
    await forget(stage)
    await on_again(stage)
    stage.shop.put(order(6))
    await swept(stage)
    await worked_off(stage)
    assert set((await stage.states()).values()) == {"confirmed"}
    assert sorted(stage.office.calls) == [str(6_000_000 + number) for number in range(1, 7)]
    assert all(len(found) == 1 for found in stage.office.held.values())


async def test_what_is_created_after_the_restore_is_sent_at_once(stage: Stage) -> None:
    await forget(stage, instant(order(5).created))
    await on_again(stage)
    stage.shop.put(order(5))
    await swept(stage)
    await stage.work()
    assert await stage.states() == {"#5": "confirmed"}


async def test_what_waited_in_the_copy_is_looked_up_too(stage: Stage) -> None:
    stage.shop.put(order(1))
    await swept(stage)
    await written_in_the_lost_time(stage)
    await found_and_not_sent_twice(stage)


async def test_what_was_held_in_the_copy_is_looked_up_before_it_is_sent_again(
    stage: Stage,
) -> None:
    stage.office.answers = [Refuse("No such product.")]
    stage.shop.put(order(1))
    await swept(stage)
    await stage.work()
    assert await causes(stage) == ["refused"]
    await written_in_the_lost_time(stage)
    await hold.resend(stage.engine, await held(stage), "kim")
    await found_and_not_sent_twice(stage)


async def test_what_was_tried_in_vain_before_the_copy_is_looked_up_before_it_is_tried_again(
    stage: Stage,
) -> None:
    stage.office.answers = [Retry("busy", after_s=40)]
    stage.shop.put(order(1))
    await swept(stage)
    await stage.work()
    assert await stage.states() == {"#1": "mapped"}
    await written_in_the_lost_time(stage)
    await found_and_not_sent_twice(stage)


async def test_looks_before_the_copy_do_not_count(stage: Stage) -> None:
    stage.office.answers = [unanswered(landed=False)]
    stage.shop.put(order(1))
    await swept(stage)
    await stage.work()
    stage.clock.pass_(31)
    await stage.work()  # the first look
    await restored(stage)
    (row,) = await stage.database._pool.fetch("select state, looks from record")
    assert tuple(row) == (7, 0)


async def test_nothing_is_on_after_a_restore_before_the_source_was_counted(stage: Stage) -> None:
    stage.shop.put(order(1))
    await restored(stage)
    await swept(stage)
    await worked_off(stage)
    assert stage.office.calls == []
    now = stage.clock.now()
    with pytest.raises(Refuse) as caught:
        await turn(stage.database, "orders", "on", now, "kim", "in a hurry")
    assert caught.value.code == "not-counted"
    (route,) = await stage.database.rows("routes")
    assert (route["switch"], route["switched_by"]) == ("shadow", "kim o'hara")
    await turn(stage.database, "orders", "off", now, "kim", "off is always possible")
    await on_again(stage)
    await worked_off(stage)
    assert stage.office.calls == ["6000001"]


async def test_a_route_that_the_copy_does_not_know_begins_in_shadow(stage: Stage) -> None:
    await restored(stage)
    await stage.database.run("name_route", "stock", "on", stage.clock.now().to_stdlib())
    rows = await stage.database.rows("routes")
    assert {row["name"]: row["switch"] for row in rows} == {"orders": "shadow", "stock": "shadow"}


async def test_the_timer_counts_the_whole_by_itself_after_a_restore(stage: Stage) -> None:
    stage.shop.put(order(1), order(2))
    await restored(stage)
    await _census(stage.engine, feed_of(stage.route), {stage.route.id: None})
    assert await stage.states() == {"#1": "captured", "#2": "captured"}
    await turn(stage.database, "orders", "on", stage.clock.now(), "kim", "counted")


async def test_what_is_found_missing_in_shadow_rests_there(stage: Stage) -> None:
    stage.shop.put(order(1))
    await restored(stage)
    await swept(stage)
    await worked_off(stage)
    (row,) = await stage.database._pool.fetch("select state, due from record")
    assert tuple(row) == (2, None)


async def test_a_switch_turned_while_a_record_is_laid_down_leaves_none_behind(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    await turn(stage.database, "orders", "shadow", stage.clock.now(), "kim", "to look")
    stage.shop.put(order(1))
    await swept(stage)
    rest = deliver._rest

    async def turned_meanwhile(*more: object) -> None:
        monkeypatch.setattr(deliver, "_rest", rest)
        await turn(stage.database, "orders", "on", stage.clock.now(), "kim", "looked")
        await rest(*more)  # type: ignore[arg-type]

    monkeypatch.setattr(deliver, "_rest", turned_meanwhile)
    await worked_off(stage)
    assert await stage.states() == {"#1": "confirmed"}


async def test_numbers_and_fences_go_on_beyond_what_was_given_since_the_copy(
    stage: Stage,
) -> None:
    stage.shop.put(order(1))
    await swept(stage)
    await restored(stage)
    (row,) = await stage.database._pool.fetch("select fence, id from page")
    assert row["fence"] >= 1_000
    assert await stage.database._pool.fetchval("select min(next) from counter") > 1_000_000_000


async def test_there_is_no_switch_of_a_route_that_nobody_knows(stage: Stage) -> None:
    with pytest.raises(Misconfigured):
        await turn(stage.database, "ordres", "off", stage.clock.now(), "kim", "a slip")


@pytest.mark.parametrize(("kind", "state"), [("B", "confirmed"), ("D", "in_doubt")])
async def test_a_target_that_cannot_be_searched_is_left_to_a_person(
    stage: Stage, kind: InDoubt, state: str
) -> None:
    of_class(stage, kind)
    stage.shop.put(order(1))
    await forget(stage)
    await on_again(stage)
    await stage.work()
    assert await stage.states() == {"#1": state}


@pytest.mark.parametrize("kind", ["A", "B", "C"])
async def test_what_was_sent_and_cancelled_in_the_lost_time_is_shown(
    stage: Stage, kind: InDoubt
) -> None:
    of_class(stage, kind)
    await stage.office.write([stage.office.compose(order(1))])
    stage.shop.put(order(1, cancelled=True), order(2, cancelled=True))
    await forget(stage)
    await on_again(stage)
    await worked_off(stage)
    assert await stage.states() == {"#1": "drifted", "#2": "excluded"}
    assert await causes(stage) == ["changed-after-sent"]
    assert stage.office.calls == ["6000001"]
    told = await story(stage.engine, (await held(stage))[0])
    assert "Order #1 may have been sent after the copy that was restored." in told
    assert (
        "Looked up, it was there: office calls it OR1. But nobody wants it any more at shop" in told
    )
