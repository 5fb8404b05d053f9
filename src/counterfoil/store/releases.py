"""Releases: what was in force, by number: one for each content of the configuration.

A content that comes back has the number that it had.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import NamedTuple

from counterfoil.store.postgres import Database, Executor
from counterfoil.store.query import Query
from counterfoil.values.clock import Instant
from counterfoil.values.digest import digest


class ReleaseRow(NamedTuple):
    """A release: its number, the digest of its content, the version of Counterfoil, and when, by
    whom and why it was first begun with."""

    id: int
    digest: bytes
    version: str
    begun_at: datetime
    by: str
    why: str


class New(NamedTuple):
    """What a process begins with: the content, the version, and when and by whom."""

    content: bytes
    version: str
    begun_at: Instant
    by: str

    @property
    def digest(self) -> bytes:
        """Of the content and the version."""
        return digest(b"%b\n%b" % (self.version.encode(), self.content))


_OF = Query("release_of", int)
_NEWEST = Query("newest_release", bytes)
_ADD = Query("add_release", int)
_EVERY = Query("releases", ReleaseRow)


async def begin(database: Database, new: New, why: Callable[[bytes | None], str]) -> int:
    """The number of what a process begins with. Where it is new, it is kept, and `why` says what
    makes it another content than the newest one (None: it is the first)."""
    number = await _OF.first(database, new.digest)
    if number is not None:
        return number
    async with database.transaction() as unit:
        await unit.run("lock_releases")
        number = await _OF.first(unit, new.digest)
        if number is not None:
            return number
        reason = why(await _NEWEST.first(unit))
        return await _ADD.only(
            unit, new.digest, new.content, new.version, new.begun_at.to_stdlib(), new.by, reason
        )


async def stand_at(db: Executor, release: int, routes: Sequence[str]) -> None:
    """Let routes, by their names, stand at a release."""
    await db.run("set_release", release, routes)


async def every(db: Executor) -> list[ReleaseRow]:
    """Every release, the first one first."""
    return await _EVERY.rows(db)
