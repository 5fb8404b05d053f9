"""Load: a listing on demand, and the initial load of everything that a source has."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from typing import Any

from counterfoil.flows.capture import listed
from counterfoil.flows.engine import Engine
from counterfoil.flows.route import Route
from counterfoil.flows.sweep import sweep_source
from counterfoil.flows.timer import run_now
from counterfoil.kit.connector import Listing
from counterfoil.kit.mark import made
from counterfoil.store import tasks
from counterfoil.store.tasks import Lease
from counterfoil.values.clock import Instant, later
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

    Listings go on from the moment when the load began; where the source has marks of its own, from
    the last one that it gave. Raises `Refuse` where the source has no way to give everything at
    once.
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
    await tasks.note_listed(engine.database, route.id, began)
    with suppress(Retry):  # the timer is listing at this moment, and leaves a mark of its own
        await _take(engine, route)
        await _leave(engine, route, made(began) if route.source_carries.overlap else None)
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


async def _take(engine: Engine, route: Route) -> str | None:
    """Take the listing from the timer, and give its mark."""
    now = engine.clock.now()
    await tasks.open_(engine.database, route.id, _TASK, now)
    await run_now(engine, route, _TASK)
    lease = Lease(engine.holder, engine.clock.now(), later(now, _LEASE_S))
    claim = await tasks.claim(engine.database, route.id, _TASK, lease)
    if claim is None:
        raise Retry(
            f"Another worker is listing {route.name} at this moment.",
            after_s=5.0,
            do="Wait until it is done; nothing is missed.",
            code="listing",
        )
    return claim.mark


async def _leave(engine: Engine, route: Route, reached: str | None) -> None:
    due = later(engine.clock.now(), route.plan.cadence_s)
    await tasks.release(engine.database, route.id, _TASK, engine.holder, reached, due)
