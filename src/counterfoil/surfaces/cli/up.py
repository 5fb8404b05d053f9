"""`up`: the whole house in one process, until it is told to stop."""

from __future__ import annotations

import asyncio
import signal

from counterfoil.config.shape import Place
from counterfoil.surfaces.cli.exits import Exit
from counterfoil.surfaces.cli.opening import house, project
from counterfoil.surfaces.cli.say import Say, Spoken
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
    web = config.file.web
    said = f"Up: http://{web.host}:{web.port}."
    if not config.file.rehearsal:
        if until_quiet:
            raise Misconfigured(
                "--until-quiet is for the folder of a rehearsal.",
                do="Make one with `counterfoil demo --keep DIR`.",
            )
        return await served(say, flags, door=True, said=said)
    from counterfoil.rehearse.demo import staged

    async with staged(config, say.clock):
        if until_quiet:
            return await _until_quiet(say, flags)
        return await served(say, flags, door=True, said=said)


async def _until_quiet(say: Say, flags: dict[Place, object]) -> int:
    from counterfoil.rehearse.demo import go_on
    from counterfoil.surfaces.cli.demo import tell
    from counterfoil.surfaces.serve import serve

    stop = asyncio.Event()
    async with house(say, "up", config=project(say, flags)) as opened:
        serving = asyncio.create_task(serve(opened, web=True, worker=True, stop=stop))
        try:
            with say.progress() as advance:
                told = await go_on(opened, advance)
        finally:
            stop.set()
            await serving
    return tell(say, told)


async def served(say: Say, flags: dict[Place, object], *, door: bool, said: str) -> int:
    """Serve until a signal comes; Ctrl-C is an interruption, the others an orderly end."""
    from counterfoil.surfaces.serve import serve

    stop = asyncio.Event()
    came: list[int] = []

    def end(number: int) -> None:
        came.append(number)
        stop.set()

    async with house(say, "up" if door else "worker", config=project(say, flags)) as opened:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, end, number)
        say.note(f"{said} Ctrl-C stops it.")
        await serve(opened, web=door, worker=True, stop=stop)
    return Exit.INTERRUPTED if signal.SIGINT in came else Exit.DONE
