"""A vendor of our own behind a real socket: it answers what it is told to, and notes what came."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import web
from aiohttp.test_utils import TestServer

from counterfoil.kit.connector import Opening
from counterfoil.kit.contract import OpenBook
from counterfoil.kit.manifest import Limit
from counterfoil.kit.sockets import Sockets
from counterfoil.kit.throttle import Throttle
from counterfoil.kit.transport import Destination, Transport
from counterfoil.values.clock import Clock, SystemClock

SECRETS = {
    "client_id": "id",
    "client_secret": "hush",
    "user": "jo",
    "password": "pa:ss",
    "key": "k-1",
}
Answering = Callable[[web.Request], Any]


class Vendor:
    """What it was asked, and an opening of a connection to it."""

    def __init__(self, opening: Opening, book: OpenBook, seen: list[web.Request]) -> None:
        self.opening = opening
        self.book = book
        self.seen = seen

    def headers(self, name: str) -> list[str | None]:
        """This header of every call, in order."""
        return [request.headers.get(name) for request in self.seen]


@asynccontextmanager
async def vendor(answering: Answering, clock: Clock | None = None) -> AsyncGenerator[Vendor]:
    """A vendor whose every call is answered by `answering`: a response, or JSON."""
    seen: list[web.Request] = []

    async def handle(request: web.Request) -> web.Response:
        await request.read()
        seen.append(request)
        answer = answering(request)
        answer = await answer if hasattr(answer, "__await__") else answer
        return answer if isinstance(answer, web.Response) else web.json_response(answer)

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", handle)
    wire, book, clock = Sockets(), OpenBook(), clock or SystemClock()
    async with TestServer(app) as server:
        throttle = Throttle(
            "acme", {"calls": Limit("rate", 1000, "a test", 1000.0)}, book, clock, "t"
        )
        transport = Transport(
            Destination(str(server.make_url("/")), ("127.0.0.1",), where="acme"),
            wire=wire,
            throttle=throttle,
            clock=clock,
        )
        opening = Opening("acme", {}, SECRETS.__getitem__, transport, clock, {})
        try:
            yield Vendor(opening, book, seen)
        finally:
            await wire.close()
