"""The twin, put together: its gate and limits, its sign-in that rotates, its collections."""

from __future__ import annotations

import math
import random
from collections.abc import Mapping, Sequence
from email.utils import parsedate_to_datetime
from functools import partial
from typing import Any, Final
from uuid import UUID

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route, Router
from starlette.types import Scope

from counterfoil.twins.kit.answers import answer, json
from counterfoil.twins.kit.bad_day import BadDay
from counterfoil.twins.kit.control import control
from counterfoil.twins.kit.courier import Send, unheard
from counterfoil.twins.kit.faults import Fault, Weather, common
from counterfoil.twins.kit.filing import DECODER, ENCODER
from counterfoil.twins.kit.gate import Front, Gate
from counterfoil.twins.kit.lag import Lag
from counterfoil.twins.kit.landed import landed
from counterfoil.twins.kit.limits import Meter, Slots, Window
from counterfoil.twins.kit.memory import Memory
from counterfoil.twins.kit.moments import unix_s
from counterfoil.twins.kit.once import Answers, Mismatch
from counterfoil.twins.kit.paging import number as asked
from counterfoil.twins.kit.posted import Refusal
from counterfoil.twins.kit.sign_in import Refreshing, Tokens, basic, bearer, form, same
from counterfoil.twins.kit.standing import Standing
from counterfoil.twins.kit.twin import Ground, Report, own
from counterfoil.twins.kit.write_faults import NAMES, WriteFaults
from counterfoil.twins.xero.account import moves
from counterfoil.twins.xero.books import Books, Kind, stamp
from counterfoil.twins.xero.customer import CONTACTS
from counterfoil.twins.xero.order import INVOICES
from counterfoil.twins.xero.payment import PAYMENTS
from counterfoil.twins.xero.query import matching
from counterfoil.twins.xero.refund import NOTES
from counterfoil.twins.xero.settlement import BANK_TRANSACTIONS, BANK_TRANSFERS
from counterfoil.twins.xero.site import Site
from counterfoil.values.clock import Clock

VENDOR: Final = "Xero"
CATALOGUE: Final = {
    **common(VENDOR, *NAMES, "html_page", "slow", "token_expired", "read_lag"),
    "grant_lost": Fault("Xero renewed a token, and its answer was cut short.", 0.02, 0.2),
}
KINDS: Final[Mapping[str, tuple[Kind, ...]]] = {
    "order": (INVOICES,),
    "refund": (NOTES, PAYMENTS),
    "settlement": (BANK_TRANSACTIONS, BANK_TRANSFERS),
    "customer": (CONTACTS,),
}
"""The collections that a document of ours is made in, the one that it is called by first."""
_PAGE: Final = "<!DOCTYPE html><html><body>Xero is being looked after.</body></html>"
_API: Final = "/api.xro/2.0"
_TOKEN: Final = "/connect/token"  # noqa: S105 (an address)
_INVALID: Final = {
    "ErrorNumber": 10,
    "Type": "ValidationException",
    "Message": "A validation exception occurred",
}
_SPARED: Final = 12  # calls that a new token serves before it may be forgotten
_KEY_MOST: Final = 128


