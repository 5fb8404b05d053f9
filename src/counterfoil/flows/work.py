"""Work: a worker's handling of one page, and the one place where the unforeseen is caught."""

from __future__ import annotations

import asyncio
from contextlib import suppress

from counterfoil.flows.capture import arrived
from counterfoil.flows.deliver import ask_again, deliver, leave
from counterfoil.flows.engine import Engine
from counterfoil.flows.outage import noticed, resting
from counterfoil.flows.queue import LIVE, Job
from counterfoil.flows.releases import route_of
from counterfoil.flows.route import Route
from counterfoil.kit.throttle import background_traffic
from counterfoil.store import pages
from counterfoil.store.pages import Fenced, Page, Stage
from counterfoil.store.postgres import AWAY
from counterfoil.store.records import Overtaken
from counterfoil.values.clock import later, seconds_between
from counterfoil.values.errors import CounterfoilError, Halt, Retry
from counterfoil.values.ids import PageId, reference
from counterfoil.values.strike import strike

_RESERVE = 0.5  # the share of every budget that work which can wait leaves to the rest
_AGAIN_S = 1.0
_BROKEN_S = 30.0
_ELSEWHERE_S = 5.0  # until a crowded page is asked for again, also where the process ends
_LONGEST_S = 300.0  # that a system which is away may ask for


async def work(engine: Engine, number: PageId) -> None:
    """Do what is due on one page; whatever happens, the page is found again."""
    try:
        page = await pages.take(engine.database, number, engine.holder, engine.clock.now())
        if page is not None:
            strike("C4")
            await _work(engine, page)
    except Retry as error:
        # The database is away. The page's lease runs out, and the sweeper finds it.
        engine.log.warning("page left", page=number, said=error.said)


async def _work(engine: Engine, page: Page) -> None:
    route = route_of(engine, page)
    if route is None:
        raise Halt(f"Page {page.id} belongs to a route that is not configured.")
    if _crowded(engine, route):
        await _later(engine, route, page)
        return
    keeper = asyncio.create_task(_keep(engine, page))
    engine.engaged[route.target_connection] += 1
    try:
        with background_traffic(0.0 if page.priority >= LIVE else _RESERVE):
            if page.stage == Stage.ARRIVED:
                await arrived(engine, route, page)
            until = await resting(engine, route, page)
            if until is not None:
                await _abandon(engine, page, seconds_between(engine.clock.now(), until))
                return
            await deliver(engine, route, page)
        await leave(engine, page)
        await noticed(engine, route)
    except (Fenced, Overtaken) as error:
        engine.fired[error.code] += 1
        await _abandon(engine, page, _AGAIN_S)
    except Retry as error:
        if error.code in AWAY:
            raise
        # Another system is away, to which a message sent us: its page is looked at again then.
        engine.log.warning("page put off", page=page.id, said=error.said, where=error.where)
        await _abandon(engine, page, min(max(_AGAIN_S, error.after_s), _LONGEST_S))
    except CounterfoilError as error:
        engine.log.exception("page stopped", page=page.id, said=error.said, do=error.do)
        await _abandon(engine, page, _BROKEN_S)
    except Exception:
        report = reference(engine.chance)
        engine.log.exception("page broke", page=page.id, reference=report)
        await _abandon(engine, page, _BROKEN_S)
    finally:
        engine.engaged[route.target_connection] -= 1
        keeper.cancel()
        await _call_next(engine, route.target_connection)


def _crowded(engine: Engine, route: Route) -> bool:
    """Whether half of the hands are at the route's target already, and there are other targets.

    A target that hangs would hold every hand otherwise, and slow the routes to all the others.
    """
    targets = {other.target_connection for other in engine.routes.values()}
    if len(targets) < 2 or not engine.hands:
        return False
    return engine.engaged[route.target_connection] >= max(1, engine.hands // 2)


async def _later(engine: Engine, route: Route, page: Page) -> None:
    """Let go of a page whose target has its share of the hands: it is called when one is free."""
    engine.fired["target-crowded"] += 1
    await _abandon(engine, page, 0.0)
    called = Job(page.id, page.priority, key=f"called-{page.id}-{page.fence}")
    engine.crowded[route.target_connection].append(called)
    await ask_again(engine, page, _ELSEWHERE_S)
    if not _crowded(engine, route):  # the last hand was freed while the page was put down
        await _call_next(engine, route.target_connection)


async def _call_next(engine: Engine, target: int) -> None:
    """Ask at once for the page that has waited longest for a hand at this target."""
    waiting = engine.crowded[target]
    if not waiting:
        return
    job = waiting.popleft()  # before anything is awaited: several hands are freed at once
    with suppress(Retry):  # the job of `_later` and the sweeper ask for it too
        async with engine.database.transaction() as unit:
            await engine.queue.enqueue(unit, [job])


async def _keep(engine: Engine, page: Page) -> None:
    """Renew the lease while the page is worked on, until it is in other hands."""
    while True:
        await engine.clock.sleep(pages.LEASE_S / 3)
        try:
            await pages.renew(engine.database, page, engine.clock.now())
        except Fenced:
            return
        except Retry as error:
            engine.log.warning("lease not renewed", page=page.id, said=error.said)


async def _abandon(engine: Engine, page: Page, after_s: float) -> None:
    with suppress(Retry):  # its lease runs out by itself
        await pages.abandon(engine.database, page, later(engine.clock.now(), after_s))
