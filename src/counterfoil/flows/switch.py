"""The switch of a route: only a person turns it, and after a restore not before the count.

A restored journal does not know what left since its copy was made. Until the source has been
counted whole, nobody can say what the switch would let go.
"""

from __future__ import annotations

from counterfoil.flows.route import Switch
from counterfoil.store import pages, routes, tasks
from counterfoil.store.postgres import Database, Executor
from counterfoil.values.clock import Instant
from counterfoil.values.errors import Misconfigured, Refuse


async def turn(
    database: Database, name: str, switch: Switch, at: Instant, by: str, why: str
) -> int:
    """Turn the switch of the route `name`; how many pages that rested in shadow are woken.

    Raises `Misconfigured` where there is no such route, and `Refuse` (code "not-counted") where
    it is to be on and the source has not been counted since the database was restored.
    """
    async with database.transaction() as unit:
        route = await routes.turn(unit, name, switch, at, by, why)
        if route is None:
            raise Misconfigured(f"There is no route named {name!r}.")
        if switch != "on":
            return 0
        await _must_be_counted(unit, route, name)
        return await pages.wake_shadowed(unit, name, at)


async def _must_be_counted(db: Executor, route: int, name: str) -> None:
    restored = await tasks.uncounted(db, route)
    if restored is not None:
        raise Refuse(
            f"The database was restored at {restored.round().format_iso()}, and the source of"
            f" {name} has not been counted since.",
            do=f"Run `counterfoil balance --recount --route {name}`, look at it, then switch on.",
            where=name,
            code="not-counted",
        )
