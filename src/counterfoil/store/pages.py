"""Pages of work: taken under a fence and a lease, left with the moment when they are due again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import IntEnum
from typing import NamedTuple

import msgspec
import zstandard

from counterfoil.store.postgres import Database, Executor
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
    messages: Sequence[Message] = ()
    restored: Instant | None = None
    away: Mapping[int, Instant] = {}


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


async def sources(
    db: Executor, records: Sequence[tuple[int, int]]
) -> dict[tuple[int, int], tuple[bytes, Instant, bool]]:
    """By (page, place) what the source said, when, and whether it was pushed to us.

    A record that came before sources were kept is left out.
    """
    rows = await db.rows("page_sources", sorted({page for page, _ in records}))
    kept = {row["id"]: _SOURCES.decode(zstandard.decompress(row["sources"])) for row in rows
            if row["sources"]}  # fmt: skip
    listed_at = {row["id"]: from_stdlib(row["created_at"]) for row in rows}
    wanted = {
        (page, place): kept[page][place]
        for page, place in records
        if page in kept and place < len(kept[page])
    }
    numbers = sorted({one for one in wanted.values() if isinstance(one, int)})
    messages = {
        row["id"]: (row["body"], from_stdlib(row["at"]), True)
        for row in (await db.rows("inbox_bodies", numbers) if numbers else ())
    }
    found: dict[tuple[int, int], tuple[bytes, Instant, bool]] = {}
    for at, one in wanted.items():
        if isinstance(one, bytes):
            found[at] = (one, listed_at[at[0]], False)
        elif one in messages:
            found[at] = messages[one]
    return found


async def take(db: Executor, page: PageId, holder: str, now: Instant) -> Page | None:
    """The page, where nobody holds it, its route is not off, and it is due; else None."""
    until = later(now, LEASE_S)
    rows = await db.rows("take_page", page, holder, until.to_stdlib(), now.to_stdlib())
    if not rows:
        return None
    (row,) = rows
    return Page(
        id=row["id"],
        route=row["route"],
        stage=row["stage"],
        priority=row["priority"],
        inbox=row["inbox"],
        bodies=row["bodies"],
        fence=row["fence"],
        chain=row["chain"],
        switch=row["switch"],
        holder=holder,
        lease_until=until,
        messages=[
            Message(number, from_stdlib(moment), body)
            for number, moment, body in zip(
                sorted(row["inbox"]), row["moments"], row["messages"], strict=False
            )
        ],
        restored=from_stdlib(row["restored"]) if row["restored"] is not None else None,
        away={
            connection: from_stdlib(until)
            for connection, until in zip(row["away"], row["away_until"], strict=True)
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
    rows = await db.rows("leave_page", page.id, page.fence, now.to_stdlib())
    if not rows:
        raise Fenced(f"Page {page.id} is in other hands.")
    due = rows[0]["due"]
    return Instant(due) if due is not None else None


async def abandon(db: Executor, page: Page, due: Instant) -> None:
    """Let the page go as it is and look at it again at `due`."""
    await db.run("abandon_page", page.id, page.fence, due.to_stdlib())
