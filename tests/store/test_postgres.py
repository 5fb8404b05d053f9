"""The door to PostgreSQL when the server dies in the middle of a word."""

from __future__ import annotations

from urllib.parse import urlsplit

import asyncpg
import pytest
from shelf import Still

from counterfoil.store import schema
from counterfoil.store.postgres import Database, meant
from counterfoil.values.errors import Misconfigured, Retry

_BROKEN = asyncpg.InternalClientError("cannot switch to state 12; another operation (2)")


async def test_a_connection_that_broke_in_mid_word_is_away_and_is_not_used_again(
    database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = await Database.open(database, most=1)

    async def pid() -> int:
        return await store._pool.fetchval("select pg_backend_pid()")

    before = await pid()

    async def broken(*_: object) -> object:
        raise _BROKEN

    with monkeypatch.context() as patch:
        patch.setattr(asyncpg.Pool, "fetch", broken)
        with pytest.raises(Retry, match="did not answer"):
            await store.rows("schema_exists")
    assert await pid() != before
    await store.close()


async def test_a_unit_of_work_on_such_a_connection_is_tried_again(database: str) -> None:
    store = await Database.open(database, most=1)
    with pytest.raises(Retry) as caught:
        async with store.transaction():
            raise _BROKEN
    assert caught.value.code == "database"
    assert await store.rows("schema_exists")
    await store.close()


# --- what the server does to us ---


async def test_a_role_that_may_not_make_tables_is_told_so(store: Database) -> None:
    role = f"r_{urlsplit(store.dsn).path[1:]}"
    async with store.transaction() as unit:
        await unit.connection.execute(f"create role {role} login")
        await unit.connection.execute("revoke create on schema public from public")
    reader = await Database.open(store.dsn.replace("//counterfoil@", f"//{role}@"))
    try:
        for act in (schema.upgrade(reader, Still()), reader.run("name_connection", "x")):
            with pytest.raises(Misconfigured, match="does not let this role") as caught:
                await act
            assert caught.value.code == "database-closed"
    finally:
        await reader.close()
        async with store.transaction() as unit:
            await unit.connection.execute(f"drop role {role}")


def test_a_full_disk_under_the_database_is_waited_for() -> None:
    error = meant(asyncpg.DiskFullError("could not extend file"))
    assert isinstance(error, Retry)
    assert error.code == "no-room"
    assert "Make room" in error.do
