"""Watched: what the house's own books show of its movement, for a watch that stands beside it."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from counterfoil.store.postgres import Executor
from counterfoil.store.query import Query
from counterfoil.values.clock import Instant


class RunRow(NamedTuple):
    """A timed run of a route: when it is due, and until when somebody who is at it holds it."""

    route: str
    task: str
    due: datetime | None
    held_until: datetime | None


class RoleRow(NamedTuple):
    """When the last process of a role was seen."""

    role: str
    seen_at: datetime


class BacklogRow(NamedTuple):
    """Records of a route that are on their way, since the oldest came, and their money."""

    route: str
    currency: str
    records: int
    minor: int
    since: datetime


class UnreadRow(NamedTuple):
    """Pages of a route that nobody has opened, since the oldest came."""

    route: str
    pages: int
    since: datetime


class MessageRow(NamedTuple):
    """When a connection's last message came, and the message's number."""

    connection: str
    at: datetime
    number: int


class UntoldRow(NamedTuple):
    """Records that a listing found and no message had told: when the first and the last changed."""

    route: str
    currency: str
    records: int
    minor: int
    since: datetime
    newest: datetime


class CauseRow(NamedTuple):
    """What waits for a person on a route for one cause."""

    route: str
    cause: str
    owner: str
    currency: str
    records: int
    minor: int
    since: datetime


class HourRow(NamedTuple):
    """How many documents of a route were made in a whole hour."""

    route: str
    hour: datetime
    documents: int


_RUNS = Query("watched_runs", RunRow)
_ROLES = Query("watched_roles", RoleRow)
_BACKLOG = Query("watched_backlog", BacklogRow)
_UNREAD = Query("watched_unread", UnreadRow)
_MESSAGES = Query("watched_messages", MessageRow)
_UNTOLD = Query("watched_untold", UntoldRow)
_CAUSES = Query("watched_causes", CauseRow)
_HOURS = Query("watched_hours", HourRow)


async def runs(db: Executor) -> list[RunRow]:
    """Every timed run of a route that is not off."""
    return await _RUNS.rows(db)


async def roles(db: Executor) -> list[RoleRow]:
    """When a process of each role was seen last."""
    return await _ROLES.rows(db)


async def backlog(db: Executor) -> list[BacklogRow]:
    """What is on its way on each route that is on, by currency."""
    return await _BACKLOG.rows(db)


async def unread(db: Executor) -> list[UnreadRow]:
    """What came on each route and nobody has opened."""
    return await _UNREAD.rows(db)


async def messages(db: Executor, after: int) -> list[MessageRow]:
    """The last message of each connection among those numbered above `after`."""
    return await _MESSAGES.rows(db, after)


async def untold(db: Executor, start: Instant, patience_s: float) -> list[UntoldRow]:
    """What listings brought from `start` on, of what had changed `patience_s` before at least."""
    return await _UNTOLD.rows(db, start.to_stdlib(), patience_s)


async def causes(db: Executor) -> list[CauseRow]:
    """What waits for a person, by cause."""
    return await _CAUSES.rows(db)


async def hours(db: Executor, start: Instant, until: Instant) -> list[HourRow]:
    """How many documents were made in each hour from `start` to before `until`."""
    return await _HOURS.rows(db, start.to_stdlib(), until.to_stdlib())
