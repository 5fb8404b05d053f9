"""What OrderWise answers, address by address, to a caller that has been let in."""

from __future__ import annotations

import random
from datetime import datetime
from zoneinfo import ZoneInfo

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route, Router

from counterfoil.twins.faults import Faults
from counterfoil.twins.orderwise import export
from counterfoil.twins.orderwise.answers import (
    CutShort,
    Unanswered,
    answer,
    json,
    refusal,
    unauthorised,
)
from counterfoil.twins.orderwise.faults import ReadLag, spoil
from counterfoil.twins.orderwise.keeping import Keeping
from counterfoil.twins.orderwise.order import OrderDesk, Refusal
from counterfoil.twins.orderwise.sign_in import SignIn
from counterfoil.twins.orderwise.site import Site
from counterfoil.twins.orderwise.state import Landed, State, written
from counterfoil.values.clock import Clock

SIGN_IN = "/token/gettoken"
_PAGE = 1000
_PARAMETERS = msgspec.json.Decoder(list[export.Parameter])


class Routes:
    """The addresses of one instance; `.router` serves them."""

    def __init__(
        self,
        state: State,
        site: Site,
        sign_in: SignIn,
        faults: Faults,
        lag: ReadLag,
        clock: Clock,
        chance: random.Random,
        patience_s: float,
        *,
        keeping: Keeping,
    ) -> None:
        self._keeping = keeping
        self._state = state
        self._site = site
        self._sign_in = sign_in
        self._faults = faults
        self._lag = lag
        self._clock = clock
        self._chance = chance
        self._patience_s = patience_s
        self._zone = ZoneInfo(site.zone)
        self._desk = OrderDesk(site, state.variant)
        self._definitions = {definition.number: definition for definition in site.definitions}
        self.router = Router(self._routes(site.base_path))

    def _routes(self, base: str) -> list[Route]:
        return [
            Route(base + SIGN_IN, self._token),
            Route(base + "/sales/order", self._post_order, methods=["POST"]),
            Route(base + "/sales/order/{id:int}/status", self._order_status),
            Route(base + "/system/export-definition/{id:int}", self._run_export, methods=["POST"]),
            Route(base + "/customers", self._customers),
            Route(base + "/stock/variants", self._variants),
            Route(base + "/value-lists/{number:int}", self._value_list),
            Route(base + "/system/stock-locations", self._stock_locations),
        ]

    async def _token(self, request: Request) -> Response:
        token = self._sign_in.token(request.headers.get("authorization", ""))
        if token is None:
            return unauthorised()
        return answer(token if self._site.sign_in_body == "string" else {"token": token})

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
        self._keeping.alter(order)
        landed = self._state.land(order, self._local_time(), received)
        self._lag.landed(landed.order_id)
        return self._after(landed)

    def _after(self, landed: Landed) -> Response:
        if self._faults.strikes("timeout_after"):
            return Unanswered(self._clock, self._patience_s)
        if self._faults.strikes("reset_after"):
            return CutShort(msgspec.json.encode(landed), media_type="application/json")
        if self._faults.strikes("server_error_after"):
            return refusal(self._site, 500, "An error has occurred")
        return answer(landed)

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
            body = export.run(
                self._state.database, definition, given, self._lag.hides, self._text, self._time
            )
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
        after, amended = _number(request, "last_id", 0), _text(request, "lastAmendedDateTime")
        rows = [
            customer
            for customer in sorted(self._site.customers, key=lambda customer: customer.id)
            if customer.id > after and customer.last_amended_date_time >= amended
        ]
        return answer(rows[: _number(request, "limit", _PAGE)])

    async def _variants(self, request: Request) -> Response:
        rows = self._state.variants(_number(request, "limit", _PAGE))
        return answer([{"variantID": number, "variantCode": code} for number, code in rows])

    async def _value_list(self, request: Request) -> Response:
        rows = self._site.value_list(request.path_params["number"])
        if rows is None:
            return refusal(self._site, 404, "The value list does not exist")
        return answer(rows)

    async def _stock_locations(self, request: Request) -> Response:
        return answer(self._site.stock_locations)


def _text(request: Request, name: str) -> str:
    return request.query_params.get(name, "")


def _number(request: Request, name: str, default: int) -> int:
    text = _text(request, name)
    return int(text) if text.isdecimal() and len(text) < 19 else default
