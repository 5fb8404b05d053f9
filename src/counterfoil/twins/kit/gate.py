"""The application itself: the gate at which limits, sign-in and bad days are met.

A call is counted; it meets the limits, then the credential, then the faults that come before any
work, then the work; and when it is over, its slot is given back.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from counterfoil.twins.kit.limits import Meter

CONTROL = "/_twin/"


def _everything(path: str) -> bool:
    return True


def _nothing(path: str) -> bool:
    return False


def _no_headers(scope: Scope) -> Mapping[str, str]:
    return {}


async def _good_day(request: Request) -> Response | None:
    return None


class Front(msgspec.Struct, frozen=True, kw_only=True):
    """What a vendor has at its gate.

    `known`: whether a call brings the right credential; `stranger` refuses one that does not;
    `too_many` refuses one that must wait so many seconds. `counted`: the paths that are counted and
    guarded; `unguarded`: those of them that need no credential and meet no faults here. `before`:
    what comes in place of an answer on a bad day. `headers` go with every answer to a call.
    """

    known: Callable[[Request], bool]
    stranger: Callable[[Request], Response]
    too_many: Callable[[float], Response]
    counted: Callable[[str], bool] = _everything
    unguarded: Callable[[str], bool] = _nothing
    before: Callable[[Request], Awaitable[Response | None]] = _good_day
    headers: Callable[[Scope], Mapping[str, str]] = _no_headers


class _Visit:
    """A call inside the gate: it holds a slot until it leaves, and leaves once."""

    def __init__(self, meter: Meter) -> None:
        self._meter: Meter | None = meter

    def leave(self) -> None:
        """Give the slot back."""
        if self._meter is not None:
            self._meter.leave()
            self._meter = None


class Gate:
    """The ASGI application of a twin; behind it lie the `inside` and, uncounted, the `control`."""

    def __init__(self, inside: ASGIApp, control: ASGIApp, meter: Meter, front: Front) -> None:
        self._inside = inside
        self._control = control
        self._meter = meter
        self._front = front

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one call. Raises `Cut` where the connection is cut."""
        if scope["type"] != "http" or scope["path"].startswith(CONTROL):
            await self._control(scope, receive, send)
        elif not self._front.counted(scope["path"]):
            await self._inside(scope, receive, send)
        else:
            await self._served(scope, receive, self._signed(scope, send))

    async def _served(self, scope: Scope, receive: Receive, send: Send) -> None:
        wait_s = self._meter.enter()
        if wait_s:
            await self._front.too_many(wait_s)(scope, receive, send)
            return
        visit = scope["visit"] = _Visit(self._meter)
        try:
            met = await self._met(scope)
            await (met or self._inside)(scope, receive, send)
        finally:
            visit.leave()

    async def _met(self, scope: Scope) -> Response | None:
        request = Request(scope)
        if self._front.unguarded(scope["path"]):
            return None
        if not self._front.known(request):
            return self._front.stranger(request)
        return await self._front.before(request)

    def _signed(self, scope: Scope, send: Send) -> Send:
        """The same, with the headers that every answer has."""

        async def signed(message: Message) -> None:
            if message["type"] == "http.response.start":
                constant = self._front.headers(scope)
                headers = [
                    (name.lower().encode(), text.encode()) for name, text in constant.items()
                ]
                message = {**message, "headers": [*message["headers"], *headers]}
            await send(message)

        return signed
