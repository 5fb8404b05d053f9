"""The schema: it grows by numbered steps, once each, and never guesses at a newer one."""

from __future__ import annotations

import asyncio

import asyncpg
import pytest
from shelf import MOMENT, Still, enter, put_page, taken

from counterfoil.ledger.account import State
from counterfoil.ledger.run import Run
from counterfoil.store import evidence, schema
from counterfoil.store import journal as journal_
from counterfoil.store.postgres import Database
from counterfoil.store.sequence import Sequence as Numbers
from counterfoil.values.clock import Instant, instant
from counterfoil.values.errors import Misconfigured, Retry
from counterfoil.values.ids import RecordId

SOME = evidence.Kept((), "2029-02-10T12:00:00Z", "GET", "", b"", 200, {}, b"", "0", "")

CATALOGUE = """
select 'column', table_name, column_name, data_type, is_nullable, coalesce(column_default, '')
from information_schema.columns where table_schema = 'public'
union all
select 'index', tablename, indexname, indexdef, '', '' from pg_indexes where schemaname = 'public'
union all
select 'constraint', conrelid::regclass::text, conname, pg_get_constraintdef(oid), '', ''
from pg_constraint where connamespace = 'public'::regnamespace
union all
select 'trigger', tgrelid::regclass::text, tgname, pg_get_triggerdef(oid), '', ''
from pg_trigger where not tgisinternal
order by 1, 2, 3, 4
"""


async def catalogue(database: Database) -> list[tuple[str, ...]]:
    return [tuple(row) for row in await database._pool.fetch(CATALOGUE)]


async def grown(dsn: str, monkeypatch: pytest.MonkeyPatch, *, in_steps: bool) -> Database:
    database = await Database.open(dsn)
    every = schema.migrations()
    for known in range(1 if in_steps else len(every), len(every) + 1):
        with monkeypatch.context() as patch:
            patch.setattr(schema, "migrations", lambda known=known: every[:known])
            await schema.upgrade(database, Still())
    return database


