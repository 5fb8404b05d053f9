"""`up`: the whole house in one process, until it is told to stop."""

from __future__ import annotations

import asyncio
import signal

from counterfoil.surfaces.cli.exits import Exit
from counterfoil.surfaces.cli.opening import house, project
from counterfoil.surfaces.cli.say import Say, Spoken


async def up(*, host: str | None = None, port: int | None = None, say: Spoken) -> int:
    """Run everything in one process: the door for messages, a worker, the timers.

    Args:
        host: Where the door listens.
        port: The port that it listens on.
    """
    flags = {("web", "host"): host, ("web", "port"): port}
    config = project(say, flags)
    web = config.file.web
    return await served(say, flags, door=True, said=f"Up: http://{web.host}:{web.port}.")


async def served(say: Say, flags: dict[tuple[str, ...], object], *, door: bool, said: str) -> int:
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
