"""A house between an office on OrderWise and a warehouse on Peoplevox, both twins: what the office
releases is picked, and what left is told to the office, which tells it on."""

from __future__ import annotations

import random
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

import msgspec
from catalogue import FAST, OFFICE, OFFICE_SETTINGS, SHOP, Wires

from counterfoil.app import House, build
from counterfoil.config.shape import Config, Connection, Estate, File, Map
from counterfoil.flows.load import listing_now
from counterfoil.flows.local_queue import LocalQueue
from counterfoil.flows.route import Plan
from counterfoil.flows.work import work
from counterfoil.kit.contract import AsgiWire, StoppedClock
from counterfoil.ledger.account import State
from counterfoil.twins.kit.faults import Weather
from counterfoil.twins.kit.memory import Memory
from counterfoil.twins.orderwise import OrderWiseTwin
from counterfoil.twins.orderwise import Site as OfficeSite
from counterfoil.twins.orderwise.order import OrderDesk
from counterfoil.twins.orderwise.site import local_time
from counterfoil.twins.peoplevox import PeoplevoxTwin, Site
from counterfoil.values.ids import PageId

WAREHOUSE: Final = "wms.peoplevox.net"
SECRETS: Final = {
    "OFFICE_USER": "user", "OFFICE_PASSWORD": "password",
    "WAREHOUSE_USER": "user", "WAREHOUSE_PASSWORD": "password", "SHOP_TOKEN": "nobody calls it",
}  # fmt: skip
OFFICE_LEGS: Final[dict[str, Any]] = {
    **OFFICE_SETTINGS,
    "stock_location_id": 3,
    "tax_map": {"0.2": 1, "0": 2},
    "stock_definition": 103,
    "release_definition": 110,
    "release_lines_definition": 111,
    "release_map": "releases",
    "despatch_definition": 108,
    "despatch_lines_definition": 109,
    "despatch_map": "despatch",
    "despatch_path": "/sales/order/{order_id}/despatch",
    "despatch_change_path": "/sales/despatch/{despatch_id}",
    "despatch_fields": {"moved": "sentOn"},
    "despatched_definition": 112,
    "despatch_word_map": "despatch-words",
    "carrier_map": "warehouse-carriers",
}
WAREHOUSE_LEGS: Final[dict[str, Any]] = {
    "client_id": "acme",
    "channel_name": "Shop UK",
    "unpaid_method_id": 3,
}
MAPS: Final = {
    "delivery": {"DPD": "7"},
    "releases": {
        "Awaiting despatch": "release",
        "Partially despatched": "release",
        "On hold": "wait",
        "Completed": "never",
        "Cancelled": "cancelled",
    },
    "despatch": {"Despatched": "shipped", "Cancelled": "void"},
    "despatch-words": {"shipped": "Despatched", "void": "Cancelled"},
    "warehouse-carriers": {"Royal Mail": "8", "DPD": "7"},
    "services": {"DPD 24": "DPD-ND", "Royal Mail 48": "RM-T48"},
    "payment-methods": {"Shopify Payments": "1", "PayPal": "2"},
}
PLANS: Final = {
    "picks": Plan(
        "order", "office", "warehouse", "operations", switch="on", gates={"unknown": "send"}
    ),
    "despatches": Plan(
        "fulfilment", "warehouse", "office", "operations", switch="on",
        gates={"tracking_wait_s": 600.0},
    ),
}  # fmt: skip

ITEMS: Final = {
    "items": Plan("product", "office", "warehouse", "merchandising", switch="on"),
}
"""The route by which the warehouse knows what it is to pick."""
STOCK: Final = {
    "shelves": Plan(
        "stock", "office", "house", "operations", switch="on", gates={"places": {"4": "SHOP"}}
    ),
    "bins": Plan(
        "stock", "warehouse", "house", "operations", switch="on", gates={"places": {"Main": "WMS"}}
    ),
    "pools": Plan(
        "stock", "house", "shop", "operations", switch="on",
        gates={"pools": {"Online": ["SHOP", "WMS"]}, "after": ["shelves", "bins"]},
    ),
}  # fmt: skip
"""The routes by which what lies at both makes one pool of a shop."""


