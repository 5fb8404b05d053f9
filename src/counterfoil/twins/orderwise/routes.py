"""What OrderWise answers, address by address, and what is met at its gate."""

from __future__ import annotations

import math
from datetime import datetime
from zoneinfo import ZoneInfo

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route, Router

from counterfoil.twins.kit.answers import CutShort, Silence, answer, instead, json, page
from counterfoil.twins.kit.faults import Faults
from counterfoil.twins.kit.gate import Front
from counterfoil.twins.kit.lag import Lag
from counterfoil.twins.kit.memory import Memory
from counterfoil.twins.kit.paging import keyset, number
from counterfoil.twins.kit.sign_in import Tokens, basic, bearer, same
from counterfoil.twins.kit.twin import Ground
from counterfoil.twins.orderwise import export
from counterfoil.twins.orderwise.faults import spoil
from counterfoil.twins.orderwise.keeping import Keeping
from counterfoil.twins.orderwise.order import OrderDesk, Refusal
from counterfoil.twins.orderwise.site import Site
from counterfoil.twins.orderwise.state import Landed, State, written

_SIGN_IN = "/token/gettoken"
_SIGN_IN_PAGE = (
    "<!DOCTYPE html><html><head><title>OrderWise Web Access</title></head>"
    "<body><form><input name='user'><input name='password' type='password'></form></body></html>"
)
_CUT = "OrderWise cut the connection"
_SLOW_S = (0.3, 1.0)
_PAGE = 1000
_MOST = 10_000
_PARAMETERS = msgspec.json.Decoder(list[export.Parameter])


class Gatehouse:
    """Who may call, and what a caller meets on a bad day."""

    def __init__(self, ground: Ground, site: Site, faults: Faults) -> None:
        self._ground = ground
        self._site = site
        self._faults = faults
        self._basic = basic(site.user, site.password)
        # A token that was just fetched because of a 401 must not be refused as well.
        self._calls_before_expiry = 2 * site.slots
        chance = ground.chance
        self._tokens = Tokens(
            ground.memory, ground.clock, site.token_ttl_s, lambda: chance.randbytes(24).hex()
        )

    def front(self) -> Front:
        """What the gate asks."""
        return Front(
            known=self._known,
            stranger=lambda request: Response(status_code=401),
            too_many=_too_many,
            unguarded=lambda path: path == self._site.base_path + _SIGN_IN,
            before=self._before,
        )

    async def token(self, request: Request) -> Response:
        """A token for the right user and password."""
        if not same(request.headers.get("authorization", ""), self._basic):
            return Response(status_code=401)
        token = self._tokens.issue(only=self._site.one_token)
        return answer(token if self._site.sign_in_body == "string" else {"token": token})

    def _known(self, request: Request) -> bool:
        token = bearer(request.headers.get("authorization", ""))
        if not self._tokens.knows(token):
            return False
        served = self._tokens.served(token)
        if served >= self._calls_before_expiry and self._faults.strikes("token_expired"):
            self._tokens.forget(token)
            return False
        return True

    async def _before(self, request: Request) -> Response | None:
        ground, patience_s = self._ground, self._site.patience_s
        met = instead(
            self._faults,
            {
                "too_many": lambda: _too_many(1),
                "server_error_before": lambda: refusal(
                    self._site, ground.chance.choice((500, 503)), "An error has occurred"
                ),
                "timeout_before": lambda: Silence(ground.clock, patience_s, _CUT),
                "html_page": lambda: page(_SIGN_IN_PAGE),
            },
        )
        if met is None and self._faults.strikes("slow"):
            # Slower than half of what a caller waits, and it would be silence.
            await ground.clock.sleep(min(self._faults.draw(_SLOW_S), patience_s / 2))
        return met


