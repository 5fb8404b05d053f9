"""Records: one version of one document on one route, and where it stands."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from asyncpg import UniqueViolationError

from counterfoil.store.postgres import Executor, Transaction
from counterfoil.store.query import Query, moment
from counterfoil.values.clock import Instant
from counterfoil.values.errors import CounterfoilError
from counterfoil.values.ids import RecordId, Subject


class Overtaken(CounterfoilError):
    """A record of the page was moved by somebody else meanwhile: read the page again."""

    code = "overtaken"


class NewRecord(NamedTuple):
    """A version as it enters. `mark` is by what the database knows it: no two share one."""

    id: RecordId
    route: int
    subject: int
    page: int
    place: int
    key: str
    number: str
    version: datetime
    digest: bytes
    source: bytes
    minor: int
    currency: str
    pieces: int
    created: datetime
    state: int
    seq: int
    due: datetime | None
    nameless: bool
    mark: int


class DueRecord(NamedTuple):
    """A record of a page that is due, and its document on the route: the newest version, the one
    in flight, what the target holds and what it calls that. `stuck`: the one in flight is another,
    in doubt, and only a person ends that."""

    id: RecordId
    subject: Subject
    place: int
    key: str
    number: str
    version: datetime
    minor: int
    currency: str
    state: int
    seq: int
    attempts: int
    looks: int
    due: datetime
    sent_at: datetime | None
    intent: bytes | None
    act: int
    newest: int
    flight: int | None
    sent: int | None
    identity: str | None
    doubted_at: datetime | None
    unanswered_at: datetime | None
    stuck: bool


class KnownVersion(NamedTuple):
    """A version that is here: by what its document, and what its source said, is known."""

    id: RecordId
    subject: int
    version: datetime
    digest: bytes
    source: bytes
    page: int
    place: int


class WaitingVersion(NamedTuple):
    """A version that has not left: a newer one may still take its place."""

    id: RecordId
    seq: int
    state: int
    subject: int
    version: datetime
    page: int


class SentVersion(NamedTuple):
    """A version that was sent, by which act, and the bodies of its page."""

    id: RecordId
    act: int
    place: int
    page: int
    bodies: bytes


class HeldRecord(NamedTuple):
    """A record about which a person decides; `cause` is that of its open hold."""

    id: RecordId
    seq: int
    state: int
    subject: int
    page: int
    place: int
    attempts: int
    looks: int
    sent_at: datetime | None
    intent: bytes | None
    route: int
    number: str
    key: str
    nameless: bool
    minor: int
    currency: str
    cause: str | None
    newest: int


class ArrivedRecord(NamedTuple):
    """A record that may be read back again: `identity` is what the target calls it, where it is
    what the target holds."""

    id: RecordId
    seq: int
    state: int
    subject: int
    page: int
    place: int
    attempts: int
    sent_at: datetime | None
    intent: bytes | None
    act: int
    route: int
    number: str
    minor: int
    currency: str
    cause: str | None
    identity: str | None


_DUE = Query("page_records", DueRecord)
_KNOWN = Query("known_versions", KnownVersion)
_NEWEST = Query("newest_versions", KnownVersion)
_WAITING = Query("overtaken", WaitingVersion)
_SENT = Query("sent_bodies", SentVersion)
_HELD = Query("held_records", HeldRecord)
_ARRIVED = Query("recheck_records", ArrivedRecord)
_FIRST = Query("first_created", moment)
_CONFIRMED = Query("confirmed_records", RecordId)
_FIRST_ENTERED = Query("first_entered", moment)


async def insert(db: Transaction, records: Sequence[NewRecord]) -> None:
    """Let records enter. Raises `Overtaken` where another worker was quicker with a version."""
    try:
        await db.copy("record", NewRecord._fields, records)
    except UniqueViolationError:
        page = records[0].page
        raise Overtaken(f"A version on page {page} was captured meanwhile.") from None


async def due(db: Executor, page: int, now: Instant) -> list[DueRecord]:
    """The records of a page that are due."""
    return await _DUE.rows(db, page, now.to_stdlib())


async def known(db: Executor, route: int, subjects: Sequence[int]) -> list[KnownVersion]:
    """Every version of these documents that is here."""
    return await _KNOWN.rows(db, route, subjects)


async def newest(db: Executor, route: int, subjects: Sequence[int]) -> list[KnownVersion]:
    """The newest version of each of these documents."""
    return await _NEWEST.rows(db, route, subjects)


async def waiting(db: Executor, route: int, subjects: Sequence[int]) -> list[WaitingVersion]:
    """The versions of these documents that have not left; nobody else moves them before the unit
    of work ends."""
    return await _WAITING.rows(db, route, subjects)


async def sent(db: Executor, records: Sequence[int]) -> list[SentVersion]:
    """These records, with the bodies of their pages."""
    return await _SENT.rows(db, records)


async def held(db: Executor, records: Sequence[int]) -> list[HeldRecord]:
    """These records, as a person decides about them."""
    return await _HELD.rows(db, records)


async def arrived(db: Executor, records: Sequence[int]) -> list[ArrivedRecord]:
    """These records, as they are read back again: route by route, page by page."""
    return await _ARRIVED.rows(db, records)


async def put_off(
    db: Executor, records: Sequence[tuple[RecordId, int]], due: Instant | None, looks: int = 0
) -> None:
    """Look at records again at `due`, without a move; None: not again by itself. Each comes with
    its last entry's `seq`: one that moved meanwhile is left alone. `looks` are counted."""
    until = due.to_stdlib() if due is not None else None
    ids = [record for record, _ in records]
    await db.run("put_off", ids, until, looks, [seq for _, seq in records])


async def forget_attempts(db: Executor, routes: Sequence[int]) -> None:
    """Let what is still on its way on these routes be tried from the beginning."""
    await db.run("forget_attempts", routes)


async def first_entered(
    db: Executor, route: int, since: Instant, begins: Instant | None
) -> Instant | None:
    """When the first document was created of those that were captured since then, of a route that
    begins so."""
    begun = begins.to_stdlib() if begins is not None else None
    return await _FIRST_ENTERED.only(db, route, since.to_stdlib(), begun)


async def first_created(db: Executor, route: int, since: Instant | None) -> Instant | None:
    """When a route's first document was created, of those that were created since then."""
    begins = since.to_stdlib() if since is not None else None
    return await _FIRST.only(db, route, begins)


async def confirmed(db: Executor, route: int, after: int, limit: int) -> list[RecordId]:
    """At most `limit` records that a target holds as they were sent, beyond the number `after`."""
    return await _CONFIRMED.rows(db, route, after, limit)
