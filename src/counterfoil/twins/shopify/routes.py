"""What the shop answers over HTTP: tokens, GraphQL and bulk files; and what is met at its gate."""

from __future__ import annotations

import re
import uuid
from collections.abc import AsyncIterator, Iterator, Mapping
from typing import Final

import msgspec
from graphql import FieldNode
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route, Router

from counterfoil.twins.kit.answers import CutShort, Late, Silence, instead, json, nothing, page
from counterfoil.twins.kit.faults import Faults
from counterfoil.twins.kit.gate import Front
from counterfoil.twins.kit.graphql.request import Question
from counterfoil.twins.kit.graphql.schema import Asked
from counterfoil.twins.kit.pace import Pace
from counterfoil.twins.kit.sign_in import Client, Tokens, form, same
from counterfoil.twins.kit.twin import Ground
from counterfoil.twins.shopify.bulk import Bulk
from counterfoil.twins.shopify.graph import Graph
from counterfoil.twins.shopify.profile import SUPPORTED, Profile

_GRAPH: Final = re.compile(r"/admin/api/([^/]+)/graphql\.json")
_VERSION: Final = re.compile(r"\d{4}-\d{2}")
_LOGIN_PAGE: Final = "<!DOCTYPE html><html><title>Log in</title><p>Please log in.</p></html>"
_CUT: Final = "the twin closed the connection in the middle of an answer"
_STRANGER: Final = "[API] Invalid API key or access token (unrecognized login or wrong password)"
_WRITTEN: Final = ("fulfillment", "inventorySet", "product")


class Routes:
    """The vendor's side of HTTP."""

    def __init__(
        self, ground: Ground, pace: Pace, graph: Graph, bulk: Bulk, faults: Faults, mishaps: Faults
    ) -> None:
        self._clock = ground.clock
        self._chance = ground.chance
        self._pace = pace
        self._graph = graph
        self._bulk = bulk
        self._faults = faults
        self._mishaps = mishaps

    def router(self, gatehouse: Gatehouse) -> Router:
        """Serves the addresses that the vendor has too."""

        async def token(request: Request) -> Response:
            status, granted = gatehouse.grant(form(await request.body()))
            return self.json(granted, status=status)

        return Router(
            [
                Route("/admin/oauth/access_token", token, methods=["POST"]),
                Route("/admin/api/{version}/graphql.json", self._graphql, methods=["POST"]),
                Route("/bulk/{number:int}.jsonl", self._bulk_file),
            ]
        )

    def json(
        self, answer: Mapping[str, object], version: str = "", *, status: int = 200
    ) -> Response:
        """An answer as every one of the vendor's looks."""
        number = uuid.UUID(int=self._chance.getrandbits(128), version=4)
        headers = {"x-request-id": str(number)}
        if version:
            headers["X-Shopify-API-Version"] = version
        body = msgspec.json.encode(answer)
        return Response(body, status, headers=headers, media_type="application/json; charset=utf-8")

    async def _graphql(self, request: Request) -> Response:
        version = served(request.url.path)
        if version is None:
            return self.json({"errors": "Not Found"}, status=404)
        try:
            question = msgspec.json.decode(await request.body(), type=Question)
        except (msgspec.MsgspecError, UnicodeDecodeError):
            missing = {"query": "Required parameter missing or invalid"}
            return self.json({"errors": missing}, version, status=400)
        judged = self._graph.judged(question)
        if not isinstance(judged, Asked):
            return self.json(judged, version)
        # Only a read that is worth an answer meets a bad day.
        met = self._before_work(judged, version) if judged.writes else self._before(version)
        return met or self._answer(judged, str(request.base_url).rstrip("/"), version)

    def _answer(self, judged: Asked, base_url: str, version: str) -> Response:
        whole = self.json(self._graph.answer(judged, base_url), version)
        if not judged.writes and self._faults.strikes("reset"):
            return CutShort(whole, _CUT)
        return self._after_work(judged, whole, version)

    def _before_work(self, judged: Asked, version: str) -> Response | None:
        """What comes in place of a document that is written."""
        if not _writes(judged):
            return None
        return instead(
            self._mishaps,
            {
                "server_error_before": lambda: self._failed(version),
                "timeout_before": self._silence,
            },
        )

    def _after_work(self, judged: Asked, whole: Response, version: str) -> Response:
        """The true answer, or what came of it where a document was written."""
        if not _writes(judged):
            return whole
        met = instead(
            self._mishaps,
            {
                "timeout_after": self._silence,
                "reset_after": lambda: CutShort(whole, _CUT),
                "server_error_after": lambda: self._failed(version),
            },
        )
        return met or whole

    def _failed(self, version: str) -> Response:
        return self.json({"errors": "Internal Server Error"}, version, status=500)

    def _silence(self) -> Response:
        return Silence(self._clock, self._pace.patience_s, _CUT)

    def _before(self, version: str) -> Response | None:
        """What comes instead of an answer to a read, on a bad day."""

        def failed() -> Response:
            status = self._faults.pick(500, 502, 503)
            return self.json({"errors": "Internal Server Error"}, version, status=status)

        def gave_up() -> Response:
            return self.json({"errors": "Gateway Timeout"}, version, status=504)

        return instead(
            self._faults,
            {
                "server_error": failed,
                "read_timeout": lambda: Late(self._clock, self._pace.patience_s, gave_up),
                "html_error_page": lambda: page(_LOGIN_PAGE),
                "empty_page": nothing,
            },
        )

    async def _bulk_file(self, request: Request) -> Response:
        """The lines of a bulk operation."""
        job = self._bulk.job(request.path_params["number"])
        if job is None or not job.finished:
            return Response(b"", status_code=404)
        return StreamingResponse(_pieces(self._bulk.file(job.id)), media_type="application/jsonl")


