"""Edits: what somebody changed at a target in fields that another connection masters."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from counterfoil.flows import edits as asking
from counterfoil.flows.edits import Edit
from counterfoil.store import edits as store
from counterfoil.surfaces.desk.acts import asks
from counterfoil.surfaces.desk.duties import owner
from counterfoil.surfaces.desk.opening import StaffedDesk
from counterfoil.values.clock import Instant, from_stdlib
from counterfoil.values.errors import Misconfigured
from counterfoil.values.ids import RecordId
from counterfoil.values.nearest import near

_MOST = 200


class Flagged(msgspec.Struct, frozen=True):
    """An edit that a newer version was written over: which record that is, when, and the fields."""

    record: RecordId
    number: str
    at: Instant
    fields: Mapping[str, object]


class Edits(msgspec.Struct, frozen=True):
    """What was changed at the target of a route after it was confirmed, whom it concerns, and what
    was written over before, as far as the route flags that."""

    route: str
    edits: tuple[Edit, ...]
    owner: str = ""
    flagged: tuple[Flagged, ...] = ()


@asks("route edits")
async def edits(desk: StaffedDesk, name: str) -> Edits:
    """Read back all that a route's target holds, and tell what is other there than it was sent; and
    which edits newer versions were written over.

    Raises `Misconfigured` where there is no such route.
    """
    routes = {route.name: route for route in desk.engine.routes.values()}
    if name not in routes:
        raise Misconfigured(f"There is no route named {name!r}.", do=near(name, routes))
    found = tuple([edit async for edit in asking.edits(desk.engine, routes[name])])
    flagged = tuple(
        Flagged(row.record, row.number, from_stdlib(row.at), msgspec.json.decode(row.fields))
        for row in await store.flagged(desk.database, name, _MOST)
    )
    return Edits(name, found, owner(desk.config, name, "edited-there"), flagged)
