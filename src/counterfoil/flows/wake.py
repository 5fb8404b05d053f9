"""Wake: what waits for another document is made due by the commit in which that comes, or ends."""

from __future__ import annotations

from collections.abc import Sequence

from counterfoil.flows.engine import Engine
from counterfoil.flows.queue import Job, key
from counterfoil.flows.route import needy
from counterfoil.model.words import Word
from counterfoil.store import waits
from counterfoil.store.postgres import Transaction


def needed(engine: Engine) -> bool:
    """Whether there is a route whose documents need others at all."""
    return any(needy(route) for route in engine.routes.values())


async def wake(
    engine: Engine,
    unit: Transaction,
    word: Word,
    subjects: Sequence[int],
    connections: Sequence[int],
) -> None:
    """Make due, in this very commit, what waits for one of these documents: it got a name at one of
    the connections, or was left out of a route to it."""
    if not (subjects and needed(engine)):
        return
    for connection in sorted(set(connections)):
        await waits.sharing(unit, connection)
    woken = await waits.wake(unit, word, sorted(set(subjects)), engine.clock.now())
    if woken:
        engine.fired["woken"] += len(woken)
        jobs = [Job(page.id, page.priority, key=key(page.id)) for page in woken]
        await engine.queue.enqueue(unit, jobs)
