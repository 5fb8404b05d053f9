"""The application: the desk's addresses, and what is said where something goes wrong."""

from __future__ import annotations

import random

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from counterfoil.surfaces.desk import users
from counterfoil.surfaces.desk.opening import StaffedDesk, acting
from counterfoil.surfaces.web import books, hold, sign_in, today, trace
from counterfoil.surfaces.web.assets import asset
from counterfoil.surfaces.web.guard import Guard
from counterfoil.surfaces.web.render import page
from counterfoil.surfaces.web.visitor import COOKIE, Visitor, framed
from counterfoil.values.errors import CounterfoilError, Refuse, Retry
from counterfoil.values.ids import reference

_LOCAL = ("localhost", "127.0.0.1", "::1")


def application(desk: StaffedDesk) -> Starlette:
    """The ASGI application of one desk."""
    door = desk.config.file.desk
    names = {*_LOCAL, door.host, *door.names}
    app = Starlette(
        routes=_routes(),
        middleware=[Middleware(Guard, names=names)],
        exception_handlers={
            CounterfoilError: _refused,
            HTTPException: _nothing,
            Exception: _broke,
        },
    )
    app.state.desk = desk
    return app


def _routes() -> list[Route]:
    cause = "/desk/{cause}"
    return [
        Route("/", today.first),
        Route("/news", today.news),
        Route("/desk", hold.desk),
        Route(cause, hold.hold),
        Route(cause + "/{deed}", hold.plan, methods=["GET"]),
        Route(cause + "/{deed}", hold.act, methods=["POST"]),
        Route("/receipts/{number:int}", hold.receipt),
        Route("/trace", trace.traced),
        Route("/balance", books.balanced),
        Route("/close", books.closes),
        Route("/changes", books.changes),
        Route("/setup", books.setup, methods=["GET"]),
        Route("/setup/people", books.invite, methods=["POST"]),
        Route("/setup/people/part", books.part, methods=["POST"]),
        Route("/sign-in", sign_in.door, methods=["GET"]),
        Route("/sign-in", sign_in.enter, methods=["POST"]),
        Route("/sign-out", sign_in.leave, methods=["POST"]),
        Route("/welcome/{word}", sign_in.welcome, methods=["GET"], name="welcome"),
        Route("/welcome/{word}", sign_in.come_in, methods=["POST"]),
        Route("/look", sign_in.look, methods=["POST"]),
        Route("/static/{name}", asset),
    ]


async def _refused(request: Request, error: Exception) -> Response:
    """What the desk refused, in its own words."""
    assert isinstance(error, CounterfoilError)
    status = 503 if isinstance(error, Retry) else 403 if isinstance(error, Refuse) else 400
    return await _said(request, status, error.said, error.do)


async def _nothing(request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 404
    return await _said(request, status, "There is nothing here.", "Look for a number above.")


async def _broke(request: Request, error: Exception) -> Response:
    """Something of ours broke: the log has it under a reference."""
    number = reference(random.SystemRandom())
    desk: StaffedDesk = request.app.state.desk
    desk.engine.log.error(
        "desk broke", reference=number, error=f"{type(error).__name__}: {error}"[:300]
    )
    return page(
        "error.html", 500, **framed(request),
        said=f"Something in Counterfoil broke (reference {number}). Nothing was sent.",
        do="The evidence is kept: tell the keepers the reference.",
    )  # fmt: skip


async def _said(request: Request, status: int, said: str, do: str) -> Response:
    """One sentence, in the frame of those who are signed in."""
    desk: StaffedDesk = request.app.state.desk
    word = request.cookies.get(COOKIE, "")
    session = None
    if status != 503:
        session = await users.session(desk.database, desk.clock, word)
    if session is None:
        return page("error.html", status, **framed(request), said=said, do=do)
    visitor = Visitor(request, session, acting(desk, session.name, session.role))
    return visitor.shown("error.html", status, said=said, do=do)
