"""What OrderWise answers, address by address, and what is met at its gate."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route, Router

from counterfoil.twins.kit.answers import answer, json, refused, too_many
from counterfoil.twins.kit.bad_day import BadDay
from counterfoil.twins.kit.faults import Faults
from counterfoil.twins.kit.gate import Front
from counterfoil.twins.kit.keeping import Keeping
from counterfoil.twins.kit.lag import Lag
from counterfoil.twins.kit.login import Login
from counterfoil.twins.kit.paging import keyset, number
from counterfoil.twins.kit.posted import Refusal
from counterfoil.twins.kit.sign_in import Tokens
from counterfoil.twins.kit.stored_query import Parameter, UnknownParameter, run, spelling
from counterfoil.twins.kit.twin import Ground
from counterfoil.twins.kit.write_faults import WriteFaults
from counterfoil.twins.orderwise.customer import Customers
from counterfoil.twins.orderwise.faults import spoil
from counterfoil.twins.orderwise.fulfilment import Warehouse
from counterfoil.twins.orderwise.fulfilment_told import DespatchDesk
from counterfoil.twins.orderwise.order import OrderDesk, PlacedOrder
from counterfoil.twins.orderwise.site import Site, local_time
from counterfoil.twins.orderwise.state import State

_SIGN_IN = "/token/gettoken"
_SIGN_IN_PAGE = (
    "<!DOCTYPE html><html><head><title>OrderWise Web Access</title></head>"
    "<body><form><input name='user'><input name='password' type='password'></form></body></html>"
)
_PAGE = 1000
_MOST = 10_000
_ACCOUNTS = 10**9  # beyond the numbers of orders, which may lag too
_PARAMETERS = msgspec.json.Decoder(list[Parameter])


class Routes:
    """The addresses of one instance, and its gate. `faults` strike here, `keeping` alters what is
    stored."""

    def __init__(
        self,
        ground: Ground,
        site: Site,
        state: State,
        faults: Faults,
        keeping: Keeping[PlacedOrder],
        people: tuple[Warehouse, Customers],
    ) -> None:
        memory, clock, chance = ground
        self._ground = ground
        self._site = site
        self._state = state
        self._faults = faults
        self._keeping = keeping
        self._warehouse, self._accounts = people
        self._refuse = partial(refused, site.error_body)
        day = BadDay("OrderWise", faults, clock, site.patience_s)
        self._day = WriteFaults(day, chance, self._refuse)
        tokens = Tokens(memory, clock, site.token_ttl_s, lambda: chance.randbytes(24).hex())
        self._login = Login(site.user, site.password, tokens, faults, spared=2 * site.slots)
        self._lag = Lag(faults, "read_lag", clock, site.read_lag_s)
        self._desk = OrderDesk(site, state.variant)
        self._despatches = DespatchDesk(memory, site, self._warehouse)
        self._definitions = {definition.number: definition for definition in site.definitions}
        self._spelling = spelling(
            pads=site.pads_texts, nulls=site.blank_is_null, thousandths=site.thousandths
        )

    def front(self) -> Front:
        """What the gate asks."""
        return Front(
            known=self._login.knows,
            stranger=lambda request: Response(status_code=401),
            too_many=too_many,
            unguarded=lambda path: path == self._site.base_path + _SIGN_IN,
            before=lambda request: self._day.before(_SIGN_IN_PAGE),
        )

    def router(self) -> Router:
        """Serves the vendor's own addresses."""
        base = self._site.base_path
        return Router(
            [
                Route(base + _SIGN_IN, self._token),
                Route(base + "/sales/order", self._post_order, methods=["POST"]),
                Route(base + "/sales/order/{id:int}/status", self._order_status),
                Route(
                    base + "/system/export-definition/{id:int}", self._run_export, methods=["POST"]
                ),
                Route(base + "/sales/order/{id:int}/despatch", self._told, methods=["POST"]),
                Route(base + "/sales/despatch/{id:int}", self._told, methods=["PUT"]),
                Route(base + "/customers", self._customers),
                Route(base + "/customers", self._account, methods=["POST"]),
                Route(base + "/customers/{id:int}", self._account, methods=["PUT"]),
                Route(base + "/stock/variants", self._variants),
                Route(base + "/value-lists/{number:int}", self._value_list),
                Route(base + "/system/stock-locations", self._stock_locations),
            ]
        )

    async def _token(self, request: Request) -> Response:
        token = self._login.token(request, only=self._site.one_token)
        if not token:
            return Response(status_code=401)
        return answer(token if self._site.sign_in_body == "string" else {"token": token})

    async def _post_order(self, request: Request) -> Response:
        session = request.query_params.get("session_id", "")
        body = await request.body()
        if self._faults.strikes("record_locked"):
            return self._refuse(409, "The record is locked by another user")
        try:
            order = self._desk.read(session, body)
        except Refusal as refused:
            return self._refuse(400, str(refused))
        if self._faults.strikes("locked_period"):
            text = f"Order date {order.ordered_at} lies in a locked period"
            return self._refuse(400, text)
        received = msgspec.msgpack.encode(order)  # whatever becomes of it below
        spoil(order, self._faults, self._ground.chance)
        self._keeping.alter(order)
        landed = self._state.land(order, local_time(self._ground.clock, self._site.zone), received)
        self._lag.landed(landed.order_id)
        if not order.is_credit:
            self._warehouse.expect(landed.order_id)
        return self._day.after(answer(landed))

    async def _told(self, request: Request) -> Response:
        """A despatch is told, or changed."""
        act = self._despatches.take if request.method == "POST" else self._despatches.change
        try:
            true = answer(act(request.path_params["id"], await request.body()))
        except Refusal as refused:
            return self._refuse(400, str(refused))
        return self._day.after(true)

    async def _account(self, request: Request) -> Response:
        """An account is made, or changed."""
        body, key = await request.body(), request.path_params.get("id")
        try:
            true = self._accounts.take(body) if key is None else self._accounts.change(key, body)
        except Refusal as refused:
            return self._refuse(400, str(refused))
        self._lag.landed(_ACCOUNTS + int(str(true["id"])))
        return self._day.after(answer(true))

    async def _order_status(self, request: Request) -> Response:
        status = self._state.status(request.path_params["id"])
        if status is None:
            return self._refuse(404, "The order does not exist")
        return answer(status)

    async def _run_export(self, request: Request) -> Response:
        definition = self._definitions.get(request.path_params["id"])
        if definition is None:
            return self._refuse(404, "The export definition does not exist")
        if not definition.permitted:
            return self._refuse(403, "The user group lacks this permission")
        try:
            parameters = _PARAMETERS.decode(await request.body())
            body = run(self._ground.memory, definition, parameters, self._hidden, self._spelling)
        except (msgspec.MsgspecError, UnknownParameter) as error:
            return self._refuse(400, f"The request is invalid: {error}")
        return json(body)

    def _hidden(self, row: Mapping[str, object]) -> bool:
        """Whether what a row is about cannot be read as yet."""
        order = row.get("owOrderId", row.get("orderId", 0))
        if "accountNumber" in row:
            order = _ACCOUNTS + int(str(row["customerId"]))
        return self._lag.hides(int(str(order))) or self._warehouse.hidden(row)

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
            return self._refuse(404, "The value list does not exist")
        return answer(rows)

    async def _stock_locations(self, request: Request) -> Response:
        return answer(self._site.stock_locations)
