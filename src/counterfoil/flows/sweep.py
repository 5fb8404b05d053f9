"""Sweep: what a message did not bring, a listing finds; what no job points to, is pointed to.

Two brooms. The listing broom asks the source for everything changed since the last mark less an
overlap, once for all routes of a feed, at an interval shorter than the sender's memory. The page
broom enqueues every page that is due and in nobody's hands: this mends lost jobs, and fills an
empty queue after a restore.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from functools import partial
from typing import Any

from counterfoil.flows.capture import listed, overlap
from counterfoil.flows.engine import Engine
from counterfoil.flows.feed import Feed, Marks, feed_of
from counterfoil.flows.patience import patiently
from counterfoil.flows.queue import Job, key
from counterfoil.flows.route import Route
from counterfoil.kit.connector import Listing, Reading
from counterfoil.store import pages, tasks
from counterfoil.values.clock import Instant, later
from counterfoil.values.errors import Halt, Retry

_PAGES = 500
_MOST_PAGES = 100_000  # of one listing: 25 million records; more is a loop
_SKEW_S = 60.0  # by which a shop's clock and ours may differ
_GRACE_S = 2.0  # a page due this recently has its job


async def sweep_pages(engine: Engine) -> int:
    """Enqueue every page that is due and in nobody's hands; how many."""
    now = later(engine.clock.now(), -_GRACE_S)
    after, count = 0, 0
    while True:
        rows = await pages.idle(engine.database, now, after, _PAGES)
        if not rows:
            return count
        jobs = [Job(page.id, page.priority, key=key(page.id)) for page in rows]
        async with engine.database.transaction() as unit:
            await engine.queue.enqueue(unit, jobs)
        after, count = rows[-1].id, count + len(rows)


async def sweep_source(
    engine: Engine, route: Route, mark: Instant | None
) -> tuple[Instant | None, int]:
    """List what changed since `mark` less the overlap, for one route alone: the new mark and how
    many were new."""
    reached, new = await sweep_feed(engine, feed_of(route), {route.id: mark})
    return reached[route.id], new


async def sweep_feed(engine: Engine, feed: Feed, marks: Marks) -> tuple[Marks, int]:
    """List what changed since the marks of its routes less their overlaps: each route's new mark,
    and how many records were new.

    While a page is written the next one is asked for, so that a slow source is at work meanwhile.
    No mark goes beyond the moment at which the listing began: one row of a year to come would hide
    whatever comes before it.
    """
    sweep = _Sweep(engine, feed, marks)
    start = sweep.start()
    cursor: str | None = None
    cursors: set[str] = set()
    ahead: asyncio.Task[Listing[Any]] | None = None
    try:
        for _ in range(_MOST_PAGES):
            try:
                page = await (ahead or _ask(engine, feed, start, cursor))
            except Retry as error:
                if error.code != "cursor-expired" or None in sweep.marks.values():
                    raise
                # The place in the listing is lost; what was read is kept, so begin from the mark.
                start, cursor = sweep.start(), None
                engine.fired["cursor-expired"] += 1
                cursors.clear()
                ahead = None
                continue
            cursor = page.cursor
            if cursor is not None and cursor not in cursors:
                ahead = asyncio.create_task(_ask(engine, feed, start, cursor))
            if page.readings:
                await sweep.take(page.readings, start)
                _tell_of_the_future(engine, page.readings)
            if cursor is None:
                for route in feed.routes:
                    await tasks.note_listed(engine.database, route.id, engine.clock.now())
                return sweep.marks, sweep.new
            if cursor in cursors:
                raise Halt(
                    f"{feed.name}: the source gave the same place-mark twice.",
                    do="Nothing is listed in a loop; report it to the connector's keepers.",
                    code="cursor-repeats",
                )
            cursors.add(cursor)
        raise Halt(f"{feed.name}: a listing of more than {_MOST_PAGES} pages.", code="no-end")
    finally:
        if ahead is not None:
            await _let_go(ahead)


class _Sweep:
    """How far one listing has come for each route of its feed."""

    def __init__(self, engine: Engine, feed: Feed, marks: Marks) -> None:
        self._engine = engine
        self._feed = feed
        latest = later(engine.clock.now(), -_SKEW_S)
        self._latest = {
            route.id: latest if route.begins is None else max(latest, route.begins)
            for route in feed.routes
        }
        self.new = 0
        self.marks: dict[int, Instant | None] = {}
        for route in feed.routes:
            mark = marks.get(route.id)
            newest = self._latest[route.id]
            self.marks[route.id] = min(mark, newest) if mark is not None else route.begins
        self._starts: dict[int, Instant | None] = {}

    def start(self) -> Instant | None:
        """From where the source is asked: the start of the route that is furthest behind."""
        self._starts = {
            route.id: overlap(self.marks[route.id], route.plan.overlap_s)
            for route in self._feed.routes
        }
        starts = [start for start in self._starts.values() if start is not None]
        return min(starts) if len(starts) == len(self._starts) else None

    async def take(self, readings: Sequence[Reading[Any]], start: Instant | None) -> None:
        """Capture a page that was asked for from `start` on, for each route that has not been past
        it."""
        last = max(reading.version for reading in readings)
        for route in self._feed.routes:
            mine = self._starts[route.id]
            if mine is not None and mine != start and last < mine:
                continue
            self.new += await listed(self._engine, route, readings, route.plan.priority)
            mark = self.marks[route.id]
            newest = last if mark is None else max(last, mark)
            self.marks[route.id] = min(self._latest[route.id], newest)


async def _ask(
    engine: Engine, feed: Feed, start: Instant | None, cursor: str | None
) -> Listing[Any]:
    """One page of the listing."""
    ask = partial(feed.source.since, start, cursor)
    return await patiently(engine, ask, refill_s=feed.refill_s)


async def _let_go(ahead: asyncio.Task[Listing[Any]]) -> None:
    """End what was asked for and is not wanted any more; what it meets is met again."""
    if not ahead.done():
        ahead.cancel()
        await asyncio.wait([ahead])
    if not ahead.cancelled():
        ahead.exception()


def _tell_of_the_future(engine: Engine, readings: Sequence[Reading[Any]]) -> None:
    """Count the rows whose last change has not come yet by any clock that is right."""
    soon = later(engine.clock.now(), _SKEW_S)
    ahead = sum(reading.version > soon for reading in readings)
    if ahead:
        engine.fired["future-dated"] += ahead
