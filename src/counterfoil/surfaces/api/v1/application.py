"""The application: every endpoint behind its token, and the house's health beside them.

A request is let in by its token, allowed by the gate, and only then read. An answer carries the tag
of the state that it tells of: who has seen it already is told so in a word, and who acts says what
he saw.
"""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable, Sequence

import msgspec
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from counterfoil.surfaces.api.v1 import measures, problem, taken
from counterfoil.surfaces.api.v1.endpoint import Endpoint, Found
from counterfoil.surfaces.api.v1.openapi import description
from counterfoil.surfaces.api.v1.registry import endpoints
from counterfoil.surfaces.desk.acts import allow
from counterfoil.surfaces.desk.envelope import encoded, enveloped
from counterfoil.surfaces.desk.metrics import Meter
from counterfoil.surfaces.desk.opening import StaffedDesk
from counterfoil.values.digest import digest, short
from counterfoil.values.errors import CounterfoilError, Halt, Misconfigured
from counterfoil.values.ids import reference

PREFIX = "/api/v1"
OURS = ("/api/", *measures.DOORS)
"""How the addresses of this application begin."""

_HEADERS = {
    "cache-control": "private, no-cache",
    "x-content-type-options": "nosniff",
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
}
Answer = Callable[[Request], Awaitable[Response]]


def application(desk: StaffedDesk) -> Starlette:
    """The ASGI application of one desk."""
    routes = [
        Route(PREFIX + door.path, _answer(door), methods=[door.method]) for door in endpoints()
    ]
    app = Starlette(
        routes=[
            Route(f"{PREFIX}/openapi.json", _described),
            *routes,
            *(Route(path, answer) for path, answer in measures.DOORS.items()),
        ],
        exception_handlers={
            CounterfoilError: _refused,
            HTTPException: _nothing,
            Exception: _broke,
        },
    )
    app.state.desk = desk
    app.state.meter = Meter(desk.clock.now())
    return app


def _answer(asked: Endpoint) -> Answer:
    async def answer(request: Request) -> Response:
        desk = await measures.caller(request)
        allow(desk, asked.act)
        taking: dict[str, object] = {"words": taken.words(request, asked.words)}
        if asked.body is not None:
            taking["body"] = await taken.body(request, asked.body)
        if asked.tagged:
            taking["tag"] = taken.tag(request, asked)
        try:
            answer_ = await asked.function(desk, **taking)
        except Misconfigured as error:
            if asked.method != "POST" and asked.places and error.code == Misconfigured.code:
                return problem.answered(error, 404)
            raise
        return _given(request, asked, desk, answer_)

    return answer


def _given(request: Request, asked: Endpoint, desk: StaffedDesk, found: Found[object]) -> Response:
    body = encoded(enveloped(asked.shape, found.data, desk.clock.now().format_iso(), found.page))
    tag = f'"{found.tag or short(digest(encoded([found.data, found.page]).encode()))}"'
    headers = {**_HEADERS, "etag": tag}
    if request.method in ("GET", "HEAD") and _seen(request, tag):
        return Response(status_code=304, headers=headers)
    return Response(body, 200, headers, "application/json")


def _seen(request: Request, current: str) -> bool:
    """Whether the caller has this very state already."""
    tags = [tag.strip().removeprefix("W/") for tag in _tags(request)]
    return current in tags or "*" in tags


def _tags(request: Request) -> Sequence[str]:
    return request.headers.get("if-none-match", "").split(",")


async def _described(request: Request) -> Response:
    return Response(msgspec.json.encode(description()), 200, _HEADERS, "application/json")


async def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, CounterfoilError)
    if isinstance(error, Halt):
        return await _broke(request, error)
    return problem.answered(error)


async def _nothing(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    wrong_method = error.status_code == 405
    error_ = problem.Missing(
        "This address does not take that method." if wrong_method else "There is nothing here.",
        do=f"{PREFIX}/openapi.json says what there is.",
    )
    answer = problem.answered(error_, error.status_code)
    answer.headers.update(error.headers or {})
    return answer


async def _broke(request: Request, error: Exception) -> Response:
    """Something of ours broke: the log has it under a reference."""
    number = reference(random.SystemRandom())
    desk: StaffedDesk = request.app.state.desk
    desk.engine.log.error(
        "api broke", reference=number, error=f"{type(error).__name__}: {error}"[:300]
    )
    broken = Halt(
        f"Something in Counterfoil broke (reference {number}).",
        do="Tell the keepers the reference.",
        code="broken",
    )
    return problem.answered(broken, 500, number)
