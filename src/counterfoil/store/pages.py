"""Pages of work: taken under a fence and a lease, left with the moment when they are due again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import IntEnum
from typing import NamedTuple

import msgspec
import zstandard

from counterfoil.store import inbox, tombstone
from counterfoil.store.postgres import Database, Executor
from counterfoil.store.query import Query, moment
from counterfoil.values.clock import Instant, from_stdlib, later
from counterfoil.values.errors import CounterfoilError, Halt
from counterfoil.values.ids import PageId, RecordId

LARGEST = 250
"""Records on a page: the largest page that the strictest vendor lists."""
_PLACES = 256
"""By so much a page's number goes beyond the last in the numbers of its records (`queries`)."""
LEASE_S = 6.0
"""How long a page waits for a worker that went silent; a living one renews it all the while."""

_LIST = msgspec.msgpack.Decoder(list[bytes])
_SOURCES = msgspec.msgpack.Decoder(list[bytes | int])


class Stage(IntEnum):
    """How far a page has come."""

    ARRIVED = 0
    CAPTURED = 1
    DONE = 9


class Fenced(CounterfoilError):
    """Another worker has the page now; what this one holds is out of date and is dropped."""

    code = "fenced"


class Message(NamedTuple):
    """A pushed message as it rests in the inbox."""

    number: int
    at: Instant
    body: bytes


class Page(msgspec.Struct):
    """A page in the hands of one worker. `fence` proves the hands; `lease_until` ends them.

    `chain` is the digest of the page's last posting, `switch` the route's at the taking. A page
    that has just arrived brings its `messages`: for each its inbox number, moment and bytes.
    `release` is where the route stood then, and the release of the page's postings from now on
    (`flows/releases.py`).
    `restored` is when the database was last put back from a copy, `away` until when each
    connection is not to be asked that does not answer.
    """

    id: PageId
    route: int
    stage: int
    priority: int
    inbox: list[int]
    bodies: bytes
    fence: int
    chain: bytes
    switch: str
    holder: str
    lease_until: Instant
    release: int = 0
    messages: Sequence[Message] = ()
    restored: Instant | None = None
    away: Mapping[int, Instant] = {}


class NewPage(NamedTuple):
    """A page of messages, by their numbers in the inbox."""

    id: PageId
    route: int
    priority: int
    messages: Sequence[int]


class IdlePage(NamedTuple):
    """A page that is due and in nobody's hands."""

    id: PageId
    priority: int


class BusyPage(NamedTuple):
    """A page in the hands of a worker."""

    id: PageId
    holder: str
    fence: int


class OpenPages(NamedTuple):
    """How many pages are not done, and when the first of them is due."""

    open: int
    due: datetime | None


class _Taken(NamedTuple):
    id: PageId
    route: int
    stage: int
    priority: int
    inbox: list[int]
    bodies: bytes
    fence: int
    chain: bytes
    switch: str
    release: int
    restored: datetime | None
    away: list[int]
    away_until: list[datetime]
    messages: list[bytes]
    moments: list[datetime]


class _Seized(NamedTuple):
    id: PageId
    route: int
    stage: int
    priority: int
    inbox: list[int]
    bodies: bytes
    fence: int
    chain: bytes
    release: int


class _Bodies(NamedTuple):
    id: int
    bodies: bytes


class _Sources(NamedTuple):
    id: int
    sources: bytes | None
    inbox: list[int]
    created_at: datetime


_TAKE = Query("take_page", _Taken)
_SEIZE = Query("seize_page", _Seized)
_LEAVE = Query("leave_page", moment)
_IDLE = Query("idle_pages", IdlePage)
_BUSY = Query("pages_in_hand", BusyPage)
_OPEN = Query("open_pages", OpenPages)
_BODIES = Query("bodies_of_pages", _Bodies)
_PAGE_SOURCES = Query("page_sources", _Sources)
_WAKE_SHADOWED = Query("wake_shadowed", PageId)


def record_at(page: PageId, place: int) -> RecordId:
    """The number of the record at `place` (from 0) of a page. Raises `Halt` beyond the last."""
    if not 0 <= place < _PLACES:
        raise Halt(f"Page {page} has no place {place}.", code="page-too-long")
    return RecordId(page * _PLACES + place)


def pack(bodies: Sequence[bytes]) -> bytes:
    """The bodies of a page as they rest: compressed together, in order."""
    return zstandard.compress(msgspec.msgpack.encode(bodies), 3)


def unpack(packed: bytes) -> list[bytes]:
    """The bodies of a page, in order."""
    return _LIST.decode(zstandard.decompress(packed)) if packed else []


def pack_sources(sources: Sequence[bytes | int]) -> bytes:
    """What the source said of each record of a page: bytes, or a message's number in the inbox."""
    return zstandard.compress(msgspec.msgpack.encode(sources), 3)


def unpack_sources(packed: bytes) -> list[bytes | int]:
    """What the source said of each record of a page, in order."""
    return _SOURCES.decode(zstandard.decompress(packed)) if packed else []


