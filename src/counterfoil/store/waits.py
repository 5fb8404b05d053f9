"""Waits: which records wait until another document is known at a target, and what wakes them.

Whoever lays a record down to wait holds the names of both ends for itself, and looks once more
before it commits; whoever adds a name shares them. So no name comes in between unseen.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

import msgspec

from counterfoil.model.words import Word
from counterfoil.store.postgres import Executor
from counterfoil.store.query import Query
from counterfoil.values.clock import Instant, from_stdlib
from counterfoil.values.ids import PageId, RecordId

_NAMES = 7402
"""The class of our locks on a connection's names, beside whatever else locks in this database."""


class Wait(msgspec.Struct, frozen=True):
    """A record waits for the document that `connection` calls `key`, at most until a moment."""

    record: RecordId
    connection: int
    word: Word
    key: str
    target: int
    until: Instant


class Woken(NamedTuple):
    """A page of which a record was made due."""

    id: PageId
    priority: int


class Count(NamedTuple):
    """How many records of a route wait for another document of this word, since when the first of
    them does, and when that can wait no longer."""

    route: str
    document: Word
    records: int
    since: datetime
    until: datetime


class Waiting(NamedTuple):
    """A record that waits for a document; `named`: that is known at the record's target."""

    record: RecordId
    document: Word
    foreign_id: str
    named: bool


class WaitRow(NamedTuple):
    """For what a record waits, and how long."""

    record: RecordId
    connection: int
    document: Word
    foreign_id: str
    target: int
    until: datetime


class _Until(NamedTuple):
    record: RecordId
    until: datetime


_UNTIL = Query("waits_until", _Until)
_FOR = Query("waits_for", Waiting)
_DUE = Query("wake_records", PageId)
_WOKEN = Query("wake_waiting", Woken)
_COUNT = Query("count_waits", Count)
_OF = Query("waits_of", WaitRow)


async def alone(unit: Executor, connections: Iterable[int]) -> None:
    """Let no name of these connections come while this unit of work lasts."""
    for connection in sorted(set(connections)):
        await unit.run("lock_names", _NAMES, connection)


async def sharing(unit: Executor, connection: int) -> None:
    """Add names of this connection, beside others who do."""
    await unit.run("share_names", _NAMES, connection)


async def keep(unit: Executor, waits: Sequence[Wait]) -> None:
    """Keep for what records wait; one that waits for it already goes on as long as it did."""
    if waits:
        await unit.run(
            "keep_waits",
            [wait.record for wait in waits],
            [wait.connection for wait in waits],
            [wait.word for wait in waits],
            [wait.key for wait in waits],
            [wait.target for wait in waits],
            [wait.until.to_stdlib() for wait in waits],
        )


async def until(db: Executor, records: Sequence[RecordId]) -> Mapping[RecordId, Instant]:
    """How long each of these records may wait; those that wait for nothing are left out."""
    rows = await _UNTIL.rows(db, records) if records else ()
    return {row.record: from_stdlib(row.until) for row in rows}


async def wake(unit: Executor, word: Word, subjects: Sequence[int], at: Instant) -> Sequence[Woken]:
    """Make due what waits for one of these documents, and forget what it waited for where that has
    come true; the pages that are to be looked at."""
    rows = await _FOR.rows(unit, word, subjects)
    if not rows:
        return []
    moment = at.to_stdlib()
    due = await _DUE.rows(unit, sorted({row.record for row in rows}), moment)
    true = [row for row in rows if row.named]
    await unit.run(
        "end_waits_for",
        [row.record for row in true],
        [row.document for row in true],
        [row.foreign_id for row in true],
    )
    return await _WOKEN.rows(unit, sorted(set(due)), moment) if due else []


async def ended(unit: Executor, records: Sequence[int]) -> None:
    """These records wait for nothing any more."""
    if records:
        await unit.run("end_waits", list(records))


async def counts(
    db: Executor, start: Instant | None = None, until: Instant | None = None
) -> list[Count]:
    """How many records of each route wait for another document, by its word: of what was created
    from `start` to before `until`, or ever."""
    moments = [moment.to_stdlib() if moment is not None else None for moment in (start, until)]
    return await _COUNT.rows(db, *moments)


async def of(db: Executor, records: Sequence[int]) -> list[WaitRow]:
    """For what each of these records waits."""
    return await _OF.rows(db, records)
