"""Loads: how far the initial load of each route has come, and what was found when it was over."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple

import msgspec

from counterfoil.store.postgres import Executor
from counterfoil.store.query import Query
from counterfoil.values.clock import Instant


class LoadRow(NamedTuple):
    """One load. `expected` and `money` (minor units by currency) are what the source counted when
    it began; `mark` is where its listing goes on; of what is over: how many documents are on one
    side only, how many were drawn and read again, and how many of these are not as they are
    here; and who signed that, and why where it does not agree. Listings go on when it is signed."""

    route: str
    began: datetime
    expected: int
    money: str
    mark: str | None
    listed: int
    new: int
    ended: datetime | None
    unaccounted: int | None
    sampled: int | None
    different: int | None
    signed_by: str
    signed_at: datetime | None
    signed_why: str


class Drawn(NamedTuple):
    """A document that was drawn: its key at the source, and the digest of what stands here."""

    key: str
    digest: bytes


_EVERY = Query("loads", LoadRow)
_OF = Query("load_of", LoadRow)
_SIGN = Query("sign_load", int)
_SAMPLE = Query("load_sample", Drawn)


async def begin(
    db: Executor, route: int, at: Instant, expected: int, money: Mapping[str, int]
) -> None:
    """Let the load of a route begin; one that has begun stays as it is."""
    await db.run("begin_load", route, at.to_stdlib(), expected, msgspec.json.encode(money).decode())


async def reach(db: Executor, route: int, mark: str | None, listed: int, new: int) -> None:
    """Keep how far a load has come by one more page."""
    await db.run("reach_load", route, mark, listed, new)


async def end(
    db: Executor, route: int, at: Instant, unaccounted: int, sampled: int, different: int
) -> None:
    """Keep what was found when a load was over."""
    await db.run("end_load", route, at.to_stdlib(), unaccounted, sampled, different)


async def sign(db: Executor, route: int, at: Instant, by: str, why: str) -> bool:
    """Sign what was found when a load was over; whether there was something to be signed."""
    return bool(await _SIGN.rows(db, route, at.to_stdlib(), by, why))


async def of(db: Executor, route: int) -> LoadRow | None:
    """The load of a route, where one has begun."""
    return await _OF.first(db, route)


async def every(db: Executor) -> list[LoadRow]:
    """Every load that has begun."""
    return await _EVERY.rows(db)


async def drawn(db: Executor, route: int, most: int) -> list[Drawn]:
    """At most so many documents that stand on a route."""
    return await _SAMPLE.rows(db, route, most)
