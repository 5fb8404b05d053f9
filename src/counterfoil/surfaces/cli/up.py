"""`up`: the whole house in one process, until it is told to stop."""

from __future__ import annotations

from contextlib import ExitStack

from counterfoil.config.shape import Place
from counterfoil.surfaces.cli.opening import project
from counterfoil.surfaces.cli.say import Spoken
from counterfoil.surfaces.cli.serving import served
from counterfoil.surfaces.listening import listening
from counterfoil.values.errors import Misconfigured


async def up(
    *, host: str | None = None, port: int | None = None, until_quiet: bool = False, say: Spoken
) -> int:
    """Run everything in one process: the door for messages, a worker, the timers; and the desk,
    where [desk] serve says so.

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
    door = config.file.desk
    with ExitStack() as stack:
        web = config.file.web
        sockets = stack.enter_context(listening(web.host, web.port))
        desk_sockets = (
            stack.enter_context(listening(door.host, door.port, "desk")) if door.serve else []
        )
        if not config.file.rehearsal:
            return await served(say, config, sockets, desk_sockets)
        # An estate's own process never reads the rehearsals, their vendors and their traffic.
        from counterfoil.surfaces.cli import rehearsal  # noqa: PLC0415

        return await rehearsal.played(say, config, sockets, desk_sockets, until_quiet=until_quiet)
