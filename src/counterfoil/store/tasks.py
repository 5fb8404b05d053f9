"""Timed tasks: what a route does at intervals, who is at it, when it is due, and its mark.

The table is called `cursor`. A mark is a text that the task itself reads: that of a listing is its
source's own. The tasks "listed" and "recount" are nobody's to do: what is noted of them is when a
listing last came to its end, and when the source was last counted whole; of "census" up to where
every window was counted.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from counterfoil.store.postgres import Executor
from counterfoil.store.query import Query, moment
from counterfoil.values.clock import Instant


class TaskRow(NamedTuple):
    """One task of one route, by its name: its mark, when it is due, and what moment is noted."""

    route: str
    task: str
    mark: str | None
    due: datetime | None
    noted: datetime | None


class Claim(NamedTuple):
    """A task that was claimed, with its mark."""

    mark: str | None


class _ClaimedOf(NamedTuple):
    route: int
    mark: str | None


_EVERY = Query("cursors", TaskRow)
_CLAIM = Query("take_cursor", Claim)
_CLAIM_FEEDS = Query("take_cursors", _ClaimedOf)
_UNCOUNTED = Query("uncounted", moment)
_THROUGH = Query("counted_through", moment)


class Lease(NamedTuple):
    """Who claims a task, from `now` until `until`."""

    holder: str
    now: Instant
    until: Instant


async def open_(db: Executor, route: int, task: str, due: Instant) -> None:
    """Let a route have this task, first due at `due`; one that it has already stays as it is."""
    await db.run("open_cursor", route, task, None, due.to_stdlib())


async def claim(db: Executor, route: int, task: str, lease: Lease) -> Claim | None:
    """Claim a task that is due; None where it is not, is in other hands, or its route is off."""
    return await _CLAIM.first(db, route, task, lease.holder, *_moments(lease))


async def claim_feeds(
    db: Executor, feeds: Sequence[tuple[int, int]], task: str, lease: Lease
) -> dict[int, str | None]:
    """Of feeds (pairs of a route and the number of its feed) claim those of which one route is due
    and none is in anybody's hands: the mark of each of their routes that is not off."""
    rows = await _CLAIM_FEEDS.rows(
        db,
        [route for route, _ in feeds],
        [feed for _, feed in feeds],
        task,
        lease.holder,
        *_moments(lease),
    )
    return {row.route: row.mark for row in rows}


def _moments(lease: Lease) -> tuple[datetime, datetime]:
    return lease.until.to_stdlib(), lease.now.to_stdlib()


async def renew(db: Executor, route: int, task: str, holder: str, until: Instant) -> None:
    """Hold a claimed task until `until`."""
    await db.run("renew_cursor", route, task, holder, until.to_stdlib())


async def release(
    db: Executor, route: int, task: str, holder: str, reached: str | None, due: Instant
) -> None:
    """Let a claimed task go until `due`; its mark becomes `reached`, where that is known."""
    await db.run("leave_cursor", route, task, holder, reached, due.to_stdlib())


async def run_now(db: Executor, route: int, task: str, at: Instant) -> None:
    """Let a task be due at `at`, whatever its interval."""
    await db.run("hurry_cursor", route, task, at.to_stdlib())


async def every(db: Executor) -> list[TaskRow]:
    """Every task of every route."""
    return await _EVERY.rows(db)


async def note_listed(db: Executor, route: int, at: Instant) -> None:
    """Note that a listing came to its end; the mark of "listing" says how far it saw."""
    await db.run("note_listed", route, at.to_stdlib())


async def note_recount(db: Executor, route: int, at: Instant) -> None:
    """Note that the source was counted whole, by a count that began at `at`."""
    await db.run("note_recount", route, at.to_stdlib())


async def counted_through(db: Executor, route: int) -> Instant | None:
    """Up to where every window of a route was counted at least once."""
    return await _THROUGH.only(db, route)


async def note_counted(db: Executor, route: int, through: Instant) -> None:
    """Note up to where every window of a route was counted."""
    await db.run("note_counted", route, through.to_stdlib())


async def uncounted(db: Executor, route: int) -> Instant | None:
    """When the database was restored, where the route's source has not been counted since."""
    return await _UNCOUNTED.only(db, route)
