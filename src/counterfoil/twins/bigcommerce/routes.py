"""What V2 answers about orders, and what is met at the gate of the store."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Scope

from counterfoil.twins.bigcommerce import body
from counterfoil.twins.bigcommerce.life import Change, set_status
from counterfoil.twins.bigcommerce.order import Kept
from counterfoil.twins.bigcommerce.site import STATUSES, Site
from counterfoil.twins.bigcommerce.state import Store
from counterfoil.twins.kit.answers import CutShort, Silence, answer, instead, nothing, page
from counterfoil.twins.kit.faults import Faults
from counterfoil.twins.kit.gate import Front
from counterfoil.twins.kit.lag import Lag
from counterfoil.twins.kit.limits import Window
from counterfoil.twins.kit.paging import Slice, numbered
from counterfoil.twins.kit.sign_in import same
from counterfoil.values.clock import Clock

_PAGE, _MOST = 50, 250
_SLOW_S: Final = (0.3, 2.0)
_BARE: Final = "bare"  # of a call: the platform refuses it before anything counts it
_EDGE_PAGE: Final = "<!DOCTYPE html><html><title>Just a moment</title><p>Please wait.</p></html>"
_CUT: Final = "BigCommerce cut the connection"


class Written(msgspec.Struct):
    """What a PUT may change of an order here; what it does not say stays."""

    status_id: int | None = None
    staff_notes: str | None = None
    external_order_id: str | None = None


class Gatehouse:
    """Who may call, how often, and what a caller meets on a bad day."""

    def __init__(self, site: Site, faults: Faults, window: Window, clock: Clock) -> None:
        self._site = site
        self._faults = faults
        self._window = window
        self._clock = clock

    def front(self) -> Front:
        """What the gate asks."""
        return Front(
            known=lambda request: same(request.headers.get("x-auth-token", ""), self._site.token),
            stranger=lambda request: refusal(401, "Unauthorized"),
            too_many=lambda wait_s: refusal(429, "Too Many Requests"),
            before=self._before,
            headers=self._headers,
        )

    def _headers(self, scope: Scope) -> Mapping[str, str]:
        if scope.get(_BARE):
            return {}
        return {
            "x-rate-limit-requests-left": str(self._window.left),
            "x-rate-limit-requests-quota": str(self._window.most),
            "x-rate-limit-time-reset-ms": str(int(self._window.resets_s * 1000)),
            "x-rate-limit-time-window-ms": str(int(self._window.length_s * 1000)),
        }

    async def _before(self, request: Request) -> Response | None:
        def used_up() -> Response:
            self._window.drain()
            return refusal(429, "Too Many Requests")

        def overloaded() -> Response:
            # Without any header, or with calls left that are worth nothing (both reported).
            request.scope[_BARE] = bool(self._faults.pick(0, 1))
            return Response(status_code=429)

        patience_s = self._site.pace.patience_s
        met = instead(
            self._faults,
            {
                "too_many": used_up,
                "overload": overloaded,
                "server_error": lambda: refusal(self._faults.pick(500, 502, 503), "Try again."),
                "read_timeout": lambda: Silence(self._clock, patience_s, _CUT),
                "html_error_page": lambda: page(_EDGE_PAGE),
                "empty_page": nothing,
            },
        )
        if met is None and self._faults.strikes("slow"):
            await self._clock.sleep(min(self._faults.draw(_SLOW_S), patience_s / 2))
        return met


class Routes:
    """The addresses of orders; `change` writes to one and tells its news."""

    def __init__(
        self,
        site: Site,
        store: Store,
        faults: Faults,
        lag: Lag,
        change: Callable[[int, Change], Kept | None],
    ) -> None:
        self._site = site
        self._store = store
        self._faults = faults
        self._lag = lag
        self._change = change

    def routes(self) -> list[Route]:
        """The addresses that the vendor has too."""
        base, site = f"{self._site.base}/v2", self._site
        one = base + "/orders/{id:int}"

        def parts(name: str, of: Callable[[Kept], list[body.Json]]) -> list[Route]:
            async def listed(request: Request) -> Response:
                kept = self._store.order(request.path_params["id"])
                return self._listed(request, None if kept is None else of(kept))

            async def single(request: Request) -> Response:
                kept, key = (
                    self._store.order(request.path_params["id"]),
                    request.path_params["part"],
                )
                found = [row for row in of(kept) if row["id"] == key] if kept else []
                return self._answered(found[0]) if found else missing()

            return [Route(f"{one}/{name}", listed), Route(f"{one}/{name}/{{part:int}}", single)]

        return [
            Route(base + "/orders", self._orders),
            Route(base + "/orders/count", self._count),
            Route(base + "/order_statuses", self._statuses),
            Route(one, self._order, methods=["GET", "PUT"]),
            *parts("products", body.products),
            *parts("shipping_addresses", lambda kept: body.shipping_addresses(kept, site)),
            *parts("coupons", body.coupons),
            *parts("taxes", body.taxes),
            *(route for name in ("fees", "messages", "shipments") for route in parts(name, _none)),
        ]

    async def _orders(self, request: Request) -> Response:
        rows = numbered(request, _PAGE, _MOST)
        try:
            found = self._store.find(request.query_params, self._lag.hides, rows)
        except (ValueError, TypeError) as error:
            return refusal(400, f"A parameter is not valid: {error}")
        return self._page([body.order(kept, self._site) for kept in found])

    async def _count(self, request: Request) -> Response:
        return self._answered(body.tally(self._store.counts(), self._site))

    async def _statuses(self, request: Request) -> Response:
        return self._answered(body.statuses(self._site))

    async def _order(self, request: Request) -> Response:
        kept = self._store.order(request.path_params["id"])
        if kept is None:
            return missing()
        if request.method == "PUT":
            try:
                written = msgspec.json.decode(await request.body(), type=Written)
            except msgspec.MsgspecError as error:
                return refusal(400, f"The body is not valid: {error}")
            if written.status_id is not None and written.status_id not in STATUSES:
                return refusal(400, "The field 'status_id' is invalid.")
            kept = self._change(kept.id, _writing(written)) or kept
        return self._answered(body.order(kept, self._site))

    def _listed(self, request: Request, found: list[body.Json] | None) -> Response:
        if found is None:
            return missing()
        rows: Slice = numbered(request, _PAGE, _MOST)
        return self._page(found[rows.offset : rows.offset + rows.limit])

    def _page(self, found: list[body.Json]) -> Response:
        """A bare array, and 204 without a body where there is nothing to show."""
        return self._answered(found) if found else Response(status_code=204)

    def _answered(self, value: object) -> Response:
        whole = answer(value)
        return CutShort(whole, _CUT) if self._faults.strikes("reset") else whole


def _writing(written: Written) -> Change:
    def change(kept: Kept, now_s: int) -> Kept:
        if written.status_id is not None:
            kept = set_status(written.status_id)(kept, now_s)
        notes, external = written.staff_notes, written.external_order_id
        return msgspec.structs.replace(
            kept,
            staff_notes=kept.staff_notes if notes is None else notes,
            external_order_id=kept.external_order_id if external is None else external,
        )

    return change


def _none(kept: Kept) -> list[body.Json]:
    return []


def missing() -> Response:
    """What there is none of."""
    return refusal(404, "The requested resource was not found.")


def refusal(status: int, message: str) -> Response:
    """A refusal as V2 spells it: an array."""
    return answer([{"status": status, "message": message}], status)
