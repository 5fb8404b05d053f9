"""Workers: the processes that were at work, and how often their guards acted."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple

from counterfoil.store.postgres import Executor
from counterfoil.store.query import Query
from counterfoil.values.clock import Instant


class WorkerRow(NamedTuple):
    """One process: since when it runs, and when it was last seen."""

    holder: str
    role: str
    started_at: datetime
    seen_at: datetime


class _Guard(NamedTuple):
    name: str
    fired: int


_EVERY = Query("workers", WorkerRow)
_GUARDS = Query("guards", _Guard)


async def sign_on(db: Executor, holder: str, role: str, at: Instant) -> None:
    """Say that a process is at work at this moment."""
    await db.run("sign_on", holder, role, at.to_stdlib())


async def sign_off(db: Executor, holder: str) -> None:
    """Say that a process ended as it was told to."""
    await db.run("sign_off", holder)


async def every(db: Executor) -> list[WorkerRow]:
    """Every process that ever signed on, the oldest first."""
    return await _EVERY.rows(db)


async def count_guards(db: Executor, fired: Mapping[str, int]) -> None:
    """Add to how often each guard acted."""
    await db.run("fire_guards", list(fired), list(fired.values()))


async def guards(db: Executor) -> dict[str, int]:
    """How often each guard acted, by its name."""
    return {row.name: row.fired for row in await _GUARDS.rows(db)}
