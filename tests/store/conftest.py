"""A store with its schema, one connection each way and one route that is on."""

from __future__ import annotations

from collections.abc import AsyncIterator
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import pytest
from shelf import MOMENT

from counterfoil.store.postgres import Database


@pytest.fixture
async def store(migrated_database: str) -> AsyncIterator[Database]:
    opened = await Database.open(migrated_database)
    for name in ("shop", "office"):
        await opened.run("name_connection", name)
    await opened.run("name_route", "orders", "on", MOMENT.to_stdlib())
    yield opened
    await opened.close()


@pytest.fixture
async def other_database(database: str) -> AsyncIterator[str]:
    """A second empty database on the same server."""
    name = f"{urlsplit(database).path[1:]}_other"
    connection = await asyncpg.connect(database)
    await connection.execute(f"create database {name}")
    yield urlunsplit(urlsplit(database)._replace(path=f"/{name}"))
    await connection.execute(f"drop database {name} with (force)")
    await connection.close()
