"""Timers: every task of a route at its own interval, one worker at a time, whoever is alive."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import partial

from counterfoil.flows.balance import recounted
from counterfoil.flows.census import Window, census, first_created, window_start
from counterfoil.flows.engine import Engine
from counterfoil.flows.route import Plan, Route
from counterfoil.flows.sweep import sweep_pages, sweep_source
from counterfoil.flows.switch import uncounted
from counterfoil.store import schema
from counterfoil.values.clock import Instant, from_stdlib, later, seconds_between
from counterfoil.values.errors import CounterfoilError, Retry

_LEASE_S = 9.0
_TICK_S = 0.5
_PAGES_S = 2.0
_MONTHS_S = 3600.0
_UNDER_WAY_S = 300.0  # so long a posting may take from its moment to its commit
_AGAIN_S = 2.0
_LONGEST_WAIT_S = 3600.0  # that the other side may ask for

Task = Callable[[Engine, Route, Instant | None], Awaitable[Instant | None]]


async def tick(engine: Engine) -> None:
    """Do every task of every route that is due and in nobody's hands, side by side."""
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
    opened: set[tuple[int, str]] = set()
    return [
        partial(_tick, engine, route, name, opened)
        for route in engine.routes.values()
        for name in _TASKS
    ]


async def _tick(engine: Engine, route: Route, name: str, opened: set[tuple[int, str]]) -> None:
    """One look at one task, which costs one statement; only the first opens the task's cursor."""
    if name == "listing" and not _in_window(engine, route):
        return
    if (route.id, name) not in opened:
        now = engine.clock.now().to_stdlib()
        await engine.database.run("open_cursor", route.id, name, None, now)
        opened.add((route.id, name))
    task, interval_s = _TASKS[name]
    await _turn(engine, route, name, interval_s(route.plan), task)


async def once(engine: Engine, route: Route, task: str) -> None:
    """Make one task of a route due now, whatever its interval."""
    await engine.database.run("hurry_cursor", route.id, task, engine.clock.now().to_stdlib())


def _in_window(engine: Engine, route: Route) -> bool:
    if route.plan.mode != "batch":
        return True
    now = engine.clock.now().to_stdlib().strftime("%H:%M")
    start, until = route.plan.batch_from, route.plan.batch_until
    return start <= now < until if start <= until else now >= start or now < until


async def _turn(engine: Engine, route: Route, name: str, interval_s: float, task: Task) -> None:
    now = engine.clock.now()
    hands = (route.id, name, engine.holder)
    until = later(now, _LEASE_S).to_stdlib()
    rows = await engine.database.rows("take_cursor", *hands, until, now.to_stdlib())
    if not rows:
        return
    mark = from_stdlib(rows[0]["mark"]) if rows[0]["mark"] is not None else None
    asked_s = 0.0
    wait_s, reached = _AGAIN_S, None
    keeper = asyncio.create_task(_keep(engine, hands))
    try:
        reached = await task(engine, route, mark)
        wait_s = interval_s
    except CounterfoilError as error:
        engine.log.warning("task failed", route=route.name, task=name, said=error.said, do=error.do)
        asked_s = min(error.after_s, _LONGEST_WAIT_S) if isinstance(error, Retry) else 0.0
    finally:
        keeper.cancel()
        due = later(engine.clock.now(), max(asked_s, min(interval_s, wait_s))).to_stdlib()
        reached_at = reached.to_stdlib() if reached is not None else None
        await engine.database.run("leave_cursor", *hands, reached_at, due)


async def _keep(engine: Engine, hands: tuple[int, str, str]) -> None:
    """Renew the lease while the task runs; a worker that died lets it go by itself."""
    while True:
        await engine.clock.sleep(_LEASE_S / 3)
        until = later(engine.clock.now(), _LEASE_S).to_stdlib()
        with suppress(Retry):  # the database is away; the lease may lapse meanwhile
            await engine.database.run("renew_cursor", *hands, until)


async def _listing(engine: Engine, route: Route, mark: Instant | None) -> Instant | None:
    reached, new = await sweep_source(engine, route, mark)
    if new:
        engine.fired["swept-in"] += new
    return reached


async def _census(engine: Engine, route: Route, mark: Instant | None) -> Instant | None:
    """Count every window that has ended and is not closed yet; after a restore first the whole.

    One that was closed is counted again where its figures are others by now: a document of its time
    came later, or one of its documents has another total.
    """
    began = engine.clock.now()
    await _reopen(engine, route, mark)
    if await uncounted(engine.database, route.id) is not None:
        await recounted(engine, route)
    for window in await open_windows(engine, route):
        await census(engine, route, window)
        await asyncio.sleep(0)
    return began


async def _reopen(engine: Engine, route: Route, mark: Instant | None) -> None:
    """Open closed windows that are wrong by now, of those that were touched since `mark`."""
    since = later(mark, -_UNDER_WAY_S).to_stdlib() if mark is not None else None
    opened = await engine.database.rows("reopen_census", route.id, since)
    if opened:
        engine.fired["census-reopened"] += len(opened)


_TASKS: dict[str, tuple[Task, Callable[[Plan], float]]] = {
    "listing": (_listing, lambda plan: plan.cadence_s),
    "census": (_census, lambda plan: plan.census_s),
}


async def open_windows(engine: Engine, route: Route) -> list[Window]:
    """The windows from the first record on that have ended, less those that are closed."""
    first = await first_created(engine, route)
    if first is None:
        return []
    length = route.plan.window_s
    start = window_start(first, length)
    closed = {
        from_stdlib(one["start"])
        for one in await engine.database.rows("censuses", route.id)
        if one["closed"]
    }
    now = engine.clock.now()
    found: list[Window] = []
    while seconds_between(start, now) >= length + route.plan.overlap_s:
        if start not in closed:
            found.append(Window(start, later(start, length)))
        start = later(start, length)
    return found
