"""What a twin sends back, and the ways in which it does not."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Literal, Protocol

import msgspec
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from counterfoil.twins.kit.faults import Faults
from counterfoil.values.clock import Clock

ErrorBody = Literal["empty", "text", "message"]
"""What a refusal carries: nothing, plain text, or {"Message": text}."""

_BEYOND = 1.2  # a silent connection is held this much longer than the caller is patient


class Cut(ConnectionResetError):
    """The connection is cut: no whole answer comes.

    A caller in the same process sees it raised by the application; a server, which must send
    something, closes the connection in the middle of the answer.
    """


class Visit(Protocol):
    """A call that holds one of the account's slots."""

    def leave(self) -> None:
        """Give the slot back; once is enough."""
        ...


def answer(value: object, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """`value` as JSON."""
    return json(msgspec.json.encode(value), status, headers)


def json(body: bytes, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """Encoded JSON."""
    return Response(body, status, headers, media_type="application/json")


def page(html: str) -> Response:
    """A web page with 200, from something that stands in front of the API."""
    return Response(html, media_type="text/html")


def refused(body: ErrorBody, status: int, text: str) -> Response:
    """A refusal with its reason in the shape that a site has."""
    if body == "empty":
        return Response(status_code=status)
    if body == "message":
        return answer({"Message": text}, status)
    return Response(text, status, media_type="text/plain")


def too_many(wait_s: float) -> Response:
    """429 with the whole seconds to wait."""
    headers = {"retry-after": str(math.ceil(wait_s))}
    return Response("Too many requests", 429, headers, "text/plain")


def nothing() -> Response:
    """No body at all, with 200."""
    return Response(b"", media_type="application/json")


def instead(faults: Faults, answers: Mapping[str, Callable[[], Response]]) -> Response | None:
    """What comes in place of the true answer, for the first of these faults that strikes; None
    where none does."""
    for name, make in answers.items():
        if faults.strikes(name):
            return make()
    return None


class Silence(Response):
    """No answer for longer than the caller is patient, then a cut.

    The slot is given back at once: nothing works for this caller any more. `said` is the text of
    the cut, for a caller in the same process.
    """

    def __init__(self, clock: Clock, patience_s: float, said: str) -> None:
        super().__init__(b"{}", media_type="application/json")
        self._said = said
        self._clock = clock
        self._held_s = patience_s * _BEYOND

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hold the connection, then cut it. Raises `Cut`."""
        visit: Visit = scope["visit"]
        visit.leave()
        await self._clock.sleep(self._held_s)
        await _cut(self, send, 0, self._said)


class Late(Response):
    """An answer that is made and sent only after a wait, as a proxy's is that gave up."""

    def __init__(self, clock: Clock, wait_s: float, make: Callable[[], Response]) -> None:
        super().__init__()
        self._clock = clock
        self._wait_s = wait_s
        self._make = make

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Wait, then answer."""
        await self._clock.sleep(self._wait_s)
        await self._make()(scope, receive, send)


class CutShort(Response):
    """An answer that was ready to be sent, and of which only the first half comes."""

    def __init__(self, whole: Response, said: str) -> None:
        super().__init__(whole.body, whole.status_code, dict(whole.headers))
        self._said = said

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send half of the answer. Raises `Cut`."""
        await _cut(self, send, len(self.body) // 2, self._said)


async def _cut(response: Response, send: Send, sent: int, said: str) -> None:
    start: Mapping[str, object] = {
        "type": "http.response.start",
        "status": response.status_code,
        "headers": response.raw_headers,
    }
    await send(dict(start))
    await send(
        {"type": "http.response.body", "body": bytes(response.body[:sent]), "more_body": True}
    )
    raise Cut(said)
