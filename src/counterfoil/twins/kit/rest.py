"""A REST application as tables: addresses by template with what each method does there, and the
vendor's own refusals wherever there is nothing, or nothing to do so.
"""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable, Mapping
from typing import TypeVar

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

T = TypeVar("T")

Handler = Callable[[Request], Response | Awaitable[Response]]
Methods = Mapping[str, Handler]
"""What each method does at one address; what answers GET answers HEAD too."""
Refusal = Callable[[int, str], Response]
"""Spells a status and a sentence as the vendor does."""


MISSING = "The requested resource was not found."


class Refused(Exception):
    """A handler's refusal, which its address spells as the vendor does."""

    def __init__(self, status: int, said: str) -> None:
        super().__init__(said)
        self.status = status


class _Address:
    """One address as an application."""

    def __init__(self, methods: Methods, refusal: Refusal) -> None:
        self._methods = {**methods, "HEAD": methods["GET"]} if "GET" in methods else methods
        self._refusal = refusal

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        response = await self._answer(Request(scope, receive))
        await response(scope, receive, send)

    async def _answer(self, request: Request) -> Response:
        handler = self._methods.get(request.method)
        if handler is None:
            refusal = self._refusal(405, "Method Not Allowed")
            refusal.headers["allow"] = ", ".join(self._methods)
            return refusal
        try:
            response = handler(request)
            return await response if inspect.isawaitable(response) else response
        except Refused as refused:
            return self._refusal(refused.status, str(refused))


def routes(base: str, addresses: Mapping[str, Methods], refusal: Refusal) -> list[Route]:
    """The addresses under `base`, by their templates; below it there is nothing else (404)."""

    def missing(request: Request) -> Response:
        return refusal(404, MISSING)

    every = "GET", "POST", "PUT", "PATCH", "DELETE"
    nowhere = Route(f"{base}/{{path:path}}", missing, methods=list(every))
    return [
        *(Route(base + path, _Address(methods, refusal)) for path, methods in addresses.items()),
        nowhere,
    ]


async def body_of(request: Request, shape: type[T], status: int, said: str) -> T:
    """The JSON that a call brings. Raises `Refused` where it is another shape; `said` may name the
    {error}."""
    try:
        return msgspec.json.decode(await request.body(), type=shape)
    except msgspec.MsgspecError as error:
        raise Refused(status, said.format(error=error)) from None
