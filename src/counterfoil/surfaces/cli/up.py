"""`up`: the whole house in one process, until it is told to stop."""

from __future__ import annotations

import asyncio
import signal
import socket
from collections.abc import Sequence
from contextlib import suppress

from counterfoil.config import Config
from counterfoil.config.shape import Place
from counterfoil.surfaces.cli.exits import Exit
from counterfoil.surfaces.cli.opening import house, project
from counterfoil.surfaces.cli.say import Say, Spoken
from counterfoil.surfaces.cli.surroundings import heeded
from counterfoil.surfaces.listening import listening
from counterfoil.values.errors import Misconfigured


async def up(
    *, host: str | None = None, port: int | None = None, until_quiet: bool = False, say: Spoken
) -> int:
    """Run everything in one process: the door for messages, a worker, the timers.

    In a rehearsal's folder the simulated systems are started too, where they do not run yet.

    Args:
        host: Where the door listens.
        port: The port that it listens on.
        until_quiet: In a rehearsal's folder: end when every sale is at rest, and tell the story.
    """
    flags: dict[Place, object] = {("web", "host"): host, ("web", "port"): port}
    config = project(say, flags)
    if until_quiet and not config.file.rehearsal:
        raise Misconfigured(
            "--until-quiet is for the folder of a rehearsal.",
            do="Make one with `counterfoil demo --keep DIR`.",
        )
    with listening(config.file.web.host, config.file.web.port) as sockets:
        if not config.file.rehearsal:
            return await served(say, config, sockets)
        from counterfoil.rehearse.demo.demo import staged

        async with staged(config, say.clock):
            serving = _until_quiet if until_quiet else served
            return await serving(say, config, sockets)


async def _until_quiet(say: Say, config: Config, sockets: Sequence[socket.socket]) -> int:
    from counterfoil.rehearse.demo.demo import go_on
    from counterfoil.surfaces.cli.demo import tell
    from counterfoil.surfaces.serve import serve

    stop = asyncio.Event()
    async with house(say, "up", config=config) as opened:
        serving = asyncio.create_task(serve(opened, worker=True, stop=stop, sockets=sockets))
        try:
            with say.progress() as advance:
                told = await go_on(opened, advance)
        finally:
            stop.set()
            await serving
    return tell(say, told)


async def served(say: Say, config: Config, sockets: Sequence[socket.socket] = ()) -> int:
    """Serve until a signal comes: the door too where it has `sockets`, else a worker only.

    Ctrl-C is an interruption, the others an orderly end; a second signal waits for nothing.
    """
    from counterfoil.surfaces.serve import serve

    stop = asyncio.Event()
    came: list[int] = []

    def end(number: int, running: asyncio.Future[None]) -> None:
        came.append(number)
        if stop.is_set():
            running.cancel()
        stop.set()

    web = config.file.web
    async with house(say, "up" if sockets else "worker", config=config) as opened:
        running = asyncio.ensure_future(
            serve(
                opened,
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
    return Exit.INTERRUPTED if signal.SIGINT in came else Exit.DONE
