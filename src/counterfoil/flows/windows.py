"""Windows: which spans of time are to be counted now, found without a look at those that are done.

Every window before `counted through` was counted at least once. Of those only the ones are looked
at that are still open, or open again; so the work does not grow with the age of the estate.
"""

from __future__ import annotations

from bisect import bisect_right

import msgspec

from counterfoil.flows.census import Window, first_created, window_start
from counterfoil.flows.engine import Engine
from counterfoil.flows.route import Route
from counterfoil.kit.mark import moment
from counterfoil.store import census, records, tasks
from counterfoil.values.clock import Instant, from_stdlib, later, seconds_between

_UNDER_WAY_S = 300.0  # so long a posting may take from its moment to its commit


class Due(msgspec.Struct, frozen=True):
    """The windows that are to be counted, and up to where every one was when they have been."""

    windows: tuple[Window, ...]
    through: Instant | None


async def due(engine: Engine, route: Route, mark: str | None) -> Due:
    """What of a route is to be counted: what has ended since the last count (at the moment `mark`),
    what did not close, and what was closed and is wrong by now."""
    last = moment(mark)
    since = later(last, -_UNDER_WAY_S) if last is not None else None
    await _reopen(engine, route, since)
    start = await _start(engine, route, since)
    return await _from(engine, route, start) if start is not None else Due((), None)


async def recent(engine: Engine, route: Route, now: Instant) -> Window | None:
    """The time of which documents may have vanished without a word; None where none do so."""
    vanishes_s = route.source_carries.vanishes_s
    first = await first_created(engine, route) if vanishes_s else None
    if first is None:
        return None
    window = Window(max(first, later(now, -vanishes_s)), later(now, -route.plan.overlap_s))
    return window if window.start < window.until else None


async def _reopen(engine: Engine, route: Route, since: Instant | None) -> None:
    """Open closed windows that are wrong by now, of those that were touched since then."""
    opened = await census.reopen(engine.database, route.id, since)
    if opened:
        engine.fired["census-reopened"] += opened


async def _start(engine: Engine, route: Route, since: Instant | None) -> Instant | None:
    """Where windows begin that were never counted; None where there is no document yet.

    A document that is older than every window takes it back, before any of them is counted: a count
    that is broken off half way goes on from there.
    """
    through = await tasks.counted_through(engine.database, route.id)
    if since is None or through is None:
        first = await first_created(engine, route)
    else:
        first = await records.first_entered(engine.database, route.id, since, route.begins)
        counted_from = await census.counted_from(engine.database, route.id)
        if first is None or (counted_from is not None and first >= counted_from):
            return through
    if first is None:
        return None
    start = window_start(first, route.plan.window_s)
    await tasks.note_counted(engine.database, route.id, start)
    return start


async def _from(engine: Engine, route: Route, start: Instant) -> Due:
    """The windows from `start` on that have ended, and all that are open."""
    length, now = route.plan.window_s, engine.clock.now()
    rows = {
        from_stdlib(row.start): row
        for row in await census.open_or_from(engine.database, route.id, start)
    }
    starts = sorted(rows)
    windows = [
        Window(begins, from_stdlib(rows[begins].until)) for begins in starts if begins < start
    ]
    while True:
        row = rows.get(start)
        if row is None:
            # Counted windows never overlap, also where their length has changed since.
            after = starts[bisect_right(starts, start) :]
            end = min([later(window_start(start, length), length), *after[:1]])
        else:
            end = from_stdlib(row.until)
        if seconds_between(end, now) < route.plan.overlap_s:
            return Due(tuple(windows), start)
        if row is None or not row.closed:
            windows.append(Window(start, end))
        start = end
