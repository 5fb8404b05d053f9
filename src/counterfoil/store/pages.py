"""Pages of work: taken under a fence and a lease, left with the moment when they are due again."""

from __future__ import annotations

from collections.abc import Sequence
from enum import IntEnum
from typing import NamedTuple

import msgspec
import zstandard

from counterfoil.store.postgres import Database, Reader
from counterfoil.values.clock import Instant, from_stdlib, later
from counterfoil.values.errors import CounterfoilError
from counterfoil.values.ids import PageId

LARGEST = 250
"""Records on a page: the largest page that the strictest vendor lists."""
LEASE_S = 6.0
"""How long a page waits for a worker that went silent; a living one renews it all the while."""

_LIST = msgspec.msgpack.Decoder(list[bytes])


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
    `restored` is when the database was last put back from a copy.
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


def pack(bodies: Sequence[bytes]) -> bytes:
    """The bodies of a page as they rest: compressed together, in order."""
    return zstandard.compress(msgspec.msgpack.encode(bodies), 3)


def unpack(packed: bytes) -> list[bytes]:
    """The bodies of a page, in order."""
    return _LIST.decode(zstandard.decompress(packed)) if packed else []


async def take(door: Reader, page: PageId, holder: str, now: Instant) -> Page | None:
    """The page, where nobody holds it, its route is not off, and it is due; else None."""
    until = later(now, LEASE_S)
    rows = await door.rows("take_page", page, holder, until.to_stdlib(), now.to_stdlib())
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
    )


async def renew(database: Database, page: Page, now: Instant) -> None:
    """Hold the page for another lease. Raises `Fenced` where it is held no longer."""
    until = later(now, LEASE_S)
    rows = await database.rows("renew_page", page.id, page.fence, until.to_stdlib(), page.holder)
    if not rows:
        raise Fenced(f"Page {page.id} is in other hands.")
    page.lease_until = until


async def leave(door: Reader, page: Page, now: Instant) -> Instant | None:
    """Let the page go until the first of its records is due; None where none ever is (done)."""
    rows = await door.rows("leave_page", page.id, page.fence, now.to_stdlib())
    if not rows:
        raise Fenced(f"Page {page.id} is in other hands.")
    due = rows[0]["due"]
    return Instant(due) if due is not None else None


async def abandon(door: Reader, page: Page, due: Instant) -> None:
    """Let the page go as it is and look at it again at `due`."""
    await door.run("abandon_page", page.id, page.fence, due.to_stdlib())
