"""Sign-in: coming in with a password, or the first time by a link; and going out again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from counterfoil.surfaces.desk import users
from counterfoil.surfaces.desk.opening import StaffedDesk
from counterfoil.surfaces.web.render import page
from counterfoil.surfaces.web.visitor import (
    COOKIE,
    THEME,
    Visitor,
    form,
    framed,
    signed_in,
    within,
)
from counterfoil.values.errors import CounterfoilError, Misconfigured, Refuse, Retry

_YEAR_S = 365 * 86_400


async def door(request: Request) -> Response:
    """The form to sign in with."""
    return page("sign-in.html", **framed(request), next=_next(request), name="", error=None)


async def enter(request: Request) -> Response:
    """Sign in. Whatever was wrong is told in the same words."""
    desk: StaffedDesk = request.app.state.desk
    fields = await form(request)
    name, password = _first(fields, "name"), _first(fields, "password")
    address = request.client.host if request.client else ""
    try:
        session = await users.sign_in(desk.database, desk.clock, name, password, address)
    except (Refuse, Retry) as error:
        status = 429 if isinstance(error, Retry) else 401
        way = within(_first(fields, "next"))
        return page(
            "sign-in.html", status, **framed(request), next=way, name=name[:60], error=error
        )
    return await _in(request, session.name, within(_first(fields, "next")))


async def welcome(request: Request) -> Response:
    """The page of a link: a name where it is the first one, and a password."""
    desk: StaffedDesk = request.app.state.desk
    word = request.path_params["word"]
    invited = await users.link(desk.database, desk.clock, word)
    if invited is None:
        return _spent(request)
    return page("welcome.html", **framed(request), invited=invited, word=word, name="", error=None)


async def come_in(request: Request) -> Response:
    """Use a link up."""
    desk: StaffedDesk = request.app.state.desk
    word, fields = request.path_params["word"], await form(request)
    invited = await users.link(desk.database, desk.clock, word)
    if invited is None:
        return _spent(request)
    name, password = _first(fields, "name"), _first(fields, "password")
    error: CounterfoilError | None = None
    if password != _first(fields, "again"):
        error = Misconfigured("The two passwords are not the same.", do="Type both again.")
    else:
        try:
            session = await users.come_in(desk.database, desk.clock, word, name, password)
            return await _in(request, session.name, "/") if session else _spent(request)
        except Misconfigured as wrong:
            error = wrong
    return page(
        "welcome.html", 422, **framed(request), invited=invited, word=word, name=name, error=error
    )


@signed_in
async def leave(visitor: Visitor) -> Response:
    """Sign out, here."""
    await users.end(visitor.desk.database, visitor.request.cookies.get(COOKIE, ""))
    answer = RedirectResponse("/sign-in", 303)
    answer.delete_cookie(COOKIE, httponly=True, samesite="lax")
    return answer


@signed_in
async def look(visitor: Visitor) -> Response:
    """Paper, ink, or as the system has it: kept in this browser."""
    answer = RedirectResponse(within(visitor.word("next")), 303)
    theme = visitor.word("theme")
    if theme in ("light", "dark"):
        secure = visitor.request.url.scheme == "https"
        answer.set_cookie(
            THEME, theme, max_age=_YEAR_S, httponly=True, samesite="lax", secure=secure
        )
    else:
        answer.delete_cookie(THEME)
    return answer


async def _in(request: Request, name: str, way: str) -> Response:
    """Signed in from here on, by a word that nobody else has seen."""
    desk: StaffedDesk = request.app.state.desk
    before = request.cookies.get(COOKIE, "")
    if before:
        await users.end(desk.database, before)
    word = await users.begin(desk.database, desk.clock, name)
    answer = RedirectResponse(way, 303)
    answer.set_cookie(
        COOKIE, word, httponly=True, samesite="lax", secure=request.url.scheme == "https", path="/"
    )
    return answer


def _spent(request: Request) -> Response:
    return page(
        "error.html", 410, **framed(request), said="This link is not good any more.",
        do="It is good once, and for a day. An admin gives a new one: `counterfoil user add NAME`.",
    )  # fmt: skip


def _next(request: Request) -> str:
    return within(request.query_params.get("next", "/"))


def _first(fields: Mapping[str, Sequence[str]], name: str) -> str:
    return next(iter(fields.get(name, ())), "")
