"""What OrderWise sends back, and the three ways in which it does not."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

import msgspec
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from counterfoil.twins.faults import Cut
from counterfoil.twins.orderwise.site import Site
from counterfoil.values.clock import Clock

_SIGN_IN_PAGE = (
    "<!DOCTYPE html><html><head><title>OrderWise Web Access</title></head>"
    "<body><form><input name='user'><input name='password' type='password'></form></body></html>"
)
_BEYOND = 1.2  # a silent connection is held this much longer than the caller is patient


class Visit(Protocol):
    """A call that holds one of the account's slots."""

    def leave(self) -> None:
        """Give the slot back; once is enough."""
        ...


def answer(value: object) -> Response:
    """`value` as JSON, with 200."""
    return json(msgspec.json.encode(value))


def json(body: bytes) -> Response:
    """Encoded JSON, with 200."""
    return Response(body, media_type="application/json")


def refusal(site: Site, status: int, text: str) -> Response:
    """A refusal, its text in the shape that the site has."""
    if site.error_body == "empty":
        return Response(status_code=status)
    if site.error_body == "message":
        body = msgspec.json.encode({"Message": text})
        return Response(body, status, media_type="application/json")
    return Response(text, status, media_type="text/plain")


def unauthorised() -> Response:
    """401, which OrderWise sends without a body."""
    return Response(status_code=401)


def too_many(wait_s: int) -> Response:
    """429 with the whole seconds to wait."""
    return Response("Too many requests", 429, {"retry-after": str(wait_s)}, "text/plain")


def sign_in_page() -> Response:
    """A web page with 200, from something that stands in front of the API."""
    return Response(_SIGN_IN_PAGE, media_type="text/html")


class Unanswered(Response):
    """Silence for longer than the caller is patient, then a cut.

    The slot is given back at once: nothing works for this caller any more.
    """

    def __init__(self, clock: Clock, patience_s: float) -> None:
        super().__init__(b"{}", media_type="application/json")
        self._clock = clock
        self._held_s = patience_s * _BEYOND

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hold the connection, then cut it. Raises `Cut`."""
        visit: Visit = scope["visit"]
        visit.leave()
        await self._clock.sleep(self._held_s)
        await _cut(self, send, sent=0)


class CutShort(Response):
    """An answer of which only the first half comes."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send half of the answer. Raises `Cut`."""
        await _cut(self, send, sent=len(self.body) // 2)


async def _cut(response: Response, send: Send, sent: int) -> None:
    start: Mapping[str, object] = {
        "type": "http.response.start",
        "status": response.status_code,
        "headers": response.raw_headers,
    }
    await send(dict(start))
    await send(
        {"type": "http.response.body", "body": bytes(response.body[:sent]), "more_body": True}
    )
    raise Cut("OrderWise cut the connection")
