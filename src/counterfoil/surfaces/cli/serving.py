"""Serving: the house in this process, or the desk alone, until a signal comes."""

from __future__ import annotations

import asyncio
import signal
import socket
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress

from counterfoil.config import Config
from counterfoil.surfaces.cli.opening import staffed
from counterfoil.surfaces.cli.say import Say
from counterfoil.surfaces.cli.surroundings import heeded
from counterfoil.surfaces.desk import users
from counterfoil.surfaces.desk.exits import Exit
from counterfoil.surfaces.desk.opening import StaffedDesk
from counterfoil.surfaces.desk.watch import channels_of
from counterfoil.surfaces.serve import serve, serve_desk, serve_watch

Sockets = Sequence[socket.socket]


async def served(
    say: Say, config: Config, sockets: Sockets = (), shown: Sockets = (), *, worker: bool = True
) -> int:
    """Serve until a signal comes: a worker, the door for messages where it has `sockets`, and the
    desk for browsers where it is `shown`.

    Ctrl-C is an interruption, the others an orderly end; a second signal waits for nothing.
    """
    stop = asyncio.Event()
    signals: list[int] = []

    def end(number: int, running: asyncio.Future[list[None]]) -> None:
        signals.append(number)
        if stop.is_set():
            running.cancel()
        stop.set()

    role = "up" if sockets else "worker" if worker else "web"
    async with staffed(say, role, config=config) as desk:
        parts = [serve_desk(desk, stop, shown, await _welcome(say, desk))] if shown else []
        if worker:
            parts.append(_house(say, desk, sockets, stop))
        channels = channels_of(desk.config) if sockets and desk.config.file.watch.serve else None
        if channels is not None:
            parts.append(serve_watch(desk.house, _watch(desk.config), channels, stop))
        running = asyncio.gather(*parts)
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, *heeded()):
            loop.add_signal_handler(number, end, number, running)
        if not sockets and not shown:
            say.note("A worker is at work. Ctrl-C stops it.")
        with suppress(asyncio.CancelledError):
            await running
    return Exit.INTERRUPTED if signal.SIGINT in signals else Exit.DONE


async def _house(say: Say, desk: StaffedDesk, sockets: Sockets, stop: asyncio.Event) -> None:
    web = desk.config.file.web
    await serve(
        desk.house,
        worker=True,
        stop=stop,
        sockets=sockets,
        opened=lambda: say.note(f"Up: http://{web.host}:{web.port}. Ctrl-C stops it."),
        waiting=lambda what: say.note(f"Stopping; waiting for {what} (again: at once)."),
    )


def _watch(config: Config) -> Sequence[str]:
    """The command of the watch's own process."""
    return (sys.executable, "-m", "counterfoil", "--project", str(config.folder), "watch", "run")


async def _welcome(say: Say, desk: StaffedDesk) -> Callable[[], None]:
    """What is said when the desk is open; while nobody can sign in, the link of the first admin."""
    door = desk.config.file.desk
    address = f"http://{door.host}:{door.port}"
    link = await users.first_link(desk.database, desk.clock)

    def opened() -> None:
        say.note(f"The desk is open: {address}. Ctrl-C closes it.")
        if link is not None:
            say.note("Nobody can sign in yet. Open this once, within a day, to become the admin:")
            say.note(f"  {address}/welcome/{link.word}")

    return opened
