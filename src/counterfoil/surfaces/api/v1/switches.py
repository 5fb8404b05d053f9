"""The switch of a route: looked at, then turned by who saw it as it stood."""

from __future__ import annotations

from typing import Annotated

import msgspec

from counterfoil.surfaces.api.v1.endpoint import Found, endpoint
from counterfoil.surfaces.desk import routes
from counterfoil.surfaces.desk.opening import Desk
from counterfoil.surfaces.desk.routes import Switch, Switched, SwitchState
from counterfoil.values.digest import digest_of, short
from counterfoil.values.errors import Refuse

_Why = Annotated[str, msgspec.Meta(min_length=1, max_length=500)]


class OneRoute(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A route by its name."""

    route: str


class Turned(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How the switch is to stand, and why."""

    switch: Switch
    why: _Why


@endpoint("GET", "/routes/{route}/switch", "route switch", "switch")
async def standing(desk: Desk, words: OneRoute) -> Found[SwitchState]:
    """Show how a route's switch stands and who turned it; it is turned with the ETag of this."""
    state = await routes.switch(desk, words.route)
    return Found(state, tag=_tag(state))


@endpoint("PUT", "/routes/{route}/switch", "route pause", "route-switch")
async def turned(desk: Desk, words: OneRoute, body: Turned, tag: str) -> Found[Switched]:
    """Turn a route's switch, with a reason, if it still stands as it was seen."""
    state = await routes.switch(desk, words.route)
    if _tag(state) != tag:
        raise Refuse(
            f"The switch of {words.route} was turned {state.switch} by {state.by}: {state.why}.",
            do="Nothing was done. Look at it as it stands now, then decide again.",
            code="already-done",
        )
    act = {"on": routes.on, "shadow": routes.shadow, "off": routes.pause}[body.switch]
    return Found(await act(desk, words.route, body.why))


def _tag(state: SwitchState) -> str:
    return short(digest_of([state.switch, state.by, str(state.moment)]))
