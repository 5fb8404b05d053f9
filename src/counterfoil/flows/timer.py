"""Timers: every task of a feed at its own interval, one worker at a time, whoever is alive."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from functools import partial

from counterfoil.flows import windows
from counterfoil.flows.balance import recounted
from counterfoil.flows.census import Window, census, census_of_all
from counterfoil.flows.engine import Engine
from counterfoil.flows.feed import Feed, Marks, feeds
from counterfoil.flows.pull import pull_feed
from counterfoil.flows.route import Route
from counterfoil.flows.sweep import sweep_feed, sweep_pages
from counterfoil.kit.mark import made
from counterfoil.store import schema, tasks
from counterfoil.store.tasks import Lease
from counterfoil.values.clock import Instant, later
from counterfoil.values.errors import CounterfoilError, Retry

_LEASE_S = 9.0
_TICK_S = 0.5
_FRESH_S = 0.4  # so long a look is everybody's
_PAGES_S = 2.0
_MONTHS_S = 3600.0
_AGAIN_S = 2.0
_LONGEST_WAIT_S = 3600.0  # that the other side may ask for

Task = Callable[[Engine, Feed, Marks], Awaitable[Marks]]


async def tick(engine: Engine) -> None:
    """Do every task of every feed that is due and in nobody's hands, side by side."""
    await asyncio.gather(*(turn() for turn in _turns(engine)))


async def run(engine: Engine) -> None:
    """Every task at its own pace until cancelled: a slow one keeps no other waiting."""
    loops = [_again(engine, turn, _TICK_S) for turn in _turns(engine)]
    loops.append(_again(engine, partial(sweep_pages, engine), _PAGES_S))
    loops.append(_again(engine, partial(schema.ahead, engine.database, engine.clock), _MONTHS_S))
    await asyncio.gather(*loops)


async def _again(engine: Engine, turn: Callable[[], Awaitable[object]], pause_s: float) -> None:
    while True:
        try:
            await turn()
        except CounterfoilError as error:
            engine.log.warning("timer", said=error.said, do=error.do)
        await engine.clock.sleep(pause_s)


def _turns(engine: Engine) -> list[Callable[[], Awaitable[None]]]:
    every = feeds(engine.routes.values())
    looks = {name: _Look(engine, name, every) for name in _TASKS}
    return [
        partial(_tick, engine, look, number)
        for number, feed in enumerate(every)
        for look in looks.values()
        if look.task != "pull" or _is_pulled(feed)
    ]


class _Look:
    """One statement for a task of all feeds. Whoever looks first takes what is due for the others
    too; each finds its own at its next tick, long before the lease ends."""

    def __init__(self, engine: Engine, task: str, every: Sequence[Feed]) -> None:
        self.task = task
        self._engine = engine
        self._feeds = every
        self._opened: set[int] = set()
        self._looked_s = -_FRESH_S
        self._looking = asyncio.Lock()
        self._taken: dict[int, tuple[Feed, Marks]] = {}

    async def taken(self, number: int) -> tuple[Feed, Marks] | None:
        """The routes of feed `number` whose task is due and is this worker's now, with the mark of
        each; None where it is not due, off, or in other hands."""
        async with self._looking:
            now_s = self._engine.clock.monotonic()
            if number not in self._taken and now_s >= self._looked_s + _FRESH_S:
                self._looked_s = now_s
                await self._look()
        return self._taken.pop(number, None)

    def _is_for(self, feed: Feed) -> bool:
        """Whether the feed has such a task, at this hour."""
        if self.task == "pull":
            return _is_pulled(feed)
        return self.task != "listing" or _in_hours(self._engine, feed)

    async def _look(self) -> None:
        engine, now = self._engine, self._engine.clock.now()
        due = [
            (place, feed)
            for place, feed in enumerate(self._feeds)
            if place not in self._taken and self._is_for(feed)
        ]
        if not due:
            return
        routes = [route.id for _, feed in due for route in feed.routes]
        for route in routes:
            if route not in self._opened:
                await tasks.open_(engine.database, route, self.task, now)
                self._opened.add(route)
        marks = await tasks.claim_feeds(
            engine.database,
            [(route.id, place) for place, feed in due for route in feed.routes],
            self.task,
            Lease(engine.holder, now, later(now, _LEASE_S)),
        )
        for place, feed in due:
            due_feed = feed.only(marks)
            if due_feed.routes:
                self._taken[place] = (
                    due_feed,
                    {route.id: marks[route.id] for route in due_feed.routes},
                )


