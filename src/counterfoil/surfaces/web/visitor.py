"""Visitor: who is asking, by the session that their browser holds, and what their forms bring."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import wraps
from hmac import compare_digest
from urllib.parse import parse_qs, quote

import msgspec
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from counterfoil.surfaces.desk import users
from counterfoil.surfaces.desk.opening import StaffedDesk, acting
from counterfoil.surfaces.desk.users import Session
from counterfoil.surfaces.web.render import page
from counterfoil.values.errors import Refuse

COOKIE = "counterfoil"
THEME = "counterfoil-theme"
_THEMES = ("light", "dark")
_MOST = 2_000  # fields of a form


class Visitor(msgspec.Struct):
    """Somebody who is signed in, and the desk as they may ask it."""

    request: Request
    session: Session
    desk: StaffedDesk
    form: Mapping[str, Sequence[str]] = {}

    def word(self, name: str) -> str:
        """The one word that a form or an address brings under this name; empty where none."""
        words = self.form.get(name) or self.request.query_params.getlist(name)
        return words[0] if words else ""

    def numbers(self, name: str) -> list[int]:
        """The numbers that a form or an address brings under this name."""
        words = self.form.get(name) or self.request.query_params.getlist(name)
        return [int(word) for word in words if word.isascii() and word.isdecimal()][:_MOST]

    def shown(self, name: str, status: int = 200, /, **context: object) -> Response:
        """A page, in the frame that every page has."""
        return page(name, status, **{**framed(self.request), "visitor": self}, **context)

    def may(self, act: str) -> bool:
        """Whether they may do an act of the desk."""
        return users.may(self.session.role, act)


Page = Callable[[Visitor], Awaitable[Response]]


def framed(request: Request) -> dict[str, object]:
    """What the frame of a page needs to know of a request."""
    desk: StaffedDesk = request.app.state.desk
    theme = request.cookies.get(THEME, "")
    return {
        "path": request.url.path,
        "theme": theme if theme in _THEMES else "",
        "estate": desk.config.file.estate.name,
        "now": desk.clock.now(),
        "visitor": None,
    }


def signed_in(answer: Page) -> Callable[[Request], Awaitable[Response]]:
    """The page, for those who are signed in; everybody else is asked to, and led back to it.

    A form is taken only with the word that was in the page that it came from.
    """

    @wraps(answer)
    async def asked(request: Request) -> Response:
        desk: StaffedDesk = request.app.state.desk
        session = await users.session(desk.database, desk.clock, request.cookies.get(COOKIE, ""))
        if session is None:
            way = request.url.path + (f"?{request.url.query}" if request.url.query else "")
            back = f"?next={quote(way)}" if request.method == "GET" and way != "/" else ""
            return RedirectResponse(f"/sign-in{back}", 303)
        visitor = Visitor(request, session, acting(desk, session.name, session.role))
        if request.method == "POST":
            visitor.form = await form(request)
            if not compare_digest(visitor.word("form").encode(), session.form.encode()):
                raise Refuse(
                    "This page is older than your sign-in, so nothing was done.",
                    do="Open it again, then decide.",
                    code="old-page",
                )
        return await answer(visitor)

    return asked


async def form(request: Request) -> Mapping[str, Sequence[str]]:
    """The fields of a form. What is no form has none."""
    body = await request.body()
    try:
        text = body.decode()
        return parse_qs(text, keep_blank_values=True, max_num_fields=_MOST)
    except ValueError:
        return {}


def within(way: str) -> str:
    """A place of this desk to lead back to; the first page where it is none of ours."""
    ours = way.startswith("/") and not way.startswith(("//", "/\\")) and way.isprintable()
    return way if ours and "\\" not in way else "/"
