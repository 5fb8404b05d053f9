"""The application itself: the door at which limits, sign-in and bad days are met."""

from __future__ import annotations

import random
from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from counterfoil.twins.faults import Faults
from counterfoil.twins.orderwise.answers import (
    Unanswered,
    refusal,
    sign_in_page,
    too_many,
    unauthorised,
)
from counterfoil.twins.orderwise.meter import Meter
from counterfoil.twins.orderwise.routes import SIGN_IN
from counterfoil.twins.orderwise.sign_in import SignIn
from counterfoil.twins.orderwise.site import Site
from counterfoil.values.clock import Clock

CONTROL = "/_twin/"
_BEFORE = ("too_many", "server_error_before", "timeout_before", "html_page")
_SLOW_S = (0.3, 1.0)


class _Visit:
    """A call inside the door: it holds a slot until it leaves, and leaves once."""

    def __init__(self, meter: Meter) -> None:
        self._meter: Meter | None = meter

    def leave(self) -> None:
        """Give the slot back."""
        if self._meter is not None:
            self._meter.leave()
            self._meter = None


class Door:
    """The ASGI application of a twin; behind it lie the `inside` and, uncounted, the `control`.

    `patience_s`: how long a caller waits, in seconds. `mature`: how many calls a token serves
    before it can be forgotten. `after` is called when a counted call is over.
    """

    def __init__(
        self,
        inside: ASGIApp,
        control: ASGIApp,
        *,
        meter: Meter,
        sign_in: SignIn,
        faults: Faults,
        site: Site,
        clock: Clock,
        chance: random.Random,
        patience_s: float,
        mature: int,
        after: Callable[[], None],
    ) -> None:
        self._inside = inside
        self._control = control
        self._meter = meter
        self._sign_in = sign_in
        self._faults = faults
        self._site = site
        self._clock = clock
        self._chance = chance
        self._patience_s = patience_s
        self._mature = mature
        self._after = after

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one call. Raises `Cut` where the connection is cut."""
        if scope["type"] != "http" or scope["path"].startswith(CONTROL):
            await self._control(scope, receive, send)
            return
        wait_s = self._meter.enter(self._clock.monotonic())
        if wait_s:
            await too_many(wait_s)(scope, receive, send)
            return
        visit = scope["visit"] = _Visit(self._meter)
        try:
            met = await self._met(Request(scope))
            await (met or self._inside)(scope, receive, send)
        finally:
            visit.leave()
            self._after()

    async def _met(self, request: Request) -> Response | None:
        if request.url.path == self._site.base_path + SIGN_IN:
            return None
        if not self._known(request.headers.get("authorization", "")):
            return unauthorised()
        struck = next((name for name in _BEFORE if self._faults.strikes(name)), None)
        if struck is not None:
            return self._bad_day(struck)
        if self._faults.strikes("slow"):
            longest_s = self._patience_s / 2  # slower still, and it would be silence
            await self._clock.sleep(min(self._faults.draw(*_SLOW_S), longest_s))
        return None

    def _known(self, authorization: str) -> bool:
        served = self._sign_in.served(authorization)
        if served is None:
            return False
        # A token that was just fetched because of a 401 must not be refused as well.
        if served >= self._mature and self._faults.strikes("token_expired"):
            self._sign_in.forget(authorization)
            return False
        return True

    def _bad_day(self, struck: str) -> Response:
        if struck == "too_many":
            return too_many(1)
        if struck == "timeout_before":
            return Unanswered(self._clock, self._patience_s)
        if struck == "html_page":
            return sign_in_page()
        return refusal(self._site, self._chance.choice((500, 503)), "An error has occurred")
