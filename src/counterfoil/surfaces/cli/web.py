"""`web`: the desk in a browser, beside a house that is up."""

from __future__ import annotations

from counterfoil.config.shape import Place
from counterfoil.surfaces.cli.opening import project
from counterfoil.surfaces.cli.say import Spoken
from counterfoil.surfaces.cli.serving import served
from counterfoil.surfaces.listening import listening


async def web(*, host: str | None = None, port: int | None = None, say: Spoken) -> int:
    """Show the desk to browsers; it sends and reads back itself, and a house does the rest.

    Args:
        host: Where the desk is opened; this machine alone where nothing else is said.
        port: The port that it is opened on.
    """
    flags: dict[Place, object] = {("desk", "host"): host, ("desk", "port"): port}
    config = project(say, flags)
    door = config.file.desk
    with listening(door.host, door.port, "desk") as sockets:
        return await served(say, config, shown=sockets, worker=False)
