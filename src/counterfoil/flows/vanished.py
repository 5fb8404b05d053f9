"""Vanished: what a source neither counts nor has under its key any more was made void there.

Such a source tells nothing of it (`Carries.vanishes_s`). So two questions must come to the same,
its count and a look under the key; then what it last said is captured once more, as void. A report
that is empty must undo nothing: what is long past, or more than is still counted, is only named.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

from counterfoil.flows.capture import listed
from counterfoil.flows.engine import Engine
from counterfoil.flows.fetch import fetch
from counterfoil.flows.route import Route
from counterfoil.kit.connector import Reading
from counterfoil.kit.vanishing import Vanishes
from counterfoil.store import bindings, pages, records
from counterfoil.store.bindings import Namespace
from counterfoil.values.clock import Instant, seconds_between


async def vanished(
    engine: Engine,
    routes: Sequence[Route],
    absent: Mapping[int, Sequence[str]],
    since: Instant,
    counted: int,
) -> None:
    """Look under the keys that were not counted, by route, of those that were created from `since`
    on, beside so many that were; capture what is there, and as void what is not."""
    vanishes_s = routes[0].source_carries.vanishes_s
    if not vanishes_s or not any(absent.values()):
        return
    present = {reading.key for reading in await fetch(engine, routes, absent)}
    for route in routes:
        gone = [key for key in absent[route.id] if key not in present]
        past = seconds_between(since, engine.clock.now()) > vanishes_s + route.plan.window_s
        if past or len(gone) > counted:
            engine.log.warning("not counted and not there", route=route.name, documents=len(gone))
            continue
        readings = await _voided(engine, route, gone)
        engine.fired["vanished"] += await listed(engine, route, readings, route.plan.priority)


async def _voided(engine: Engine, route: Route, keys: Sequence[str]) -> list[Reading[Any]]:
    """What the source last said of these, made void."""
    namespace = Namespace(route.source_connection, route.plan.document)
    subjects = await bindings.bound(engine.database, namespace, keys)
    rows = await records.newest(engine.database, route.id, sorted(subjects.values()))
    sources = await pages.sources(engine.database, [(row.page, row.place) for row in rows])
    source, now = cast("Vanishes[Any]", route.source), engine.clock.now()
    return [source.vanished(body, now) for body, _, pushed in sources.values() if not pushed]
