"""Serve: the roles of one process, side by side, until it is told to stop.

A part that dies takes nobody with it: it is started again after a moment, and the database is
brought back where it is ours.
"""

from __future__ import annotations

import asyncio
import gc
import socket
from collections.abc import Awaitable, Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial

import msgspec
import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send

from counterfoil.app import House
from counterfoil.flows import timer
from counterfoil.flows.hands import Hands
from counterfoil.flows.intake import Intake
from counterfoil.flows.work import work
from counterfoil.store import workers
from counterfoil.surfaces.api.line import Line
from counterfoil.surfaces.api.v1.application import OURS
from counterfoil.surfaces.api.v1.application import application as asked
from counterfoil.surfaces.api.web import application
from counterfoil.surfaces.desk.opening import StaffedDesk
from counterfoil.surfaces.web.application import application as browsed
from counterfoil.watch.channels import Channels
from counterfoil.watch.keeping import watch_the_watch

_AGAIN_S = 0.5
_SEEN_S = 2.0
_MOMENT_S = 1.0
_PATIENCE_S = 8.0
_YOUNG = 50_000  # objects; a page of a listing is that many, and hardly one is in a cycle


class Part(msgspec.Struct, frozen=True):
    """Something that runs until `until` is set, and may then take `patience_s` to end by itself."""

    name: str
    run: Callable[[], Awaitable[None]]
    until: asyncio.Event
    patience_s: float = 0.0


async def serve(
    house: House,
    *,
    worker: bool,
    stop: asyncio.Event,
    sockets: Sequence[socket.socket] = (),
    opened: Callable[[], None] = lambda: None,
    waiting: Callable[[str], None] = lambda _: None,
) -> None:
    """Run the web door on `sockets`, the worker with its timers, or both, until `stop` is set.

    `opened` is called when the door takes messages; `waiting` is told what keeps it from ending,
    where that takes longer than a moment.
    """
    engine, last = house.engine, asyncio.Event()
    parts = [Part("the database", lambda: _tend(house), last)]
    hands = Hands(partial(work, engine), house.config.file.worker.at_once if worker else 0)
    if sockets:
        intake = Intake(engine, hands)
        door = partial(_open, house, intake, sockets, stop, opened)
        parts += [Part("the intake", intake.run, last), Part("the door", door, stop, _PATIENCE_S)]
    if worker:
        pages = partial(_work, house, stop)
        parts += [
            Part("the pages in hand", pages, stop, _PATIENCE_S),
            # What they were at is found again: the next listing begins from the last mark.
            Part("the timers", lambda: timer.run(engine), stop),
        ]
    tasks = {part.name: asyncio.create_task(_kept_up(house, part)) for part in parts}
    collect_rarely()
    try:
        await stop.wait()
        ending = {part.name: tasks[part.name] for part in parts if part.until is stop}
        await _ended(ending, waiting)
        # Only now comes nothing more into them.
        await _ended({"the messages in hand": asyncio.create_task(hands.rest())}, waiting)
        last.set()
        await asyncio.gather(*tasks.values(), return_exceptions=True)
    finally:
        for task in tasks.values():
            task.cancel()
        gc.unfreeze()  # else libraries take what is here to stay for what was never let go


async def serve_desk(
    desk: StaffedDesk,
    stop: asyncio.Event,
    sockets: Sequence[socket.socket],
    opened: Callable[[], None] = lambda: None,
) -> None:
    """Show the desk to browsers on `sockets` until `stop` is set; `opened` is called when it is."""

    async def shown() -> None:
        await _desk_door(desk).kept_open(sockets, stop, opened)

    await _kept_up(desk.house, Part("the desk", shown, stop, _PATIENCE_S))


async def serve_watch(
    house: House, command: Sequence[str], channels: Channels, stop: asyncio.Event
) -> None:
    """Keep the watch's own process up, and an eye on it, until `stop` is set."""
    engine = house.engine

    async def process() -> None:
        running = await asyncio.create_subprocess_exec(*command)
        try:
            await running.wait()
        finally:
            if running.returncode is None:
                running.terminate()
                await running.wait()

    async def eye() -> None:
        await watch_the_watch(engine.database, channels, engine.clock)

    parts = (Part("the watch", process, stop, 0.0), Part("the eye on the watch", eye, stop))
    await asyncio.gather(*(_kept_up(house, part) for part in parts))


