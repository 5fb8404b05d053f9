"""The door to PostgreSQL when the server dies in the middle of a word."""

from __future__ import annotations

import asyncpg
import pytest

from counterfoil.store.postgres import Database
from counterfoil.values.errors import Retry

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
