"""Holds: what waits for a person, why, since when, and the money that it blocks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import NamedTuple

import msgspec

from counterfoil.ledger.account import State
from counterfoil.store.postgres import Executor
from counterfoil.store.query import Query
from counterfoil.values.clock import Instant
from counterfoil.values.errors import CounterfoilError
from counterfoil.values.ids import RecordId

Owner = Callable[[str], str]
"""Who is asked about a record that waits, by the code of its cause."""


class Cause(msgspec.Struct, frozen=True):
    """Why a record waits for a person: a stable code, what happened, what to do, where."""

    code: str
    said: str
    advice: str
    place: str = ""

    @classmethod
    def of(cls, error: CounterfoilError) -> Cause:
        """The cause that an error states."""
        return cls(error.code, error.said, error.do, error.where)


class NewHold(NamedTuple):
    """A record that begins to wait, and the money that it blocks in minor units."""

    record: RecordId
    state: State
    cause: Cause
    minor: int
    currency: str


class Restated(NamedTuple):
    """What is said anew of a hold that stays, while the record's last entry is `seq`."""

    record: RecordId
    seq: int
    cause: Cause


class HoldRow(NamedTuple):
    """One hold. `since` is when its record was first held for this cause, `opened_at` when that
    happened last, `closed_at` None while it waits; `state` the number of a `State`."""

    record: RecordId
    number: str
    key: str
    page: int
    route: str
    state: int
    cause: str
    said: str
    advice: str
    place: str
    owner: str
    minor: int
    currency: str
    opened_at: datetime
    closed_at: datetime | None
    since: datetime


class After(NamedTuple):
    """The row after which a list goes on: its money in minor units, and its record."""

    minor: int
    record: int


NOWHERE = (None, None)
"""A list from its beginning."""


class HoldCount(NamedTuple):
    """How many records wait for one cause in one state and currency, and their money."""

    records: int
    minor: int
    currency: str
    cause: str
    state: int


_LIST = Query("list_holds", HoldRow)
_OF_RECORD = Query("hold_of", HoldRow)
_COUNT = Query("count_holds", HoldCount)


async def open_all(
    db: Executor, route: int, owner: Owner, at: Instant, holds: Sequence[NewHold]
) -> None:
    """Let records of a route wait from `at` on, each for whom its cause's code asks."""
    causes = [hold.cause for hold in holds]
    await db.run(
        "open_holds",
        route,
        [owner(cause.code) for cause in causes],
        at.to_stdlib(),
        [hold.record for hold in holds],
        [int(hold.state) for hold in holds],
        [cause.code for cause in causes],
        [cause.said for cause in causes],
        [cause.advice for cause in causes],
        [cause.place for cause in causes],
        [hold.minor for hold in holds],
        [hold.currency for hold in holds],
    )


async def close(
    db: Executor, records: Sequence[RecordId], at: Instant, by: str, closing: str
) -> None:
    """Let the open holds of these records end; `closing` says what became of them."""
    await db.run("close_holds", records, at.to_stdlib(), by, closing)


async def say(db: Executor, causes: Sequence[tuple[RecordId, Cause]]) -> None:
    """Say something else in the open holds of these records; their place stays."""
    await db.run(
        "tell_holds",
        [record for record, _ in causes],
        [cause.code for _, cause in causes],
        [cause.said for _, cause in causes],
        [cause.advice for _, cause in causes],
    )


async def restate(db: Executor, holds: Sequence[Restated]) -> None:
    """Say something else, and where, in holds that stay; not of a record that moved meanwhile."""
    causes = [hold.cause for hold in holds]
    await db.run(
        "restate_holds",
        [hold.record for hold in holds],
        [hold.seq for hold in holds],
        [cause.code for cause in causes],
        [cause.said for cause in causes],
        [cause.advice for cause in causes],
        [cause.place for cause in causes],
    )


async def open_now(
    db: Executor,
    route: str | None,
    cause: str | None,
    limit: int,
    start: int = 0,
    after: After | None = None,
) -> list[HoldRow]:
    """What waits, the most money first: at most `limit` from the place `start` (from 0) on, or of
    what comes `after` a row."""
    return await _LIST.rows(db, route, cause, limit, start, *(after or NOWHERE))


async def counts(
    db: Executor, route: str | None = None, cause: str | None = None
) -> list[HoldCount]:
    """How many records wait, by cause, state and currency."""
    return await _COUNT.rows(db, route, cause)


async def of_record(db: Executor, record: int) -> list[HoldRow]:
    """Every hold that a record has had, the last the newest."""
    return await _OF_RECORD.rows(db, record)
