"""The schema: it grows by numbered steps, once each, and never guesses at a newer one."""

from __future__ import annotations

import asyncio

import asyncpg
import pytest
from shelf import MOMENT, Still, enter, put_page, taken

from counterfoil.store import schema
from counterfoil.store.postgres import Database
from counterfoil.values.clock import Instant, instant
from counterfoil.values.errors import Misconfigured

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
    rows = await store._pool.fetch("select relname from pg_class where relname like 'entry_20%'")
    assert {f"entry_{month}" for month in ("2027_11", "2027_12", "2028_01", "2028_02")} <= {
        row["relname"] for row in rows if not row["relname"].endswith("pkey")
    }


@pytest.mark.parametrize("table", ["entry", "posting"])
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
        await store._pool.execute("truncate entry")
    with pytest.raises(asyncpg.RaiseError, match="append-only"):
        await store._pool.execute("truncate posting")
