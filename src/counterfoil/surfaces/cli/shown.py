"""Shown: the desk, left open on what a rehearsal has just played."""

from __future__ import annotations

from pathlib import Path

from counterfoil.config import load
from counterfoil.rehearse.demo.demo import staged
from counterfoil.surfaces.cli.say import Say
from counterfoil.surfaces.cli.serving import served
from counterfoil.surfaces.listening import listening


async def shown(say: Say, folder: Path) -> int:
    """Serve the house of a rehearsal's folder and its desk, beside the simulated systems, until a
    signal comes."""
    config = load(folder)
    web, door = config.file.web, config.file.desk
    with listening(web.host, web.port) as sockets, listening(door.host, door.port, "desk") as desk:
        async with staged(config, say.clock):
            return await served(say, config, sockets, desk)
