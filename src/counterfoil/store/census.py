"""Census: what a source listed of each window, beside what is here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

import msgspec

from counterfoil.model.document import Counts, Measure
from counterfoil.store.postgres import Executor
from counterfoil.store.query import Query, moment
from counterfoil.values.clock import Instant


class Count(NamedTuple):
    """What a source said of one window: how many it listed, its own count where it has one, the
    money by currency (and "pieces"), and the keys that only one side knows, or neither any more
    (`ended`); `closed` where both sides agreed; `counts` says by what it was counted."""

    listed: int
    counted: int | None
    money: Mapping[str, int]
    missing: Sequence[str]
    phantom: Sequence[str]
    closed: bool
    counts: Counts = "events"
    ended: Sequence[str] = ()


class WindowRow(NamedTuple):
    """A window that was counted; `money` is JSON, minor units by currency."""

    start: datetime
    until: datetime
    listed: int
    counted: int | None
    money: str
    missing: list[str]
    phantom: list[str]
    asked_at: datetime
    closed: bool
    counts: Counts
    ended: list[str]

    @property
    def minor(self) -> dict[str, int]:
        """What the source listed, in minor units by currency."""
        return msgspec.json.decode(self.money, type=dict[str, int])


class Difference(NamedTuple):
    """A key that one side does not know, or under which the two have another total."""

    key: str
    phantom: bool
    missing: bool


_COMPARE = Query("compare_census", Difference)
_REOPEN = Query("reopen_census", moment)
_WINDOWS = Query("censuses", WindowRow)
_OPEN = Query("open_censuses", WindowRow)
_FROM = Query("counted_from", moment)


async def compare(
    db: Executor, route: int, start: Instant, until: Instant, listed: Sequence[tuple[str, Measure]]
) -> list[Difference]:
    """What differs between ours and what the source listed: its keys and what is at stake."""
    return await _COMPARE.rows(
        db,
        route,
        start.to_stdlib(),
        until.to_stdlib(),
        [key for key, _ in listed],
        [measure.minor for _, measure in listed],
        [measure.currency for _, measure in listed],
        [measure.pieces for _, measure in listed],
    )


async def keep(
    db: Executor, route: int, window: tuple[Instant, Instant], count: Count, at: Instant
) -> None:
    """Keep what the source said, when asked at `at`, of a window by its start and end."""
    start, until = window
    await db.run(
        "keep_census",
        route,
        start.to_stdlib(),
        until.to_stdlib(),
        count.listed,
        count.counted,
        msgspec.json.encode(count.money).decode(),
        count.missing,
        count.phantom,
        at.to_stdlib(),
        count.closed,
        count.counts,
        count.ended,
    )


async def reopen(db: Executor, route: int, since: Instant | None) -> int:
    """Open the closed windows whose figures are others now, of those in which something was
    captured since then (None: of all); how many."""
    begins = since.to_stdlib() if since is not None else None
    return len(await _REOPEN.rows(db, route, begins))


async def counted_from(db: Executor, route: int) -> Instant | None:
    """Where the first window begins that was counted."""
    return await _FROM.only(db, route)


async def open_or_from(db: Executor, route: int, start: Instant) -> list[WindowRow]:
    """The windows that are open, and every one from `start` on, in sequence."""
    return await _OPEN.rows(db, route, start.to_stdlib())


async def windows(db: Executor, route: int) -> list[WindowRow]:
    """Every window that was counted, in order."""
    return await _WINDOWS.rows(db, route)
