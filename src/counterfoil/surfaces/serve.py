"""Serve: the roles of one process, side by side, until it is told to stop.

A part that dies takes nobody with it: it is started again after a moment, and the database is
brought back where it is ours.
"""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Awaitable, Callable
from functools import partial

import uvicorn

from counterfoil.app import House
from counterfoil.flows import timer
from counterfoil.flows.hands import Hands
from counterfoil.flows.intake import Intake
from counterfoil.flows.work import work
from counterfoil.surfaces.api.line import Line
from counterfoil.surfaces.api.web import application

_AGAIN_S = 0.5
_SEEN_S = 2.0
_YOUNG = 50_000  # objects; a page of a listing is that many, and hardly one is in a cycle


async def serve(house: House, *, web: bool, worker: bool, stop: asyncio.Event) -> None:
    """Run the web door, the worker with its timers, or both, until `stop` is set."""
    collect_rarely()
    parts: list[Callable[[], Awaitable[None]]] = [lambda: _tend(house)]
    door: uvicorn.Server | None = None
    hands = Hands(partial(work, house.engine), house.config.file.worker.at_once if worker else 0)
    if web:
        intake = Intake(house.engine, hands)
        door = _door(house, intake)
        parts += [intake.run, lambda: _open(door)]
    if worker:
        parts += [lambda: _work(house, stop), lambda: timer.run(house.engine)]
    tasks = [asyncio.create_task(_kept_up(house, part, stop)) for part in parts]
    await stop.wait()
    if door is not None:
        door.should_exit = True
    await asyncio.wait(tasks, timeout=10)
    for task in tasks:
        task.cancel()
    await asyncio.gather(hands.rest(), *tasks, return_exceptions=True)


def collect_rarely() -> None:
    """Let the garbage collector pass over what is here to stay, and look when there is much new.

    As Python sets it, it takes half the time of reading a listing.
    """
    gc.freeze()
    gc.set_threshold(_YOUNG, 20, 20)


async def _kept_up(house: House, part: Callable[[], Awaitable[None]], stop: asyncio.Event) -> None:
    """Run a part, and run it again when it dies, until `stop` is set."""
    while not stop.is_set():
        running = asyncio.ensure_future(part())
        stopping = asyncio.ensure_future(stop.wait())
        await asyncio.wait({running, stopping}, return_when=asyncio.FIRST_COMPLETED)
        stopping.cancel()
        if stop.is_set():
            await _ended(running)
            return
        error = running.exception()
        if error is not None:
            house.engine.log.warning("part died, started again", error=str(error)[:300])
        await house.engine.clock.sleep(_AGAIN_S)


async def _ended(running: asyncio.Future[None]) -> None:
    """Let the part end by itself for a moment, then end it."""
    done, _ = await asyncio.wait({running}, timeout=8)
    if not done:
        running.cancel()
        await asyncio.wait({running})


async def _work(house: House, stop: asyncio.Event) -> None:
    at_once = house.config.file.worker.at_once
    await house.engine.queue.serve(partial(work, house.engine), stop, at_once)


async def _open(door: uvicorn.Server) -> None:
    await door.serve()


def _door(house: House, intake: Intake) -> uvicorn.Server:
    config = uvicorn.Config(
        application(house, intake),
        host=house.config.file.web.host,
        port=house.config.file.web.port,
        http=Line,
        ws="none",
        access_log=False,
        log_config=None,  # its lines are ours to write
        log_level="warning",
        lifespan="off",
        limit_concurrency=2000,
        timeout_keep_alive=30,
        timeout_graceful_shutdown=5,
        server_header=False,
    )
    server = uvicorn.Server(config)
    server.install_signal_handlers = lambda: None  # type: ignore[method-assign]
    return server


async def _tend(house: House) -> None:
    """Say that this process is alive, note which guards acted, and keep our own database up."""
    engine = house.engine
    while True:
        await house.server.ensure()
        now = engine.clock.now().to_stdlib()
        await engine.database.run("sign_on", engine.holder, engine.holder.split("-")[0], now)
        fired = {name: count for name, count in engine.fired.items() if count}
        engine.fired.clear()
        if fired:
            await engine.database.run("fire_guards", list(fired), list(fired.values()))
        await engine.clock.sleep(_SEEN_S)
