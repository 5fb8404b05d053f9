"""The balance, asked anew, and the journal read again from its first line."""

from __future__ import annotations

import asyncpg
from ends import order, reading
from flow_stage import Stage

from counterfoil.flows.balance import kept, proven, recounted, within
from counterfoil.flows.capture import listed
from counterfoil.flows.census import Window, census
from counterfoil.values.clock import Instant, later


async def arrive(stage: Stage, *numbers: int) -> None:
    orders = [order(number) for number in numbers]
    stage.shop.put(*orders)
    await listed(stage.engine, stage.route, [reading(one) for one in orders], 80)


async def rewrite(stage: Stage, sql: str) -> None:
    """What only somebody with the database's keys could do."""
    connection = await asyncpg.connect(stage.database.dsn)
    try:
        await connection.execute(f"alter table run disable trigger append_only; {sql}")
    finally:
        await connection.close()


async def test_before_the_source_was_asked_nothing_is_claimed(stage: Stage) -> None:
    await arrive(stage, 1)
    found = await kept(stage.database, 1, "orders")
    assert found.listed is None
    assert not found.agrees
    assert found.uncounted == 1


async def test_nothing_on_both_sides_is_no_proof(stage: Stage) -> None:
    assert (await kept(stage.database, 1, "orders")).empty
    assert (await recounted(stage.engine, stage.route)).empty


async def test_asked_anew_both_sides_agree_in_counts_and_money(stage: Stage) -> None:
    await arrive(stage, 1, 2, 3)
    await stage.work()
    found = await recounted(stage.engine, stage.route)
    assert found.agrees
    assert found.listed == found.accounts["confirmed"] == 3
    assert found.money["GBP"].listed_minor == 3750
    assert found.money["GBP"].difference_minor == 0


async def test_what_only_the_source_has_is_fetched(stage: Stage) -> None:
    await arrive(stage, 1)
    stage.shop.put(order(2))
    found = await recounted(stage.engine, stage.route)
    assert found.agrees
    assert found.accounts["in_flight"] == 2


async def test_what_only_the_journal_has_is_named(stage: Stage) -> None:
    await arrive(stage, 1, 2)
    del stage.shop.orders[order(2).key]
    found = await recounted(stage.engine, stage.route)
    assert not found.agrees
    assert found.phantom == (order(2).key,)
    assert found.money["GBP"].difference_minor == -1250


async def test_a_recount_leaves_the_kept_windows_alone(stage: Stage) -> None:
    await arrive(stage, 1, 2)
    start = Instant.parse_iso("2026-11-02T09:00:00Z")
    await census(stage.engine, stage.route, Window(start, later(start, 3600)))
    await recounted(stage.engine, stage.route)
    found = await kept(stage.database, 1, "orders")
    assert found.listed == 2
    assert found.agrees
    assert found.uncounted == 0


async def test_an_honest_journal_is_proven(stage: Stage) -> None:
    stage.clock.moment = Instant.parse_iso("2026-11-02T12:00:00.123456789Z")
    await arrive(stage, 1, 2, 3)
    await stage.work()
    found = await proven(stage.database)
    assert found.holds
    assert found.records == 3
    assert found.postings >= 3


async def test_a_changed_word_in_the_journal_is_noticed(stage: Stage) -> None:
    await arrive(stage, 1)
    await stage.work()
    await rewrite(stage, 'update run set details[1] = \'{"said":"nothing"}\' where seq = 2')
    found = await proven(stage.database)
    assert len(found.broken) == 1
    assert not found.misplaced


async def test_a_missing_line_of_the_journal_is_noticed(stage: Stage) -> None:
    await arrive(stage, 1)
    await stage.work()
    await rewrite(stage, "delete from run where seq = (select max(seq) from run)")
    found = await proven(stage.database)
    assert len(found.broken) == 1
    assert len(found.misplaced) == 1


async def test_a_record_moved_behind_the_journals_back_is_noticed(stage: Stage) -> None:
    await arrive(stage, 1)
    await rewrite(stage, "update record set state = 5")
    assert len((await proven(stage.database)).misplaced) == 1


def at(text: str) -> Instant:
    return Instant.parse_iso(f"2026-{text}Z")


async def test_a_period_is_the_orders_created_in_it_and_no_others(stage: Stage) -> None:
    september = order(3, created="2026-09-30T23:59:59.999Z")
    october = order(4, created="2026-10-01T00:00:00Z")
    stage.shop.put(order(1), order(2), september, october)
    await listed(
        stage.engine, stage.route, [reading(one) for one in stage.shop.orders.values()], 80
    )
    await stage.work()
    start, until = at("09-01T00:00:00"), at("10-01T00:00:00")
    found = await within(stage.engine, stage.route, start, until)
    assert found.agrees
    assert (found.listed, found.accounts["confirmed"]) == (1, 1)
    assert found.money["GBP"].listed_minor == 1250
    found = await within(stage.engine, stage.route, until, at("11-30T00:00:00"))
    assert (found.listed, found.agrees) == (3, True)
    assert (await within(stage.engine, stage.route, None, None)).listed == 4


async def test_what_is_older_than_the_route_is_neither_asked_for_nor_fetched(stage: Stage) -> None:
    await arrive(stage, 1)
    stage.shop.put(order(7, created="2020-01-01T10:00:00Z"))
    found = await within(stage.engine, stage.route, at("01-01T00:00:00"), at("02-01T00:00:00"))
    assert found.listed is None
    old = Instant.parse_iso("2019-01-01T00:00:00Z")
    found = await within(stage.engine, stage.route, old, None)
    assert (found.listed, found.agrees) == (1, True)
    assert found.window is not None
    assert found.window.start == at("11-02T09:00:00")
    assert await stage.database._pool.fetchval("select count(*) from record") == 1


async def test_before_anything_arrived_a_period_asks_for_nothing(stage: Stage) -> None:
    stage.shop.put(order(1))
    found = await within(stage.engine, stage.route, at("11-02T00:00:00"), at("11-03T00:00:00"))
    assert found.listed is None
    assert await stage.database._pool.fetchval("select count(*) from record") == 0


async def test_a_period_does_not_stand_for_the_count_after_a_restore(stage: Stage) -> None:
    from counterfoil.store.tasks import uncounted

    await arrive(stage, 1)
    await stage.database.run("note_restored", stage.clock.now().to_stdlib())
    stage.clock.pass_(5)
    await within(stage.engine, stage.route, at("11-02T00:00:00"), at("11-02T10:00:00"))
    assert await uncounted(stage.database, 1) is not None