async def _ended(ending: Mapping[str, asyncio.Task[None]], waiting: Callable[[str], None]) -> None:
    """Wait until all have ended, and say for which where it is not at once."""
    _, late = await asyncio.wait(ending.values(), timeout=_MOMENT_S)
    if late:
        waiting(", ".join(name for name, task in ending.items() if task in late))
        await asyncio.wait(late)


def collect_rarely() -> None:
    """Let the garbage collector pass over what is here to stay, and look when there is much new.

    As Python sets it, it takes half the time of reading a listing.
    """
    gc.freeze()
    gc.set_threshold(_YOUNG, 20, 20)


async def _kept_up(house: House, part: Part) -> None:
    """Run a part, and run it again when it dies, until it is told to end."""
    while not part.until.is_set():
        running = asyncio.ensure_future(part.run())
        stopping = asyncio.ensure_future(part.until.wait())
        try:
            await asyncio.wait({running, stopping}, return_when=asyncio.FIRST_COMPLETED)
            if part.until.is_set():
                await asyncio.wait({running}, timeout=part.patience_s)
        finally:
            stopping.cancel()
            running.cancel()
            await asyncio.wait({running})
        error = None if running.cancelled() else running.exception()
        if error is not None:
            house.engine.log.warning("part died, started again", error=str(error)[:300])
        if not part.until.is_set():
            await house.engine.clock.sleep(_AGAIN_S)


async def _work(house: House, stop: asyncio.Event) -> None:
    at_once = house.config.file.worker.at_once
    house.engine.hands = at_once
    await house.engine.queue.serve(partial(work, house.engine), stop, at_once)


async def _open(
    house: House,
    intake: Intake,
    sockets: Sequence[socket.socket],
    stop: asyncio.Event,
    opened: Callable[[], None],
) -> None:
    """Take messages on copies of `sockets`, which another door can have when this one dies."""
    await _door(house, intake).kept_open(sockets, stop, opened)


class Door(uvicorn.Server):
    """The server of messages. Signals are the command's, never its own."""

    opened: Callable[[], None] = staticmethod(lambda: None)

    @contextmanager
    def capture_signals(self) -> Generator[None]:
        """Leave every signal to the command."""
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listen, and say so."""
        await super().startup(sockets=sockets)
        self.opened()

    async def kept_open(
        self, sockets: Sequence[socket.socket], stop: asyncio.Event, opened: Callable[[], None]
    ) -> None:
        """Serve on copies of `sockets` until `stop` is set; `opened` is called when it does."""
        self.opened = opened
        closing = asyncio.create_task(self._close(stop))
        try:
            await self.serve(sockets=[listener.dup() for listener in sockets])
        finally:
            closing.cancel()

    async def _close(self, stop: asyncio.Event) -> None:
        """Wait for `stop`, then end when what is in hand is answered."""
        await stop.wait()
        self.should_exit = True


def _door(house: House, intake: Intake) -> Door:
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
    return Door(config)


def _for_both(desk: StaffedDesk) -> ASGIApp:
    """The desk for programs at its own addresses, and for browsers at all others."""
    programs, browsers = asked(desk), browsed(desk)

    async def either(scope: Scope, receive: Receive, send: Send) -> None:
        ours = scope.get("path", "").startswith(OURS)
        await (programs if ours else browsers)(scope, receive, send)

    return either


def _desk_door(desk: StaffedDesk) -> Door:
    config = uvicorn.Config(
        _for_both(desk),
        http="httptools",
        ws="none",
        access_log=False,
        log_config=None,
        log_level="warning",
        lifespan="off",
        limit_concurrency=200,
        timeout_graceful_shutdown=5,
        server_header=False,
        proxy_headers=False,  # a stranger's word about where he is from decides nothing
    )
    return Door(config)


async def _tend(house: House) -> None:
    """Say that this process is alive, note which guards acted, and keep our own database up."""
    engine = house.engine
    while True:
        await house.server.ensure()
        role = engine.holder.split("-")[0]
        await workers.sign_on(engine.database, engine.holder, role, engine.clock.now())
        fired = {name: count for name, count in engine.fired.items() if count}
        engine.fired.clear()
        if fired:
            await workers.count_guards(engine.database, fired)
        await engine.clock.sleep(_SEEN_S)
