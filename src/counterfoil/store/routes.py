"""Routes: the number of each, and how its switch stands."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from counterfoil.store.postgres import Executor
from counterfoil.store.query import Query
from counterfoil.values.clock import Instant


class RouteRow(NamedTuple):
    """A route, its switch ("on", "shadow" or "off"), who turned it, when and why; and at which
    release it stands (0: at none yet)."""

    id: int
    name: str
    switch: str
    switched_at: datetime
    switched_by: str
    why: str
    release: int


_EVERY = Query("routes", RouteRow)
_SWITCH = Query("switch_route", int)
_IN_SHADOW = Query("in_shadow", int)


async def add(db: Executor, name: str, switch: str, at: Instant) -> None:
    """Give a route a number and a switch, where it has none; in shadow rather than on where the
    database was put back from a copy."""
    await db.run("name_route", name, switch, at.to_stdlib())


async def every(db: Executor) -> list[RouteRow]:
    """Every route, the oldest first."""
    return await _EVERY.rows(db)


async def turn(db: Executor, name: str, switch: str, at: Instant, by: str, why: str) -> int | None:
    """Turn the switch of a route: its number, None where there is no such route."""
    return await _SWITCH.first(db, name, switch, at.to_stdlib(), by, why)


async def stays_in_shadow(db: Executor, route: int) -> bool:
    """Whether the route is in shadow; where it is, nobody turns its switch before the unit of work
    ends."""
    return await _IN_SHADOW.first(db, route) is not None
