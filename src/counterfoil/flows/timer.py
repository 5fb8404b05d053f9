"""Timers: every task of a route at its own interval, one worker at a time, whoever is alive."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from counterfoil.flows.census import Window, census
from counterfoil.flows.engine import Engine
from counterfoil.flows.route import Route
from counterfoil.flows.sweep import sweep_pages, sweep_source
from counterfoil.values.clock import Instant, from_stdlib, later, nanoseconds, seconds_between
from counterfoil.values.errors import CounterfoilError

_LEASE_S = 300.0
_TICK_S = 0.5
_PAGES_S = 2.0
_AGAIN_S = 2.0

Task = Callable[[Engine, Route, Instant | None], Awaitable[Instant | None]]


async def tick(engine: Engine) -> None:
    """Do every task of every route that is due and in nobody's hands."""
    for route in engine.routes.values():
        if await _off(engine, route):
            continue
        if _in_window(engine, route):
            await _turn(engine, route, "listing", route.plan.cadence_s, _listing)
        await _turn(engine, route, "census", route.plan.census_s, _census)


async def run(engine: Engine) -> None:
    """Tick until cancelled."""
    swept = engine.clock.monotonic() - _PAGES_S
    while True:
        try:
            if engine.clock.monotonic() - swept >= _PAGES_S:
                await sweep_pages(engine)
                swept = engine.clock.monotonic()
            await tick(engine)
        except CounterfoilError as error:
            engine.log.warning("timer", said=error.said, do=error.do)
        await engine.clock.sleep(_TICK_S)


async def once(engine: Engine, route: Route, task: str) -> None:
    """Make one task of a route due now, whatever its interval."""
    await engine.database.run("hurry_cursor", route.id, task, engine.clock.now().to_stdlib())


async def _off(engine: Engine, route: Route) -> bool:
    rows = await engine.database.rows("routes")
    return any(row["id"] == route.id and row["switch"] == "off" for row in rows)


def _in_window(engine: Engine, route: Route) -> bool:
    if route.plan.mode != "batch":
        return True
    now = engine.clock.now().to_stdlib().strftime("%H:%M")
    start, until = route.plan.batch_from, route.plan.batch_until
    return start <= now < until if start <= until else now >= start or now < until


async def _turn(engine: Engine, route: Route, name: str, interval_s: float, task: Task) -> None:
    now = engine.clock.now()
    await engine.database.run("open_cursor", route.id, name, None, now.to_stdlib())
    rows = await engine.database.rows(
        "take_cursor", route.id, name, engine.holder,
        later(now, _LEASE_S).to_stdlib(), now.to_stdlib(),
    )  # fmt: skip
    if not rows:
        return
    mark = from_stdlib(rows[0]["mark"]) if rows[0]["mark"] is not None else None
    wait_s, reached = interval_s, None
    try:
        reached = await task(engine, route, mark)
    except CounterfoilError as error:
        wait_s = min(interval_s, _AGAIN_S)
        engine.log.warning("task failed", route=route.name, task=name, said=error.said, do=error.do)
    due = later(engine.clock.now(), wait_s)
    await engine.database.run(
        "leave_cursor", route.id, name, engine.holder,
        reached.to_stdlib() if reached is not None else None, due.to_stdlib(),
    )  # fmt: skip


async def _listing(engine: Engine, route: Route, mark: Instant | None) -> Instant | None:
    reached, new = await sweep_source(engine, route, mark)
    if new:
        engine.fired["swept-in"] += new
    return reached


async def _census(engine: Engine, route: Route, mark: Instant | None) -> Instant | None:
    """Count every window that has ended and is not closed yet."""
    for window in await open_windows(engine, route):
        await census(engine, route, window)
        await asyncio.sleep(0)
    return None


async def open_windows(engine: Engine, route: Route) -> list[Window]:
    """The windows from the first record on that have ended, less those that are closed."""
    (row,) = await engine.database.rows("first_created", route.id)
    if row["first"] is None:
        return []
    length = route.plan.window_s
    start = from_stdlib(row["first"])
    start = later(start, -(nanoseconds(start) / 1e9 % length))
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
