"""Outage: while a target is away the pages that are to be sent there rest, and one probe asks.

No record is sent meanwhile, so none spends an attempt. What the probe asks is the connection's own
live proof; it writes nothing.
"""

from __future__ import annotations

from counterfoil.flows.breaker import gives_up, wait_s
from counterfoil.flows.engine import Engine
from counterfoil.flows.route import Route
from counterfoil.store import breakers, records
from counterfoil.store.pages import Page
from counterfoil.values.clock import Instant, later
from counterfoil.values.errors import CounterfoilError


async def noticed(engine: Engine, route: Route) -> None:
    """Open the breaker of the route's target, for every process, where this one's count says so."""
    breaker = engine.breakers[route.target_connection]
    if not breaker.opens:
        return
    now, since, reason = engine.clock.now(), breaker.first or engine.clock.now(), breaker.said
    until = breaker.rests or later(now, wait_s(0))
    breaker.heard()  # counted anew when it is closed again
    engine.fired["breaker-opened"] += 1
    engine.log.warning("target away", route=route.name, since=since.format_iso(), said=reason)
    await breakers.open_(engine.database, route.target_connection, since, until, reason)


async def resting(engine: Engine, route: Route, page: Page) -> Instant | None:
    """Until when the page rests, because its target is away; None where it answers.

    Of all that come after the wait one makes the probe. Where it is answered the breaker closes,
    and the page goes on.
    """
    until = page.away.get(route.target_connection)
    if until is None or page.switch != "on":
        return None
    now = engine.clock.now()
    if now < until:
        engine.fired["rested"] += 1
        return until
    again = later(now, wait_s(0))
    probes = await breakers.claim_probe(engine.database, route.target_connection, now, again)
    if probes is None:
        return again
    problem = await _probed(engine, route)
    if problem is None:
        await _close(engine, route, probes)
        return None
    until = later(engine.clock.now(), wait_s(probes + 1))
    await breakers.miss_probe(engine.database, route.target_connection, until, problem.said)
    return until


async def _probed(engine: Engine, route: Route) -> CounterfoilError | None:
    """Ask the target for its live proof: what tells that it is still away."""
    engine.fired["probed"] += 1
    if route.probe is None:  # the page in hand is the probe
        return None
    try:
        await route.probe()
    except CounterfoilError as error:
        return None if gives_up(error) else error
    return None


async def _close(engine: Engine, route: Route, probes: int) -> None:
    """Everything goes on.

    What was tried while it was away counts no more: but only where a probe says that it was. A
    record that its target never answers must come to its end, and not be taken for an outage.
    """
    engine.fired["breaker-closed"] += 1
    routes = [
        other.id
        for other in engine.routes.values()
        if other.target_connection == route.target_connection
    ]
    async with engine.database.transaction() as unit:
        await breakers.close(unit, route.target_connection)
        if probes:
            await records.forget_attempts(unit, routes)
