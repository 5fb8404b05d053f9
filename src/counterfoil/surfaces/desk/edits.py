"""Edits: what somebody changed at a target in fields that another connection masters."""

from __future__ import annotations

import msgspec

from counterfoil.flows import edits as asking
from counterfoil.flows.edits import Edit
from counterfoil.surfaces.desk.acts import asks
from counterfoil.surfaces.desk.opening import StaffedDesk
from counterfoil.values.errors import Misconfigured
from counterfoil.values.nearest import near


class Edits(msgspec.Struct, frozen=True):
    """What was changed at the target of a route after it was confirmed."""

    route: str
    edits: tuple[Edit, ...]


@asks("route edits")
async def edits(desk: StaffedDesk, name: str) -> Edits:
    """Read back all that a route's target holds, and tell what is other there than it was sent.

    Raises `Misconfigured` where there is no such route.
    """
    routes = {route.name: route for route in desk.engine.routes.values()}
    if name not in routes:
        raise Misconfigured(f"There is no route named {name!r}.", do=near(name, routes))
    return Edits(name, tuple([edit async for edit in asking.edits(desk.engine, routes[name])]))
