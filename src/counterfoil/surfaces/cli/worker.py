"""`worker`: one more worker on the same database, on this machine or another."""

from __future__ import annotations

from counterfoil.config.shape import Place
from counterfoil.surfaces.cli.opening import project
from counterfoil.surfaces.cli.say import Spoken
from counterfoil.surfaces.cli.serving import served


async def worker(*, at_once: int | None = None, say: Spoken) -> int:
    """Run one more worker beside a house that is up; all share every vendor's limit.

    Args:
        at_once: How many pages it works on at a time.
    """
    flags: dict[Place, object] = {("worker", "at_once"): at_once}
    return await served(say, project(say, flags))