class Legs:
    """Both twins, the house between them, and what a test asks of it."""

    def __init__(
        self, office: OrderWiseTwin, warehouse: PeoplevoxTwin, house: House, clock: Any
    ) -> None:
        self.office, self.warehouse = office, warehouse
        self.house, self.clock = house, clock
        self._desk = OrderDesk(OfficeSite(), office.state.variant)

    def order(self, reference: str, status: str = "", **pieces: int) -> str:
        """Somebody enters an order of so many pieces of each SKU; its id."""
        now = local_time(self.clock, "Europe/London")
        lines = [
            {
                "itemNumber": number, "variantCode": sku, "quantity": count, "itemGross": 599,
                "taxRateId": 1, "calculateLineSystemPrice": False,
            }
            for number, (sku, count) in enumerate(pieces.items(), 1)
        ]  # fmt: skip
        body = {
            "customer": {"id": 1044},
            "orderHeader": {
                "orderDate": now, "eCommerceOrderNumber": reference, "deliveryMethodId": 8,
                "deliveryGross": 495,
            },
            "paymentMethodId": 2,
            "customerDeliveryAddress": {
                "deliveryName": "Ada Byron", "postcode": "SW1Y 4LB", "countryCode": "GB",
                "email": "ada@example.com",
            },
            "orderLines": lines,
        }  # fmt: skip
        key = self.office.state.land(self._desk.read("12", msgspec.json.encode(body)), now).order_id
        if status:
            self.stand(str(key), status)
        return str(key)

    def stand(self, key: str, status: str) -> None:
        """Somebody gives an order another status."""
        self.clock.move(1.0)
        self.office.state.stand(int(key), status, local_time(self.clock, "Europe/London"))

    async def moved(self, route: str) -> int:
        """List, and let everything arrive; how many versions were new."""
        self.clock.move(2.0)
        count = await listing_now(self.house.engine, self.house.engine.route(route))
        for _ in range(20):
            at = self.clock.now().to_stdlib()
            rows = await self.house.engine.database.rows("idle_pages", at, 0, 1000)
            if not rows:
                break
            for row in rows:
                await work(self.house.engine, PageId(row["id"]))
        return count

    async def pool(self, sku: str) -> int:
        """What the shop's pool may show of a SKU now, reckoned from what was told."""
        (row,) = await self.house.engine.route("pools").source.read([f"{sku}@Online"])
        return row.pieces

    def pick(self, seconds: float = 7200.0) -> None:
        """The warehouse does what is due, as the loop of the twin does."""
        for _ in range(20):
            self.clock.move(seconds / 20)
            self.warehouse.warehouse.turns.advance()

    async def states(self, route: str) -> dict[str, str]:
        """The state of the newest version of each document of a route, by its key."""
        rows = await self.house.engine.database._pool.fetch(  # the test's own eyes
            "select r.key, r.state from thread t join record r on r.id = t.newest"
            " where t.route = $1",
            self.house.engine.route(route).id,
        )
        return {row["key"]: State(row["state"]).word for row in rows}

    async def causes(self) -> dict[str, str]:
        """What waits for a person, by the document's key."""
        rows = await self.house.engine.database._pool.fetch(
            "select r.key, h.cause from hold h join record r on r.id = h.record"
            " where h.closed_at is null"
        )
        return {row["key"]: row["cause"] for row in rows}


@asynccontextmanager
async def legs(
    database: str, folder: Path, weather: Weather | None = None, *,
    beside: Mapping[str, Plan] | None = None, **settings: Any,
) -> AsyncGenerator[Legs]:  # fmt: skip
    """A house on this database; `weather` is that of the warehouse, `beside` has further routes,
    and `settings` those of the office."""
    clock: Any = StoppedClock()
    office = OrderWiseTwin(
        Memory(), clock, random.Random(1), Weather(),
        OfficeSite(user="user", password="password", calls_per_s=1e6, burst=10**6, slots=256),
    )  # fmt: skip
    site = Site(user="user", password="password", calls=10_000)
    warehouse = PeoplevoxTwin(Memory(), clock, random.Random(2), weather or Weather(), site)
    connections = {
        "office": Connection(
            "orderwise", f"https://{OFFICE}", limits=FAST, settings={**OFFICE_LEGS, **settings},
            secrets={"user": "env:OFFICE_USER", "password": "env:OFFICE_PASSWORD"},
        ),
        "warehouse": Connection(
            "peoplevox", f"https://{WAREHOUSE}", limits={"calls": FAST["calls"]},
            settings=WAREHOUSE_LEGS,
            secrets={"user": "env:WAREHOUSE_USER", "password": "env:WAREHOUSE_PASSWORD"},
        ),
    }  # fmt: skip
    connections["shop"] = Connection(
        "shopify", f"https://{SHOP}", secrets={"access_token": "env:SHOP_TOKEN"}
    )
    maps = {name: Map(values) for name, values in MAPS.items()}
    environment = {"DATABASE_URL": database, **SECRETS}
    plans = {**PLANS, **(beside or {})}
    config = Config(folder, File(Estate("test"), connections, maps), plans, environment)
    wire = Wires({OFFICE: AsgiWire(office.app), WAREHOUSE: AsgiWire(warehouse.app)})
    house = await build(
        config, clock=clock, chance=random.Random(3), queue=LocalQueue(clock), wire=wire
    )
    try:
        yield Legs(office, warehouse, house, clock)
    finally:
        await house.close()
        office.close()
        warehouse.close()
