"""Rehearsal: `up` in the folder of one, with the simulated systems started too."""

from __future__ import annotations

import asyncio

from counterfoil.config import Config
from counterfoil.rehearse.demo.demo import go_on, staged
from counterfoil.surfaces.cli.demo import tell
from counterfoil.surfaces.cli.opening import staffed
from counterfoil.surfaces.cli.say import Say
from counterfoil.surfaces.cli.serving import Sockets, served
from counterfoil.surfaces.serve import serve


async def played(
    say: Say, config: Config, sockets: Sockets, shown: Sockets, *, until_quiet: bool
) -> int:
    """Serve beside the simulated systems until a signal comes, or until every sale is at rest."""
    async with staged(config, say.clock):
        if until_quiet:
            return await _until_quiet(say, config, sockets)
        return await served(say, config, sockets, shown)


async def _until_quiet(say: Say, config: Config, sockets: Sockets) -> int:
    stop = asyncio.Event()
    async with staffed(say, "up", config=config) as desk:
        serving = asyncio.create_task(serve(desk.house, worker=True, stop=stop, sockets=sockets))
        try:
            with say.progress() as advance:
                outcome = await go_on(desk.house, advance)
        finally:
            stop.set()
            await serving
    return tell(say, outcome)
