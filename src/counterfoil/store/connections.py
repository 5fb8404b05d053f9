"""Connections: the number of each, by its name."""

from __future__ import annotations

from typing import NamedTuple

from counterfoil.store.postgres import Executor
from counterfoil.store.query import Query


class _Connection(NamedTuple):
    id: int
    name: str


_EVERY = Query("connections", _Connection)


async def add(db: Executor, name: str) -> None:
    """Give a connection a number, where it has none."""
    await db.run("name_connection", name)


async def ids(db: Executor) -> dict[str, int]:
    """The number of every connection, by its name."""
    return {row.name: row.id for row in await _EVERY.rows(db)}