class XeroTwin(Standing):
    """One organisation; `.app` is its ASGI application. It does nothing by itself."""

    def __init__(
        self,
        memory: Memory,
        clock: Clock,
        chance: random.Random,
        weather: Weather,
        site: Site,
        send: Send = unheard,
    ) -> None:
        super().__init__(Ground(memory, clock, chance), weather, CATALOGUE)
        self._site = site
        self.books = Books(memory, clock, own(chance), site)
        self._books = {word: partial(self.books.entries, kinds[0]) for word, kinds in KINDS.items()}
        self._books["account"] = partial(moves, self.books)
        self._collections = {kind.collection: kind for kinds in KINDS.values() for kind in kinds}
        self.tokens = Tokens(memory, clock, site.token_life_s, self.books.drawn)
        self._refreshing = Refreshing(
            memory, clock, self.tokens, site.refresh_token, site.grace_s, self.books.drawn
        )
        day = BadDay(VENDOR, self.faults, clock, site.patience_s)
        self._day = WriteFaults(day, chance, _failed)
        self._answers = Answers(memory, clock, site.key_life_s)
        self._lag = Lag(self.faults, "read_lag", clock, (0.5, 2.0))
        self._minute = Window(site.minute, 60.0, clock)
        self._whole_day = Window(site.day, 86_400.0, clock)
        meter = Meter(memory, clock, (self._minute, self._whole_day, Slots(site.slots)))
        self.app = Gate(self._router(), control(self), meter, self._front())

    def report(self) -> Report:
        """The twin's own count."""
        return landed(self._memory, str, self.faults.reached(), {})

    # --- the gate ---

    def _front(self) -> Front:
        return Front(
            known=self._known,
            stranger=self._stranger,
            too_many=self._too_many,
            counted=lambda path: path != _TOKEN,
            before=self._before,
            headers=self._told,
        )

    def _known(self, request: Request) -> bool:
        token = bearer(request.headers.get("authorization", ""))
        if not self.tokens.knows(token):
            return False
        if self.tokens.served(token) >= _SPARED and self.faults.strikes("token_expired"):
            self.tokens.forget(token)
            return False
        return True

    def _stranger(self, request: Request) -> Response:
        token = bearer(request.headers.get("authorization", ""))
        row = self._memory.row("select until_s from tokens where token = ?", token)
        why = "TokenExpired: token expired at 01/01/2001 00:00:00" if row else ""
        problem = {"Type": None, "Title": "Unauthorized", "Status": 401}
        detail = {"Detail": why or "AuthenticationUnsuccessful", "Instance": self.books.drawn()}
        return answer(problem | detail, 401)

    async def _before(self, request: Request) -> Response | None:
        tenant = request.headers.get("xero-tenant-id", "")
        if request.url.path.startswith(_API) and tenant != self._site.tenant_id:
            problem = {"title": "Forbidden", "status": 403, "detail": "AuthenticationUnsuccessful"}
            return answer({**problem, "instance": self.books.drawn()}, 403)
        return await self._day.before(_PAGE)

    def _too_many(self, wait_s: float) -> Response:
        problem = "concurrent"
        if self._minute.left <= 0:
            problem = "minute"
        elif self._whole_day.left <= 0:
            problem = "day"
        headers = {"Retry-After": str(math.ceil(wait_s)), "X-Rate-Limit-Problem": problem}
        return Response(status_code=429, headers=headers)

    def _told(self, scope: Scope) -> dict[str, str]:
        headers = {"X-AppMinLimit-Remaining": "9999"}
        if scope["path"].startswith(_API):
            headers["X-MinLimit-Remaining"] = str(self._minute.left)
            headers["X-DayLimit-Remaining"] = str(self._whole_day.left)
        return headers

    # --- the vendor's own addresses ---

    def _router(self) -> Router:
        several, single = f"{_API}/{{collection}}", f"{_API}/{{collection}}/{{identity}}"
        return Router(
            [
                Route(_TOKEN, self._grant, methods=["POST"]),
                Route("/connections", self._connections),
                Route(several, self._list),
                Route(several, self._write, methods=["PUT", "POST"]),
                Route(single, self._get),
                Route(single, self._write, methods=["POST"]),
            ],
            default=self._nothing,
        )

    async def _nothing(self, scope: Scope, receive: Any, send: Any) -> None:
        await _not_found()(scope, receive, send)

    async def _grant(self, request: Request) -> Response:
        right = basic(self._site.client_id, self._site.client_secret)
        known = same(request.headers.get("authorization", ""), right)
        granted = self._refreshing.answered(form(await request.body()), known=known)
        if "error" in granted:
            return answer(granted, 400)
        life_s = int(self._site.token_life_s)
        true = answer({**granted, "expires_in": life_s, "scope": "offline_access"})
        lost = self.faults.strikes("grant_lost")
        return self._day.day.cut_short(true) if lost else true

    async def _connections(self, request: Request) -> Response:
        tenant = {"id": self.books.drawn(), "tenantId": self._site.tenant_id}
        created = "2026-04-20T11:47:10.3365440"
        about = {
            "tenantType": "ORGANISATION",
            "tenantName": self._site.name,
            "createdDateUtc": created,
        }
        return answer([{**tenant, **about}])

    async def _list(self, request: Request) -> Response:
        kind = self._collections.get(request.path_params["collection"])
        if kind is None:
            return _not_found()
        query, since = request.query_params, request.headers.get("if-modified-since", "")
        since_s = parsedate_to_datetime(since).timestamp() if since else 0.0
        try:
            rows = [row for row in self.books.all(kind, since_s) if matching(kind, row, query)]
            rows = [row for row in rows if not self._lag.hides(UUID(row[kind.id]).int)]
        except Refusal as refusal:
            return self._refused(str(refusal))
        if "page" not in query:  # recorded: then no lines, and nothing of pages
            return self._whole(kind, [{**row, "LineItems": ()} for row in rows])
        size, page = asked(request, "pageSize", 100), asked(request, "page", 1)
        pages = {"page": page, "pageSize": size}
        count = {"pageCount": -(-len(rows) // size), "itemCount": len(rows)}
        return self._whole(kind, rows[(page - 1) * size : page * size], {**pages, **count})

    async def _get(self, request: Request) -> Response:
        kind = self._collections.get(request.path_params["collection"])
        row = self.books.get(kind, request.path_params["identity"]) if kind else None
        return self._whole(kind, [row]) if kind and row else _not_found()

    async def _write(self, request: Request) -> Response:
        kind = self._collections.get(request.path_params["collection"])
        if kind is None:
            return _not_found()
        key, body = request.headers.get("idempotency-key", ""), await request.body()
        if len(key) > _KEY_MOST:
            return self._refused("The idempotency key has more than 128 characters")
        request_ = b"%s %s %s" % (request.method.encode(), str(request.url).encode(), body)
        try:
            before = self._answers.given(key, request_)
        except Mismatch:
            return self._refused("The idempotency key was used with another request")
        if before is not None:
            return self._day.after(json(before[1], before[0]))
        response = self._made(kind, request, body)
        self._answers.keep(key, request_, response.status_code, bytes(response.body))
        return self._day.after(response)

    def _made(self, kind: Kind, request: Request, body: bytes) -> Response:
        try:
            content = DECODER.decode(body)
        except (msgspec.MsgspecError, UnicodeDecodeError):
            return self._refused("The request body could not be read", 14)
        posted: Sequence[dict[str, Any]] = content.get(kind.collection, [content])
        if identity := request.path_params.get("identity"):
            posted = [{**posted[0], kind.id: identity}]
        query, rows, failed = request.query_params, list[Any](), list[Any]()
        places = 4 if query.get("unitdp") == "4" else 2
        for document in posted:
            try:
                row = self.books.write(kind, document, put=request.method == "PUT", places=places)
                self._lag.landed(UUID(row[kind.id]).int)
                rows.append({**row, "StatusAttributeString": "OK"})
            except Refusal as refusal:
                row = {
                    kind.id: self.books.drawn(),  # recorded: an id that does not exist afterwards
                    **document,
                    "HasErrors": True,
                    "StatusAttributeString": "ERROR",
                    "ValidationErrors": [{"Message": str(refusal)}],
                }
                rows.append(row)
                failed.append(row)
        if failed and query.get("summarizeErrors", "").lower() != "false":
            # Recorded: those that are in order are made all the same, and not named.
            return json(ENCODER.encode({**_INVALID, "Elements": failed}), 400)
        return self._whole(kind, rows)

    def _whole(
        self, kind: Kind, rows: Sequence[object], pages: Mapping[str, int] | None = None
    ) -> Response:
        whole = {
            "Id": self.books.drawn(),
            "Status": "OK",
            "ProviderName": "Counterfoil",
            "DateTimeUTC": stamp(unix_s(self._clock.now()), ""),
            **({"pagination": pages} if pages else {}),
            kind.collection: rows,
        }
        return json(ENCODER.encode(whole))

    def _refused(self, said: str, code: int = 10) -> Response:
        return answer({**_INVALID, "ErrorNumber": code, "Message": said}, 400)


def _failed(status: int, said: str) -> Response:
    return Response(said, status, media_type="text/html")


def _not_found() -> Response:
    return _failed(404, "The resource you're looking for cannot be found")
