"""Breakers: the connections that do not answer, and when each is asked again."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from counterfoil.store.postgres import Executor
from counterfoil.store.query import Query
from counterfoil.values.clock import Instant


class BreakerRow(NamedTuple):
    """A connection, by its name, that is away `since` then and is asked again at `until`."""

    connection: str
    since: datetime
    until: datetime
    probes: int
    said: str


_EVERY = Query("breakers", BreakerRow)
_CLAIM = Query("claim_probe", int)


async def open_(db: Executor, connection: int, since: Instant, until: Instant, said: str) -> None:
    """Let nothing be sent to a connection until it answers a probe, at `until` at the earliest."""
    await db.run("open_breaker", connection, since.to_stdlib(), until.to_stdlib(), said)


async def claim_probe(db: Executor, connection: int, now: Instant, until: Instant) -> int | None:
    """Be the one who asks, for which the others wait until `until`: how many probes were missed
    before. None where it is not the moment, or somebody else asks."""
    return await _CLAIM.first(db, connection, now.to_stdlib(), until.to_stdlib())


async def miss_probe(db: Executor, connection: int, until: Instant, said: str) -> None:
    """Note that a probe was not answered; the next one is made at `until`."""
    await db.run("miss_probe", connection, until.to_stdlib(), said)


async def close(db: Executor, connection: int) -> None:
    """Let everything go on."""
    await db.run("close_breaker", connection)


async def every(db: Executor) -> list[BreakerRow]:
    """The connections that are away."""
    return await _EVERY.rows(db)
