"""The twin, put together: its gate, its addresses and its count of what landed."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route, Router

from counterfoil.twins.kit.answers import answer, json
from counterfoil.twins.kit.bad_day import BadDay
from counterfoil.twins.kit.book import Entry, Measure
from counterfoil.twins.kit.control import control
from counterfoil.twins.kit.courier import Send, unheard
from counterfoil.twins.kit.faults import Weather, common
from counterfoil.twins.kit.gate import Front, Gate
from counterfoil.twins.kit.lag import Lag
from counterfoil.twins.kit.landed import landed
from counterfoil.twins.kit.limits import Meter, Window
from counterfoil.twins.kit.memory import Memory, blob, number
from counterfoil.twins.kit.paging import number as asked
from counterfoil.twins.kit.posted import Refusal
from counterfoil.twins.kit.sign_in import basic, same
from counterfoil.twins.kit.standing import Standing
from counterfoil.twins.kit.twin import Ground, Report
from counterfoil.twins.kit.write_faults import NAMES, WriteFaults
from counterfoil.twins.shipstation.order import Placed, placed, told
from counterfoil.values.clock import Clock

VENDOR: Final = "ShipStation"
CATALOGUE: Final = common(
    VENDOR,
    *NAMES,
    "read_lag",
    "html_page",
    "slow",
)
_PAGE: Final = "<!DOCTYPE html><html><body>ShipStation is being looked after.</body></html>"
_FIRST: Final = 94_113_592
_CLOSED: Final = ("shipped", "cancelled")


class Site(msgspec.Struct, frozen=True):
    """One account: its key pair, its stores, and its limit of calls in each window."""

    api_key: str = ""
    api_secret: str = ""
    stores: tuple[int, ...] = (26815, 26816)
    calls: int = 40
    window_s: float = 60.0
    read_lag_s: tuple[float, float] = (0.5, 2.0)
    patience_s: float = 30.0
    zone: str = "America/Los_Angeles"


class ShipStationTwin(Standing):
    """One ShipStation account; `.app` is its ASGI application. It sends nothing by itself."""

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
        self._books = {"order": self._orders}
        memory.lay(__package__ or "", "tables.sql")
        self._lag = Lag(self.faults, "read_lag", clock, site.read_lag_s)
        day = BadDay(VENDOR, self.faults, clock, site.patience_s)
        self._day = WriteFaults(day, chance, _refused)
        self._window = Window(site.calls, site.window_s, clock)
        right = basic(site.api_key, site.api_secret)
        front = Front(
            known=lambda request: same(request.headers.get("authorization", ""), right),
            stranger=lambda request: Response(status_code=401),
            too_many=self._too_many,
            before=lambda request: self._day.before(_PAGE),
            headers=lambda scope: self._told(),
        )
        self.app = Gate(self._router(), control(self), Meter(memory, clock, (self._window,)), front)

    def report(self) -> Report:
        """The twin's own count."""
        return landed(self._memory, lambda unit: "", self.faults.reached(), {})

    def _orders(self, after: int) -> Iterator[Entry]:
        """Every order that landed, in the order of landing."""
        sql = "select * from store_order where order_id > ? order by order_id"
        for row in self._memory.records(sql, (after,)):
            yield Entry(
                key=str(row["order_id"]),
                reference=str(row["order_key"]),
                born_s=self._unix(str(row["created"])),
                changed_s=self._unix(str(row["modified"])),
                measure=Measure(int(number(row["total"])), ""),
                facts={},
            )

    def ship(self, order_key: str) -> None:
        """The warehouse sends an order: it cannot be changed from now on."""
        self._memory.run(
            "update store_order set order_status = 'shipped' where order_key = ?", order_key
        )

    # --- the vendor's own addresses ---

    def _router(self) -> Router:
        return Router(
            [
                Route("/orders/createorder", self._create, methods=["POST"]),
                Route("/orders", self._list),
                Route("/stores", self._stores),
            ]
        )

    async def _create(self, request: Request) -> Response:
        try:
            order = placed(await request.body(), self._site.stores)
            order_id = self._land(order)
        except Refusal as refusal:
            return _refused(400, str(refusal))
        self._lag.landed(order_id)
        return self._day.after(json(self._shown(order_id)))

    def _land(self, order: Placed) -> int:
        """Put an order: under its key the same one anew, without a key always another."""
        last_sql = "select coalesce(max(order_id), ?) from store_order"
        next_id = 1 + int(self._memory.number(last_sql, _FIRST))
        key = order.key or f"made-{next_id}"
        row = self._memory.row(
            "select order_id, order_status, created from store_order where order_key = ?", key
        )
        if row is not None and row[1] in _CLOSED:
            raise Refusal(f"Order {key} is {row[1]} and cannot be edited")
        order_id = next_id if row is None else int(number(row[0]))
        moment_s = self._clock.now().timestamp()
        now = told(datetime.fromtimestamp(moment_s, ZoneInfo(self._site.zone)))
        created = now if row is None else str(row[2])
        view = order.shown | {
            "orderId": order_id,
            "orderKey": key,
            "createDate": created,
            "modifyDate": now,
        }
        columns = {
            "order_id": order_id,
            "order_key": key,
            "order_number": order.number,
            "order_status": order.status,
            "total": order.total,
            "created": created,
            "modified": now,
            "shown": msgspec.json.encode(view),
        }
        self._memory.keep("store_order", columns)
        return order_id

    def _shown(self, order_id: int) -> bytes:
        row = self._memory.row("select shown from store_order where order_id = ?", order_id)
        return blob(row[0] if row else None)

    async def _list(self, request: Request) -> Response:
        """Orders by what their number begins with, page by page."""
        begins = request.query_params.get("orderNumber", "")
        size = min(max(1, asked(request, "pageSize", 100)), 500)
        page = max(1, asked(request, "page", 1))
        rows = self._memory.rows(
            "select order_id, shown from store_order"
            " where substr(order_number, 1, length(?1)) = ?1 order by order_id",
            begins,
        )
        bodies = [blob(row[1]) for row in rows if not self._lag.hides(int(number(row[0])))]
        orders = [msgspec.Raw(body) for body in bodies[(page - 1) * size : page * size]]
        pages = -(-len(bodies) // size)
        return answer({"orders": orders, "total": len(bodies), "page": page, "pages": pages})

    async def _stores(self, request: Request) -> Response:
        return answer(
            [{"storeId": store, "storeName": f"Store {store}"} for store in self._site.stores]
        )

    def _too_many(self, wait_s: float) -> Response:
        return answer({"message": "Too Many Requests"}, 429)

    def _told(self) -> dict[str, str]:
        return {
            "X-Rate-Limit-Limit": str(self._site.calls),
            "X-Rate-Limit-Remaining": str(self._window.left),
            "X-Rate-Limit-Reset": str(int(self._window.resets_s) + 1),
        }

    def _unix(self, local: str) -> int:
        moment = datetime.fromisoformat(local[:26]).replace(tzinfo=ZoneInfo(self._site.zone))
        return int(moment.timestamp())


def _refused(status: int, text: str) -> Response:
    """A refusal in the recorded shape; a failure has only its message."""
    body: dict[str, object] = {"Message": "The request is invalid." if status == 400 else text}
    if status == 400:
        body["ModelState"] = {"apiOrder": [text]}
    return answer(body, status)