class Routes:
    """The addresses of one instance."""

    def __init__(
        self,
        ground: Ground,
        site: Site,
        state: State,
        faults: Faults,
        keeping: Keeping,
    ) -> None:
        self._memory: Memory = ground.memory
        self._clock = ground.clock
        self._chance = ground.chance
        self._site = site
        self._state = state
        self._faults = faults
        self._keeping = keeping
        self._lag = Lag(faults, "read_lag", ground.clock, site.read_lag_s)
        self._zone = ZoneInfo(site.zone)
        self._desk = OrderDesk(site, state.variant)
        self._definitions = {definition.number: definition for definition in site.definitions}

    def router(self, gatehouse: Gatehouse) -> Router:
        """Serves the vendor's own addresses."""
        base = self._site.base_path
        return Router(
            [
                Route(base + _SIGN_IN, gatehouse.token),
                Route(base + "/sales/order", self._post_order, methods=["POST"]),
                Route(base + "/sales/order/{id:int}/status", self._order_status),
                Route(
                    base + "/system/export-definition/{id:int}", self._run_export, methods=["POST"]
                ),
                Route(base + "/customers", self._customers),
                Route(base + "/stock/variants", self._variants),
                Route(base + "/value-lists/{number:int}", self._value_list),
                Route(base + "/system/stock-locations", self._stock_locations),
            ]
        )

    async def _post_order(self, request: Request) -> Response:
        session = request.query_params.get("session_id", "")
        body = await request.body()
        if self._faults.strikes("record_locked"):
            return refusal(self._site, 409, "The record is locked by another user")
        try:
            order = self._desk.read(session, body)
        except Refusal as refused:
            return refusal(self._site, 400, str(refused))
        if self._faults.strikes("locked_period"):
            text = f"Order date {order.ordered_at} lies in a locked period"
            return refusal(self._site, 400, text)
        received = written(order)
        spoil(order, self._faults, self._chance)
        self._keeping.alter(order, self._site)
        landed = self._state.land(order, self._local_time(), received)
        self._lag.landed(landed.order_id)
        return self._after(landed)

    def _after(self, landed: Landed) -> Response:
        met = instead(
            self._faults,
            {
                "timeout_after": lambda: Silence(self._clock, self._site.patience_s, _CUT),
                "reset_after": lambda: CutShort(answer(landed), _CUT),
                "server_error_after": lambda: refusal(self._site, 500, "An error has occurred"),
            },
        )
        return met or answer(landed)

    def _local_time(self) -> str:
        moment = datetime.fromtimestamp(self._clock.now().timestamp(), self._zone)
        return moment.replace(tzinfo=None).isoformat()

    async def _order_status(self, request: Request) -> Response:
        status = self._state.status(request.path_params["id"])
        if status is None:
            return refusal(self._site, 404, "The order does not exist")
        return answer(status)

    async def _run_export(self, request: Request) -> Response:
        definition = self._definitions.get(request.path_params["id"])
        if definition is None:
            return refusal(self._site, 404, "The export definition does not exist")
        if not definition.permitted:
            return refusal(self._site, 403, "The user group lacks this permission")
        try:
            given = _PARAMETERS.decode(await request.body())
            spelling = export.Spelling(self._text, self._time)
            body = export.run(self._memory, definition, given, self._lag.hides, spelling)
        except (msgspec.MsgspecError, export.UnknownParameter) as error:
            return refusal(self._site, 400, f"The request is invalid: {error}")
        return json(body)

    def _text(self, text: str) -> str | None:
        """A text as this site gives it back."""
        if not text:
            return None if self._site.blank_is_null else text
        return f"{text} " if self._site.pads_texts else text

    def _time(self, text: str) -> str:
        """A local time as this site gives it back."""
        return f"{text}.000" if self._site.thousandths and "." not in text else text

    async def _customers(self, request: Request) -> Response:
        after, limit = keyset(request, "last_id", _PAGE, _MOST)
        amended = request.query_params.get("lastAmendedDateTime", "")
        rows = [
            customer
            for customer in sorted(self._site.customers, key=lambda customer: customer.id)
            if customer.id > after and customer.last_amended_date_time >= amended
        ]
        return answer(rows[:limit])

    async def _variants(self, request: Request) -> Response:
        return answer(self._state.variants(number(request, "limit", _PAGE)))

    async def _value_list(self, request: Request) -> Response:
        rows = self._site.value_list(request.path_params["number"])
        if rows is None:
            return refusal(self._site, 404, "The value list does not exist")
        return answer(rows)

    async def _stock_locations(self, request: Request) -> Response:
        return answer(self._site.stock_locations)


def refusal(site: Site, status: int, text: str) -> Response:
    """A refusal, its text in the shape that the site has."""
    if site.error_body == "empty":
        return Response(status_code=status)
    if site.error_body == "message":
        return answer({"Message": text}, status)
    return Response(text, status, media_type="text/plain")


def _too_many(wait_s: float) -> Response:
    """429 with the whole seconds to wait."""
    headers = {"retry-after": str(math.ceil(wait_s))}
    return Response("Too many requests", 429, headers, "text/plain")
