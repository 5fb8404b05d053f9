"""The door to PostgreSQL: what is away is waited for, what is wrong is said, what is long flows."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import pytest
from shelf import Still, enter, put_page, taken

from counterfoil.store import schema
from counterfoil.store.postgres import Database
from counterfoil.values.errors import Halt, Misconfigured, Retry

AWAY = ConnectionResetError("gone")


async def away(*_: object, **__: object) -> None:
    raise AWAY


async def test_a_database_that_is_not_there_is_a_mistake_in_the_settings(database: str) -> None:
    other = urlunsplit(urlsplit(database)._replace(path="/no_such_database"))
    with pytest.raises(Misconfigured, match="refused the connection") as caught:
        await Database.open(other)
    assert caught.value.where == "DATABASE_URL"


async def test_a_server_that_is_away_may_be_back_later() -> None:
    with pytest.raises(Retry) as caught:
        await Database.open("postgresql://shop@127.0.0.1:9/shop")
    assert (caught.value.code, caught.value.after_s) == ("database", 0.5)


@pytest.mark.parametrize("way", ["rows", "run"])
async def test_a_statement_without_an_answer_may_be_tried_again(
    store: Database, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    for call in ("fetch", "execute"):
        monkeypatch.setattr(store._pool.__class__, call, away)
    with pytest.raises(Retry, match="ConnectionResetError: gone") as caught:
        await getattr(store, way)("schema_exists")
    assert caught.value.__cause__ is AWAY


async def test_wrong_values_stop_the_route_and_are_not_tried_again(store: Database) -> None:
    with pytest.raises(Halt) as caught:
        await store.rows("take_numbers", "number")
    assert caught.value.code == "wrong-values"


@pytest.mark.parametrize("records", [16, 17, 2100])
async def test_few_rows_and_many_arrive_alike_and_are_streamed_back(
    store: Database, records: int
) -> None:
    page = await taken(store, await put_page(store, 1), "w1")
    await enter(store, page, *range(1, records + 1))
    async with store.transaction() as unit:
        found = [row async for row in unit.stream("entries_of", list(range(1, records + 1)))]
    assert sorted(row["record"] for row in found) == list(range(1, records + 1))


def test_only_numbered_files_are_migrations(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "migrations"
    folder.mkdir()
    for name in ("0002_more.sql", "0001_start.sql", "0003_next.sql~", "notes.sql", "0004_x.txt"):
        (folder / name).write_text("select 1")
    monkeypatch.setattr(schema, "files", lambda _: tmp_path)
    assert [name for _, name, _ in schema.migrations()] == ["start", "more"]


async def test_a_schema_that_is_there_is_found_by_another_door(store: Database) -> None:
    other = await Database.open(store.dsn)
    assert await schema.upgrade(other, Still()) == []
    await other.close()