class Gatehouse:
    """Who may call. Tokens live a day and are not renewed, only asked for anew (shopify.dev, client
    credentials grant)."""

    def __init__(self, ground: Ground, profile: Profile) -> None:
        chance = ground.chance
        self._profile = profile
        self._tokens = Tokens(
            ground.memory,
            ground.clock,
            profile.token_s,
            lambda: f"shpat_{chance.getrandbits(128):032x}",
        )
        self._client = Client(profile.client_id, profile.client_secret, self._tokens)

    def front(self, routes: Routes) -> Front:
        """What the gate asks: only GraphQL is counted and guarded, and no limit is met there."""
        return Front(
            known=self._known,
            stranger=lambda request: routes.json(
                {"errors": _STRANGER}, served(request.url.path) or "", status=401
            ),
            too_many=lambda wait_s: json(b"", 429),
            counted=lambda path: served(path) is not None,
        )

    def grant(self, form: Mapping[str, object]) -> tuple[int, Mapping[str, object]]:
        """The HTTP status and the answer to a request for a token."""
        token, error = self._client.grant(form)
        if error:
            return 401 if error == "invalid_client" else 400, {"error": error}
        return 200, {
            "access_token": token,
            "scope": ",".join(self._profile.scopes),
            "expires_in": int(self._profile.token_s),
        }

    def _known(self, request: Request) -> bool:
        token, fixed = request.headers.get("x-shopify-access-token", ""), self._profile.token
        return bool(fixed and same(token, fixed)) or self._tokens.knows(token)


def served(path: str) -> str | None:
    """The version that answers a call of GraphQL: a retired one falls forward to the oldest
    supported; None of what is not served."""
    called = _GRAPH.fullmatch(path)
    version = called[1] if called else ""
    if version in SUPPORTED:
        return version
    retired = _VERSION.fullmatch(version) and version < SUPPORTED[0]
    return SUPPORTED[0] if retired else None


def _writes(judged: Asked) -> bool:
    """Whether a document is made, changed or ended: a fulfilment, a level or a product."""
    fields = judged.operation.selection_set.selections
    names = [field.name.value for field in fields if isinstance(field, FieldNode)]
    return judged.writes and any(name.startswith(_WRITTEN) for name in names)


async def _pieces(body: Iterator[bytes]) -> AsyncIterator[bytes]:
    # On the loop and not in a thread, where SQLite and virtual time have no place.
    for piece in body:
        yield piece
