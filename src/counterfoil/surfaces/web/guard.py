"""Guard: what holds for every request before a page sees it, and for every answer after it.

A page runs no script and no style but ours, is framed by nobody, and is kept by nobody. A request
comes under a name of ours, and what changes something from a page of ours: so no other site can
act through somebody's browser, or pretend to be this one.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

LONGEST = 256 * 1024
"""How many bytes of a form are read."""

_POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self';"
    " form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
_HEADERS: Mapping[str, str] = {
    "content-security-policy": _POLICY,
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
}
_SAFE = frozenset({"GET", "HEAD"})


class Guard:
    """The application behind its guard. `names` are the hosts under which it may be asked."""

    def __init__(self, app: ASGIApp, names: Collection[str]) -> None:
        self.app = app
        self.names = frozenset(name.casefold() for name in names)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            return
        refusal = self._refused(scope)
        answer: ASGIApp = PlainTextResponse(refusal, 403) if refusal else self.app

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    headers[name] = value
                headers.setdefault("cache-control", "no-store")
            await send(message)

        await answer(scope, receive, guarded)

    def _refused(self, scope: Scope) -> str:
        """Why a request is not let in; empty where it is."""
        headers = Headers(scope=scope)
        host = headers.get("host", "")
        if (urlsplit(f"//{host}").hostname or "") not in self.names:
            return "This desk is not known under that name. Add it to [desk] names.\n"
        if scope["method"] in _SAFE:
            return ""
        origin = headers.get("origin", "")
        if urlsplit(origin).netloc.casefold() != host.casefold():
            return "This did not come from a page of this desk, so nothing was done.\n"
        if int(headers.get("content-length") or LONGEST + 1) > LONGEST:
            return "This form is too large.\n"
        return ""
