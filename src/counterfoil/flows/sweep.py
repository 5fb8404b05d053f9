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

from counterfoil.flows.capture import listed
from counterfoil.flows.engine import Engine
from counterfoil.flows.feed import Feed, Marks, feed_of
from counterfoil.flows.patience import patiently
from counterfoil.flows.queue import Job, key
from counterfoil.flows.route import Route
from counterfoil.kit.connector import Listing, Reading
from counterfoil.kit.mark import made, moment
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


async def sweep_source(engine: Engine, route: Route, mark: str | None) -> tuple[str | None, int]:
    """List what changed since `mark` less the overlap, for one route alone: the new mark and how
    many were new."""
    reached, new = await sweep_feed(engine, feed_of(route), {route.id: mark})
    return reached[route.id], new


async def sweep_feed(engine: Engine, feed: Feed, marks: Marks) -> tuple[Marks, int]:
    """List what changed since the marks of its routes: each route's new mark, and how many records
    were new.

    Marks that are moments can be compared: one listing, from a little before the one that is
    furthest behind. A source's own cannot, so there is a listing from each of them; who has been
    listed reads the next one too, and all end at one mark.
    """
    if feed.carries.overlap:
        sweep = _Moments(engine, feed, marks)
        new = await _read(engine, feed, sweep)
        return sweep.marks, new
    new, reached = 0, dict[int, str | None]()
    for mark in dict.fromkeys(marks.get(route.id) for route in feed.routes):
        begun = {route.id for route in feed.routes if marks.get(route.id) == mark}
        part = feed.only(reached.keys() | begun)
        own = _Own(part, mark)
        new += await _read(engine, part, own)
        reached = own.marks
    return reached, new


async def _read(engine: Engine, feed: Feed, sweep: _Moments | _Own) -> int:
    """Read one listing to its end; how many records were new.

    While a page is written the next one is asked for, so that a slow source is at work meanwhile.
    A listing that is in no sequence is not gone on with where its place was lost: what was not
    reached yet may be older than its mark.
    """
    new = 0
    start, cursor = sweep.start(), None
    cursors: set[str] = set()
    ahead: asyncio.Task[Listing[Any]] | None = None
    try:
        for _ in range(_MOST_PAGES):
            try:
                page = await (ahead or _ask(engine, feed, start, cursor))
            except Retry as error:
                unmoved = not feed.carries.ordered or None in sweep.marks.values()
                if error.code != "cursor-expired" or unmoved:
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
            new += await _take(engine, sweep.takers(page.mark, start), page.readings)
            sweep.reach(page.mark)
            if cursor is None:
                for route in feed.routes:
                    await tasks.note_listed(engine.database, route.id, engine.clock.now())
                return new
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


async def _take(engine: Engine, routes: Sequence[Route], readings: Sequence[Reading[Any]]) -> int:
    """Capture what a page has for each of the routes; how many records are new."""
    if not readings:
        return 0
    _tell_of_the_future(engine, readings)
    return sum([await listed(engine, route, readings, route.plan.priority) for route in routes])


class _Own:
    """How far one listing has come by its source's own marks: the same for all its routes."""

    def __init__(self, feed: Feed, mark: str | None) -> None:
        self._routes = feed.routes
        self._mark = mark

    @property
    def marks(self) -> dict[int, str | None]:
        """By route, where the next listing goes on."""
        return dict.fromkeys((route.id for route in self._routes), self._mark)

    def start(self) -> str | None:
        """From where the source is asked."""
        return self._mark

    def takers(self, mark: str | None, start: str | None) -> Sequence[Route]:
        """Who takes a page."""
        return self._routes

    def reach(self, mark: str | None) -> None:
        """A page with this mark is captured."""
        self._mark = self._mark if mark is None else mark


class _Moments:
    """How far one listing has come for each route of its feed, by marks that are moments.

    None goes beyond the moment at which the listing began: one row of a year to come would hide
    whatever comes before it.
    """

    def __init__(self, engine: Engine, feed: Feed, marks: Marks) -> None:
        self._feed = feed
        latest = later(engine.clock.now(), -_SKEW_S)
        self._latest = {
            route.id: latest if route.begins is None else max(latest, route.begins)
            for route in feed.routes
        }
        self._reached: dict[int, Instant | None] = {}
        for route in feed.routes:
            mark = moment(marks.get(route.id))
            newest = self._latest[route.id]
            self._reached[route.id] = min(mark, newest) if mark is not None else route.begins
        self._starts: dict[int, Instant | None] = {}

    @property
    def marks(self) -> dict[int, str | None]:
        """By route, where the next listing goes on."""
        return {route: made(mark) if mark else None for route, mark in self._reached.items()}

    def start(self) -> str | None:
        """From where the source is asked: the start of the route that is furthest behind."""
        self._starts = {
            route.id: _before(self._reached[route.id], route.plan.overlap_s)
            for route in self._feed.routes
        }
        starts = [start for start in self._starts.values() if start is not None]
        return made(min(starts)) if len(starts) == len(self._starts) else None

    def takers(self, mark: str | None, start: str | None) -> Sequence[Route]:
        """Who takes a page with this mark of a listing from `start` on: each route that has not
        been past it."""
        last, began = moment(mark), moment(start)
        return [
            route
            for route in self._feed.routes
            if (mine := self._starts[route.id]) is None
            or mine == began
            or last is None
            or last >= mine
        ]

    def reach(self, mark: str | None) -> None:
        """A page with this mark is captured."""
        last = moment(mark)
        if last is None:
            return
        for route, reached in self._reached.items():
            newest = last if reached is None else max(last, reached)
            self._reached[route] = min(self._latest[route], newest)


def _before(mark: Instant | None, seconds: float) -> Instant | None:
    """Where a listing begins: `seconds` before the last mark, so that late rows are not passed."""
    return later(mark, -seconds) if mark is not None else None


async def _ask(engine: Engine, feed: Feed, start: str | None, cursor: str | None) -> Listing[Any]:
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