async def test_migrations_one_by_one_and_all_at_once_make_the_same_schema(
    database: str, other_database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = await grown(database, monkeypatch, in_steps=True)
    other = await grown(other_database, monkeypatch, in_steps=False)
    assert await catalogue(one) == await catalogue(other)
    assert await schema.version(one) == schema.migrations()[-1][0]
    await asyncio.gather(one.close(), other.close())


def test_migrations_are_numbered_without_a_gap() -> None:
    numbers = [number for number, _, _ in schema.migrations()]
    assert numbers == list(range(1, len(numbers) + 1))


async def test_an_upgrade_of_what_is_up_to_date_changes_nothing(store: Database) -> None:
    before = await catalogue(store)
    assert await schema.upgrade(store, Still()) == []
    assert await catalogue(store) == before


async def test_two_upgrades_at_once_do_it_once(database: str) -> None:
    opened = await Database.open(database)
    applied = await asyncio.gather(*(schema.upgrade(opened, Still()) for _ in range(4)))
    assert sorted(map(len, applied)) == [0, 0, 0, len(schema.migrations())]
    await opened.close()


async def test_a_newer_database_is_refused_and_left_alone(store: Database) -> None:
    await store.run("record_migration", 9999, "from_tomorrow", MOMENT.to_stdlib())
    before = await catalogue(store)
    with pytest.raises(Misconfigured, match="schema 9999"):
        await schema.upgrade(store, Still())
    assert await catalogue(store) == before


async def test_an_empty_database_has_no_version(database: str) -> None:
    opened = await Database.open(database)
    assert await schema.version(opened) == 0
    await opened.close()


class At(Still):
    """A clock that stands at a moment of the test's choice."""

    def __init__(self, moment: str) -> None:
        self._moment = instant(moment)

    def now(self) -> Instant:
        return self._moment


async def test_the_journal_s_months_reach_over_the_turn_of_the_year(store: Database) -> None:
    await schema.upgrade(store, At("2027-11-30T23:59:59Z"))
    rows = await store._pool.fetch("select relname from pg_class where relname like 'run_20%'")
    assert {f"run_{month}" for month in ("2027_11", "2027_12", "2028_01", "2028_02")} <= {
        row["relname"] for row in rows if not row["relname"].endswith("pkey")
    }


@pytest.mark.parametrize("table", ["run", "posting"])
@pytest.mark.parametrize("change", ["update {} set at = at", "delete from {}"])
async def test_the_journal_is_append_only(store: Database, table: str, change: str) -> None:
    page = await taken(store, await put_page(store, 1), "w1")
    await enter(store, page, 10, 11)
    with pytest.raises(asyncpg.RaiseError, match="append-only"):
        await store._pool.execute(change.format(table))
    assert await store._pool.fetchval(f"select count(*) from {table}") > 0


async def test_the_journal_cannot_be_emptied_at_once(store: Database) -> None:
    page = await taken(store, await put_page(store, 1), "w1")
    await enter(store, page, 10)
    with pytest.raises(asyncpg.RaiseError, match="append-only"):
        await store._pool.execute("truncate run")
    with pytest.raises(asyncpg.RaiseError, match="append-only"):
        await store._pool.execute("truncate posting")


async def journal(store: Database, table: str) -> dict[str, int]:
    """How many rows each partition holds."""
    rows = await store._pool.fetch(
        f"select tableoid::regclass::text as place, count(*) from {table} group by 1"
    )
    return {row["place"]: row["count"] for row in rows}


async def months(store: Database) -> set[str]:
    rows = await store._pool.fetch("select relname from pg_class where relname like 'run_20%'")
    return {row["relname"] for row in rows if row["relname"].count("_") == 2}


async def test_a_house_that_runs_on_finds_its_next_months(store: Database) -> None:
    clock = At("2027-06-30T23:59:59Z")
    made = await schema.ahead(store, clock)
    assert {"run_2027_06", "posting_2027_07", "evidence_2027_09"} <= set(made)
    assert {f"run_2027_0{month}" for month in (6, 7, 8, 9)} <= await months(store)
    assert await schema.ahead(store, clock) == []


async def test_several_workers_make_a_month_once(store: Database) -> None:
    made = await asyncio.gather(
        *(schema.ahead(store, At("2028-01-01T00:00:00Z")) for _ in range(4))
    )
    assert sorted(map(len, made)) == [0, 0, 0, 12]


async def test_one_that_waited_for_another_sees_what_that_one_made(store: Database) -> None:
    clock = At("2028-06-01T00:00:00Z")
    waits = "select count(*) from pg_locks where locktype = 'advisory' and not granted"
    async with store.transaction() as unit:
        await unit.connection.execute(f"select pg_advisory_xact_lock({schema._LOCK})")
        other = asyncio.create_task(schema.ahead(store, clock))
        while not await unit.connection.fetchval(waits):  # noqa: ASYNC110 - it has no event
            await asyncio.sleep(0)
        made = await schema._partitions(unit, clock.now())
    assert (len(made), await other) == (12, [])


async def test_rows_that_had_no_month_move_into_theirs(store: Database) -> None:
    """Whoever was too late: the rows lie in the default, and do not stand in the way."""
    clock = At("2029-02-10T12:00:00Z")
    page = await taken(store, await put_page(store, 1), "w1")
    async with store.transaction() as unit:
        runs = [Run(1, 0, (State.CAPTURED,), [RecordId(10)], ["late"])]
        await journal_.write(unit, page, runs, numbers=Numbers(store), at=clock.now())
        await evidence.keep(unit, page.id, 1, [SOME], clock.now())
    async with store.transaction() as unit:
        runs = [Run(2, 1, (State.MAPPED,), [RecordId(10)], ["later still"])]
        moment = instant("2039-01-01T00:00:00Z")
        await journal_.write(unit, page, runs, numbers=Numbers(store), at=moment)
    assert await journal(store, "run") == {"run_other": 2}
    before = await catalogue(store)
    await schema.ahead(store, clock)
    for table in ("run", "posting"):
        assert await journal(store, table) == {f"{table}_2029_02": 1, f"{table}_other": 1}
    assert await journal(store, "evidence") == {"evidence_2029_02": 1}
    after = await catalogue(store)
    gone = [row for row in before if row not in after]
    assert gone == []
    with pytest.raises(asyncpg.RaiseError, match="append-only"):
        await store._pool.execute("delete from run")
    with pytest.raises(asyncpg.RaiseError, match="append-only"):
        await store._pool.execute("delete from run_other")


async def test_an_upgrade_that_comes_late_finds_such_rows_too(store: Database) -> None:
    clock = At("2029-02-10T12:00:00Z")
    page = await taken(store, await put_page(store, 1), "w1")
    async with store.transaction() as unit:
        runs = [Run(1, 0, (State.CAPTURED,), [RecordId(10)], ["late"])]
        await journal_.write(unit, page, runs, numbers=Numbers(store), at=clock.now())
    await schema.upgrade(store, clock)
    assert await journal(store, "run") == {"run_2029_02": 1}


async def test_a_long_reading_of_the_journal_is_not_waited_for(store: Database) -> None:
    """Whoever waits for the lock keeps all others waiting: the next hour is early enough."""
    async with store.transaction() as unit:
        await unit.connection.execute("select count(*) from run")
        with pytest.raises(Retry, match="busy"):
            await schema.ahead(store, At("2030-02-10T12:00:00Z"))
    assert await schema.ahead(store, At("2030-02-10T12:00:00Z"))


async def test_messages_without_a_document_are_known_in_a_database_of_before(
    database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = await Database.open(database)
    every = schema.migrations()
    with monkeypatch.context() as patch:
        patch.setattr(schema, "migrations", lambda: every[:2])
        await schema.upgrade(opened, Still())
    columns = "id, route, subject, page, place, key, number, version, digest, minor, currency,"
    moment = MOMENT.to_stdlib()
    for number, key, told in ((1, "delivery-9", ""), (2, "delivery-8", "#8")):
        await opened._pool.execute(
            f"insert into record ({columns} created, state, seq)"
            " values ($1, 1, $1, 1, 1, $2, $3, $4, '', 0, '', $4, 8, 1)",
            number, key, told, moment,
        )  # fmt: skip
    await schema.upgrade(opened, Still())
    rows = await opened._pool.fetch("select key from record where nameless")
    assert [row["key"] for row in rows] == ["delivery-9"]
    await opened.close()
