"""Load: a listing on demand, and the initial load of everything that a source has."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from typing import Any

from counterfoil.flows.capture import listed
from counterfoil.flows.engine import Engine
from counterfoil.flows.route import Route
from counterfoil.flows.sweep import sweep_source
from counterfoil.flows.timer import once
from counterfoil.kit.connector import Listing
from counterfoil.values.clock import Instant, from_stdlib, later
from counterfoil.values.errors import Refuse, Retry

INITIAL = 40
"""The priority of an initial load: behind everything live."""

_TASK = "listing"
_LEASE_S = 300.0

Seen = Callable[[int, int], None]
"""Told how many documents were listed so far, and how many of them are new."""


async def listing_now(engine: Engine, route: Route) -> int:
    """List what changed since the last listing; how many documents are new.

    Raises `Retry` where another worker is listing at this moment.
    """
    mark = await _take(engine, route)
    reached = None
    try:
        reached, new = await sweep_source(engine, route, mark)
    finally:
        await _leave(engine, route, reached)
    return new


async def initial(engine: Engine, route: Route, start: Instant | None, seen: Seen) -> int:
    """List everything created at or after `start` (None: everything); how many are new.

    Listings go on from the moment when the load began. Raises `Refuse` where the source has no
    way to give everything at once.
    """
    load = getattr(route.source, "load", None)
    if load is None:
        raise Refuse(
            f"The source of {route.name} cannot give everything at once.",
            do="Run the route without --initial: a listing goes through all of it, page by page.",
            code="no-bulk",
        )
    began = engine.clock.now()
    new = await _loaded(engine, route, load(start), seen)
    await engine.database.run("note_listed", route.id, began.to_stdlib())
    with suppress(Retry):  # the timer is listing at this moment, and leaves a mark of its own
        await _take(engine, route)
        await _leave(engine, route, began)
    return new


async def _loaded(
    engine: Engine, route: Route, pages: AsyncIterator[Listing[Any]], seen: Seen
) -> int:
    count = new = 0
    async for page in pages:
        if page.readings:
            new += await listed(engine, route, page.readings, INITIAL)
        count += len(page.readings)
        seen(count, new)
    return new


async def _take(engine: Engine, route: Route) -> Instant | None:
    """Take the listing from the timer, and give its mark."""
    now = engine.clock.now()
    await engine.database.run("open_cursor", route.id, _TASK, None, now.to_stdlib())
    await once(engine, route, _TASK)
    until = later(now, _LEASE_S).to_stdlib()
    rows = await engine.database.rows(
        "take_cursor", route.id, _TASK, engine.holder, until, engine.clock.now().to_stdlib()
    )
    if not rows:
        raise Retry(
            f"Another worker is listing {route.name} at this moment.",
            after_s=5.0,
            do="Wait until it is done; nothing is missed.",
            code="listing",
        )
    return from_stdlib(rows[0]["mark"]) if rows[0]["mark"] is not None else None


async def _leave(engine: Engine, route: Route, reached: Instant | None) -> None:
    due = later(engine.clock.now(), route.plan.cadence_s).to_stdlib()
    mark = reached.to_stdlib() if reached is not None else None
    await engine.database.run("leave_cursor", route.id, _TASK, engine.holder, mark, due)
