"""Work: a worker's handling of one page, and the one place where the unforeseen is caught."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress

from counterfoil.flows.capture import arrived
from counterfoil.flows.deliver import deliver, leave
from counterfoil.flows.engine import Engine
from counterfoil.kit.throttle import lane
from counterfoil.store import pages
from counterfoil.store.journal import Overtaken
from counterfoil.store.pages import Fenced, Page, Stage
from counterfoil.values.clock import later
from counterfoil.values.errors import CounterfoilError, Halt, Retry
from counterfoil.values.ids import PageId, reference
from counterfoil.values.strike import strike

_LIVE = 50  # pages below this priority leave a share of every budget to those above
_RESERVE = 0.25
_AGAIN_S = 1.0
_BROKEN_S = 30.0


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
    route = engine.routes.get(page.route)
    if route is None:
        raise Halt(f"Page {page.id} belongs to a route that is not configured.")
    keeper = asyncio.create_task(_keep(engine, page))
    try:
        async with _in_its_lane(engine, page):
            if page.stage == Stage.ARRIVED:
                await arrived(engine, route, page)
            await deliver(engine, route, page)
        await leave(engine, page)
    except (Fenced, Overtaken) as error:
        engine.fired[error.code] += 1
        await _abandon(engine, page, _AGAIN_S)
    except Retry:
        raise
    except CounterfoilError as error:
        engine.log.exception("page stopped", page=page.id, said=error.said, do=error.do)
        await _abandon(engine, page, _BROKEN_S)
    except Exception:
        told = reference(engine.chance)
        engine.log.exception("page broke", page=page.id, reference=told)
        await _abandon(engine, page, _BROKEN_S)
    finally:
        keeper.cancel()


@asynccontextmanager
async def _in_its_lane(engine: Engine, page: Page) -> AsyncGenerator[None]:
    """Let a live page begin at once, and one that can wait when few of its kind are at work."""
    if page.priority >= _LIVE:
        with lane(0.0):
            yield
        return
    async with engine.patient:
        with lane(_RESERVE):
            yield


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
