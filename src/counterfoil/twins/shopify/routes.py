"""What the shop answers over HTTP: tokens, GraphQL and bulk files."""

from __future__ import annotations

import random
import re
import uuid
from collections.abc import AsyncIterator, Iterator, Mapping
from typing import Final
from urllib.parse import parse_qsl

import msgspec
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response, StreamingResponse
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from counterfoil.twins.shopify.access import Access
from counterfoil.twins.shopify.bulk import Bulk
from counterfoil.twins.shopify.document import Asked
from counterfoil.twins.shopify.faults import Mishaps
from counterfoil.twins.shopify.graph import Graph, Question
from counterfoil.twins.shopify.memory import Memory
from counterfoil.twins.shopify.profile import SUPPORTED, Pace
from counterfoil.values.clock import Clock

_VERSION: Final = re.compile(r"\d{4}-\d{2}")
_LOGIN_PAGE: Final = "<!DOCTYPE html><html><title>Log in</title><p>Please log in.</p></html>"
_UNKNOWN_CALLER: Final = (
    "[API] Invalid API key or access token (unrecognized login or wrong password)"
)


class Broken(Response):
    """An answer whose connection is closed half way through."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the head and half of the body, then break off."""
        body = bytes(self.body)
        start = {"type": "http.response.start", "status": self.status_code}
        await send({**start, "headers": self.raw_headers})
        half = body[: len(body) // 2]
        await send({"type": "http.response.body", "body": half, "more_body": True})
        raise ConnectionResetError("the twin closed the connection in the middle of an answer")


class Routes:
    """The vendor's side of HTTP."""

    def __init__(
        self,
        memory: Memory,
        access: Access,
        graph: Graph,
        bulk: Bulk,
        mishaps: Mishaps,
        pace: Pace,
        clock: Clock,
        chance: random.Random,
    ) -> None:
        self._memory = memory
        self._access = access
        self._graph = graph
        self._bulk = bulk
        self._mishaps = mishaps
        self._pace = pace
        self._clock = clock
        self._chance = chance

    def routes(self) -> list[Route]:
        """The addresses that the vendor has too."""
        return [
            Route("/admin/oauth/access_token", self.token, methods=["POST"]),
            Route("/admin/api/{version}/graphql.json", self.graphql, methods=["POST"]),
            Route("/bulk/{number:int}.jsonl", self.bulk_file),
        ]

    async def token(self, request: Request) -> Response:
        """Client credentials for a token of 24 hours; the form may be JSON or url-encoded."""
        status, answer = self._access.grant(_form(await request.body()))
        return self._json(answer, status=status)

    async def graphql(self, request: Request) -> Response:
        """One GraphQL request."""
        version = _served(request.path_params["version"])
        if version is None:
            return self._json({"errors": "Not Found"}, status=404)
        self._memory.count("calls:all")
        if not self._access.knows(request.headers.get("x-shopify-access-token", "")):
            return self._json({"errors": _UNKNOWN_CALLER}, version, status=401)
        try:
            question = msgspec.json.decode(await request.body(), type=Question)
        except (msgspec.MsgspecError, UnicodeDecodeError):
            missing = {"query": "Required parameter missing or invalid"}
            return self._json({"errors": missing}, version, status=400)
        judged = self._graph.judged(question)
        if not isinstance(judged, Asked):
            return self._json(judged, version)
        mishap = None if judged.writes else await self._mishap(version)
        return mishap or self._answer(judged, str(request.base_url).rstrip("/"), version)

    def _answer(self, judged: Asked, base_url: str, version: str) -> Response:
        answer = self._json(self._graph.answer(judged, base_url), version)
        if not judged.writes and self._mishaps.strikes("reset"):
            return Broken(answer.body, headers=dict(answer.headers))
        return answer

    async def _mishap(self, version: str) -> Response | None:
        """What comes instead of an answer to a read, on a bad day."""
        if self._mishaps.strikes("server_error"):
            status = self._mishaps.pick(500, 502, 503)
            return self._json({"errors": "Internal Server Error"}, version, status=status)
        if self._mishaps.strikes("read_timeout"):
            await self._clock.sleep(self._pace.patience_s)
            return self._json({"errors": "Gateway Timeout"}, version, status=504)
        if self._mishaps.strikes("html_error_page"):
            return HTMLResponse(_LOGIN_PAGE)
        if self._mishaps.strikes("empty_page"):
            return Response(b"", media_type="application/json")
        return None

    async def bulk_file(self, request: Request) -> Response:
        """The lines of a bulk operation."""
        found = self._bulk.operation(request.path_params["number"])
        if found is None or found.status != "COMPLETED":
            return Response(b"", status_code=404)
        return StreamingResponse(_pieces(self._bulk.file(found.id)), media_type="application/jsonl")

    def _json(
        self, answer: Mapping[str, object], version: str = "", *, status: int = 200
    ) -> Response:
        number = uuid.UUID(int=self._chance.getrandbits(128), version=4)
        headers = {"x-request-id": str(number)}
        if version:
            headers["X-Shopify-API-Version"] = version
        body = msgspec.json.encode(answer)
        return Response(body, status, headers=headers, media_type="application/json; charset=utf-8")


async def _pieces(body: Iterator[bytes]) -> AsyncIterator[bytes]:
    # On the loop and not in a thread, where SQLite and virtual time have no place.
    for piece in body:
        yield piece


def _served(version: str) -> str | None:
    """The version that answers a call: a retired one falls forward to the oldest supported."""
    if version in SUPPORTED:
        return version
    retired = _VERSION.fullmatch(version) and version < SUPPORTED[0]
    return SUPPORTED[0] if retired else None


def _form(body: bytes) -> Mapping[str, object]:
    if body[:1] == b"{":
        try:
            return msgspec.json.decode(body, type=dict[str, object])
        except msgspec.MsgspecError:
            return {}
    return dict(parse_qsl(body.decode("utf-8", "replace")))