async def _tick(engine: Engine, look: _Look, number: int) -> None:
    """One look at one task of one feed."""
    claim = await look.taken(number)
    if claim is not None:
        await _turn(engine, look.task, *claim)


async def run_now(engine: Engine, route: Route, task: str) -> None:
    """Make one task of a route due now, whatever its interval."""
    await tasks.run_now(engine.database, route.id, task, engine.clock.now())


def _is_pulled(feed: Feed) -> bool:
    """Whether messages of the feed are pulled from a queue, and any of its routes hears them."""
    live = any(route.plan.mode == "near-real-time" for route in feed.routes)
    return live and feed.routes[0].queue is not None


def _in_hours(engine: Engine, feed: Feed) -> bool:
    if not feed.hours:
        return True
    now = engine.clock.now().to_stdlib().strftime("%H:%M")
    start, until = feed.hours
    return start <= now < until if start <= until else now >= start or now < until


async def _turn(engine: Engine, name: str, feed: Feed, marks: Marks) -> None:
    task, interval_of = _TASKS[name]
    interval_s = min(interval_of(route) for route in feed.routes)
    asked_s = 0.0
    wait_s, reached = _AGAIN_S, dict[int, str | None]()
    keeper = asyncio.create_task(_keep(engine, name, feed))
    try:
        reached = {**await task(engine, feed, marks)}
        wait_s = interval_s
    except CounterfoilError as error:
        engine.log.warning("task failed", route=feed.name, task=name, said=error.said, do=error.do)
        asked_s = min(error.after_s, _LONGEST_WAIT_S) if isinstance(error, Retry) else 0.0
    finally:
        keeper.cancel()
        due = later(engine.clock.now(), max(asked_s, min(interval_s, wait_s)))
        for route in feed.routes:
            mark = reached.get(route.id)
            await tasks.release(engine.database, route.id, name, engine.holder, mark, due)


async def _keep(engine: Engine, name: str, feed: Feed) -> None:
    """Renew the lease while the task runs; a worker that died lets it go by itself."""
    while True:
        await engine.clock.sleep(_LEASE_S / 3)
        until = later(engine.clock.now(), _LEASE_S)
        for route in feed.routes:
            with suppress(Retry):  # the database is away; the lease may lapse meanwhile
                await tasks.renew(engine.database, route.id, name, engine.holder, until)


async def _listing(engine: Engine, feed: Feed, marks: Marks) -> Marks:
    reached, new = await sweep_feed(engine, feed, marks)
    if new:
        engine.fired["swept-in"] += new
    return reached


async def _census(engine: Engine, feed: Feed, marks: Marks) -> Marks:
    """Count every window that has ended and is not closed yet, or a state as it is now; after a
    restore first the whole.

    A window that was closed is counted again where its figures are others by now: a document of its
    time came later, or one of its documents has another total. Where documents vanish without a
    word, the time in which they may is counted too.
    """
    began = engine.clock.now()
    open_: dict[Window, list[Route]] = {}
    through: dict[int, Instant] = {}
    for route in feed.routes:
        if await tasks.uncounted(engine.database, route.id) is not None:
            await recounted(engine, route)
        if feed.carries.counts == "state":
            open_.setdefault(Window(began, began), []).append(route)
            continue
        due = await windows.due(engine, route, marks.get(route.id))
        through |= {route.id: due.through} if due.through is not None else {}
        for window in due.windows:
            open_.setdefault(window, []).append(route)
    for window in sorted(open_, key=lambda one: (one.start, one.until)):
        await census_of_all(engine, open_[window], window)
        await asyncio.sleep(0)
    for route in feed.routes:
        recent = await windows.recent(engine, route, began)
        if recent is not None:
            await census(engine, route, recent, keep=False)
    for number, reached in through.items():
        await tasks.note_counted(engine.database, number, reached)
    return dict.fromkeys(marks, made(began))


async def _pull(engine: Engine, feed: Feed, marks: Marks) -> Marks:
    new = await pull_feed(engine, feed)
    if new:
        engine.fired["pulled"] += new
    return marks


_TASKS: dict[str, tuple[Task, Callable[[Route], float]]] = {
    "listing": (_listing, lambda route: route.plan.cadence_s),
    "census": (_census, lambda route: route.plan.census_s),
    "pull": (_pull, lambda route: route.queued.every_s),
}