async def sources(
    db: Executor, records: Sequence[tuple[int, int]]
) -> dict[tuple[int, int], tuple[bytes, Instant, bool]]:
    """By (page, place) what the source said, when, and whether it was pushed to us.

    A record that came before sources were kept is left out, and so is what was erased.
    """
    rows = await _PAGE_SOURCES.rows(db, sorted({page for page, _ in records}))
    sources = {row.id: unpack_sources(row.sources) for row in rows if row.sources}
    listed_at = {row.id: from_stdlib(row.created_at) for row in rows}
    by_place = {
        (page, place): sources[page][place]
        for page, place in records
        if page in sources and place < len(sources[page])
    }
    numbers = sorted({source for source in by_place.values() if isinstance(source, int)})
    messages = {
        message.id: (message.body, from_stdlib(message.at), True)
        for message in (await inbox.messages(db, numbers) if numbers else ())
    }
    answers: dict[tuple[int, int], tuple[bytes, Instant, bool]] = {}
    for place, source in by_place.items():
        if isinstance(source, bytes):
            answers[place] = (source, listed_at[place[0]], False)
        elif source in messages:
            answers[place] = messages[source]
    return {place: answer for place, answer in answers.items() if not tombstone.is_one(answer[0])}


async def create(
    db: Executor, page: Page, bodies: Sequence[bytes], sources: Sequence[bytes | int], at: Instant
) -> None:
    """Make a page of what was listed at `at`, with its bodies and what its source said of each."""
    listed_at = at.to_stdlib()
    await db.run(
        "create_page", page.id, page.route, page.stage, page.priority, page.inbox, pack(bodies),
        listed_at, page.chain, listed_at, pack_sources(sources),
    )  # fmt: skip


async def create_for_messages(db: Executor, pages: Sequence[NewPage], at: Instant) -> None:
    """Make pages of messages of the inbox, due at once."""
    await db.run(
        "create_pages",
        [page.id for page in pages],
        [page.route for page in pages],
        [page.priority for page in pages],
        [",".join(map(str, page.messages)) for page in pages],
        at.to_stdlib(),
    )


async def set_captured(
    db: Executor, page: Page, bodies: Sequence[bytes], sources: Sequence[bytes | int]
) -> None:
    """Keep the bodies that were captured of a page's messages. Raises `Fenced`."""
    page.bodies = pack(bodies)
    packed = pack_sources(sources)
    if not await db.rows("captured_page", page.id, page.fence, page.bodies, page.chain, packed):
        raise Fenced(f"Page {page.id} is in other hands.")


async def bodies(db: Executor, pages: Sequence[int]) -> dict[int, list[bytes]]:
    """The bodies of these pages, in order, by the page."""
    return {row.id: unpack(row.bodies) for row in await _BODIES.rows(db, pages)}


async def take(db: Executor, page: PageId, holder: str, now: Instant) -> Page | None:
    """The page, where nobody holds it, its route is not off, and it is due; else None."""
    until = later(now, LEASE_S)
    row = await _TAKE.first(db, page, holder, until.to_stdlib(), now.to_stdlib())
    if row is None:
        return None
    return Page(
        id=row.id,
        route=row.route,
        stage=row.stage,
        priority=row.priority,
        inbox=row.inbox,
        bodies=row.bodies,
        fence=row.fence,
        chain=row.chain,
        switch=row.switch,
        holder=holder,
        lease_until=until,
        release=row.release,
        messages=[
            Message(number, from_stdlib(moment), body)
            for number, moment, body in zip(
                sorted(row.inbox), row.moments, row.messages, strict=False
            )
        ],
        restored=from_stdlib(row.restored) if row.restored is not None else None,
        away={
            connection: from_stdlib(until)
            for connection, until in zip(row.away, row.away_until, strict=True)
        },
    )


async def renew(database: Database, page: Page, now: Instant) -> None:
    """Hold the page for another lease. Raises `Fenced` where it is held no longer."""
    until = later(now, LEASE_S)
    rows = await database.rows("renew_page", page.id, page.fence, until.to_stdlib(), page.holder)
    if not rows:
        raise Fenced(f"Page {page.id} is in other hands.")
    page.lease_until = until


async def leave(db: Executor, page: Page, now: Instant) -> Instant | None:
    """Let the page go until the first of its records is due; None where none ever is (done)."""
    rows = await _LEAVE.rows(db, page.id, page.fence, now.to_stdlib())
    if not rows:
        raise Fenced(f"Page {page.id} is in other hands.")
    return rows[0]


async def abandon(db: Executor, page: Page, due: Instant) -> None:
    """Let the page go as it is and look at it again at `due`."""
    await db.run("abandon_page", page.id, page.fence, due.to_stdlib())


async def seize(db: Executor, page: PageId, holder: str, now: Instant) -> Page | None:
    """The page under a fence of its own, for a person's act: two hands at once would part its
    chain. None where a worker has it."""
    row = await _SEIZE.first(db, page, now.to_stdlib())
    if row is None:
        return None
    return Page(*row[:-1], switch="on", holder=holder, lease_until=now, release=row.release)


async def wake(db: Executor, pages: Sequence[PageId], at: Instant, priority: int) -> None:
    """Let pages be due at `at`, with this priority."""
    await db.run("wake_pages", pages, at.to_stdlib(), priority)


async def wake_shadowed(db: Executor, route: str, at: Instant) -> int:
    """Let what rested in shadow on a route, by its name, be due at `at`; how many pages it is."""
    return len(await _WAKE_SHADOWED.rows(db, route, at.to_stdlib()))


async def idle(db: Executor, now: Instant, after: int, limit: int) -> list[IdlePage]:
    """At most `limit` pages that are due and in nobody's hands, by number from beyond `after`."""
    return await _IDLE.rows(db, now.to_stdlib(), after, limit)


async def in_hand(db: Executor, now: Instant) -> list[BusyPage]:
    """The pages in the hands of workers, the longest lease first."""
    return await _BUSY.rows(db, now.to_stdlib())


async def open_now(db: Executor) -> OpenPages:
    """How many pages are not done, and when the first of them is due."""
    return await _OPEN.only(db)
