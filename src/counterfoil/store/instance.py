"""Instance: what the server says of this database as a whole."""

from __future__ import annotations

from typing import NamedTuple

from counterfoil.store.postgres import Executor
from counterfoil.store.query import Query


class Size(NamedTuple):
    """How large the database is, and the server's version."""

    bytes: int
    version: str


_SIZE = Query("database_size", Size)
_TABLES = Query("tables", int)
_OTHERS = Query("others_at_work", int)


async def size(db: Executor) -> Size:
    """How large the database is, and the server's version."""
    return await _SIZE.only(db)


async def tables(db: Executor) -> int:
    """How many tables there are."""
    return await _TABLES.only(db)


async def others(db: Executor, program: str) -> int:
    """How many connections of `program` there are beside this one."""
    return await _OTHERS.only(db, program)
