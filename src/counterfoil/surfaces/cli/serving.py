"""Serving: the house in this process, until a signal comes."""

from __future__ import annotations

import asyncio
import signal
import socket
from collections.abc import Sequence
from contextlib import suppress

from counterfoil.config import Config
from counterfoil.surfaces.cli.opening import staffed
from counterfoil.surfaces.cli.say import Say
from counterfoil.surfaces.cli.surroundings import heeded
from counterfoil.surfaces.desk.exits import Exit
from counterfoil.surfaces.serve import serve


async def served(say: Say, config: Config, sockets: Sequence[socket.socket] = ()) -> int:
    """Serve until a signal comes: the door too where it has `sockets`, else a worker only.

    Ctrl-C is an interruption, the others an orderly end; a second signal waits for nothing.
    """
    stop = asyncio.Event()
    signals: list[int] = []

    def end(number: int, running: asyncio.Future[None]) -> None:
        signals.append(number)
        if stop.is_set():
            running.cancel()
        stop.set()

    web = config.file.web
    async with staffed(say, "up" if sockets else "worker", config=config) as desk:
        running = asyncio.ensure_future(
            serve(
                desk.house,
                worker=True,
                stop=stop,
                sockets=sockets,
                opened=lambda: say.note(f"Up: http://{web.host}:{web.port}. Ctrl-C stops it."),
                waiting=lambda what: say.note(f"Stopping; waiting for {what} (again: at once)."),
            )
        )
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, *heeded()):
            loop.add_signal_handler(number, end, number, running)
        if not sockets:
            say.note("A worker is at work. Ctrl-C stops it.")
        with suppress(asyncio.CancelledError):
            await running
    return Exit.INTERRUPTED if signal.SIGINT in signals else Exit.DONE
