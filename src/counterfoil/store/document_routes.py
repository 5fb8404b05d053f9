"""Document routes: of each document on a route its newest version, the one in flight, and what the
target holds. The table is called `thread`.

Which version of a document goes first is kept here: it outlives every process, where a lock would
not.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from counterfoil.store.postgres import Executor
from counterfoil.store.query import Query
from counterfoil.values.clock import Instant
from counterfoil.values.ids import RecordId


class Newest(NamedTuple):
    """The newest version of a document: its record, and its moment at the source."""

    subject: int
    newest: RecordId
    version: datetime
    id: RecordId


class SentThere(NamedTuple):
    """Which version of a document the target of a route holds."""

    route: int
    subject: int
    sent: RecordId


class _Claimed(NamedTuple):
    id: RecordId
    doubted_at: datetime | None


_LOCK = Query("lock_threads", Newest)
_CLAIM = Query("take_threads", _Claimed)
_SENT = Query("versions_sent", SentThere)


async def add(db: Executor, route: int, newest: Mapping[int, RecordId]) -> None:
    """Documents that are new here, each with its newest version."""
    await db.run("new_threads", route, list(newest), list(newest.values()))


async def set_newest(db: Executor, route: int, newest: Mapping[int, RecordId]) -> None:
    """Say of documents which version is the newest."""
    await db.run("lead_threads", route, list(newest), list(newest.values()))


async def lock_newest(db: Executor, route: int, subjects: Sequence[int]) -> list[Newest]:
    """The newest versions; nobody else changes them before the unit of work ends."""
    return await _LOCK.rows(db, route, subjects)


async def claim(
    db: Executor, records: Sequence[RecordId], sent: Mapping[RecordId, int]
) -> dict[RecordId, datetime | None]:
    """Let these records be in flight where nothing else is, and the target holds still what is
    said in `sent` (or nothing): those for which it is so, each with when an earlier sending was
    given up."""
    rows = await _CLAIM.rows(db, records, list(sent), list(sent.values()))
    return {row.id: row.doubted_at for row in rows}


async def release(
    db: Executor, route: int, subjects: Sequence[int], records: Sequence[RecordId]
) -> None:
    """Let these records be in flight no longer, where they are."""
    await db.run("free_threads", route, subjects, records)


async def sent(db: Executor, routes: Sequence[int], subjects: Sequence[int]) -> list[SentThere]:
    """What the targets of these routes hold of these documents."""
    return await _SENT.rows(db, routes, subjects)


async def set_sent(db: Executor, records: Sequence[RecordId], identities: Sequence[str]) -> None:
    """Say that the target holds these records now, and what it calls each."""
    await db.run("sent_threads", records, identities)


async def set_given_up(
    db: Executor, route: int, subjects: Sequence[int], at: Instant | None
) -> None:
    """Say when a sending was given up that may show at the target still; None: none can."""
    moment = at.to_stdlib() if at is not None else None
    await db.run("doubt_threads", route, subjects, moment)


async def set_unanswered(db: Executor, route: int, sent_at: Sequence[tuple[int, Instant]]) -> None:
    """Say of documents since when a sending is not answered; the first such moment stays."""
    subjects = [subject for subject, _ in sent_at]
    await db.run("doubt_begins", route, subjects, [moment.to_stdlib() for _, moment in sent_at])


async def set_answered(db: Executor, route: int, subjects: Sequence[int]) -> None:
    """Say of documents that it is known what became of every sending."""
    await db.run("doubt_ends", route, subjects)
