"""A house whose stock goes from an office on OrderWise into a shop on Shopify, both twins."""

from __future__ import annotations

import random
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import asynccontextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

from catalogue import FAST, OFFICE, OFFICE_SETTINGS, SECRETS, SHOP, Wires

from counterfoil.app import House, build
from counterfoil.config.shape import Budget, Config, Connection, Estate, File, Map
from counterfoil.flows.load import listing_now
from counterfoil.flows.local_queue import LocalQueue
from counterfoil.flows.route import HOUSE, Plan
from counterfoil.flows.work import work
from counterfoil.kit.contract import AsgiWire, StoppedClock
from counterfoil.kit.transport import Answer
from counterfoil.ledger.account import State
from counterfoil.store import levels
from counterfoil.twins.kit.faults import Weather
from counterfoil.twins.kit.memory import Memory
from counterfoil.twins.orderwise import OrderWiseTwin
from counterfoil.twins.orderwise import Site as OfficeSite
from counterfoil.twins.shopify import Profile, ShopifyTwin, Site
from counterfoil.values.ids import PageId

MAIN, BACK, LOCATION = 3, 4, 3001
PROFILE = Profile(client_id="id", client_secret="secret", token=SECRETS["SHOP_TOKEN"],
                  bucket_size=1e9, restore_per_s=1e9)  # fmt: skip
UNITS = {"case": "12"}
Instead = Callable[[bytes, Answer], Answer]
"""Another answer than a twin gave, made of what it was asked and of that."""


class Spoilt(Wires):
    """The way to both twins, on which an answer may be spoilt: `instead`, by host."""

    def __init__(self, wires: Mapping[str, AsgiWire]) -> None:
        super().__init__(wires)
        self.instead: dict[str, Instead] = {}

    async def send(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes, timeout_s: float
    ) -> Answer:
        answer = await super().send(method, url, headers, body, timeout_s)
        host, _ = self.sent[-1]
        return self.instead[host](body, answer) if host in self.instead else answer


class Stores:
    """Both twins, the house between them, and what a test asks of it."""

    def __init__(
        self, office: OrderWiseTwin, shop: ShopifyTwin, house: House, wires: Spoilt, clock: Any
    ) -> None:
        self.office = office
        self.shop = shop
        self.house = house
        self.wires = wires
        self.clock = clock

    def offer(self, sku: str, *, bundle: bool = False) -> None:
        """The shop has an item of that SKU, of which nothing is there as yet."""
        self.shop.inventory.stand(
            self.shop.inventory.item(sku, bundle=bundle), LOCATION, 0
        )  # fmt: skip

    def count(self, sku: str, amount: str, place: int = MAIN, unit: str = "") -> None:
        """The office counts so much of a SKU, in its unit."""
        self.office.shelves.put(sku, place, int(Decimal(amount) * 1000), unit)

    async def round(self, times: int = 1) -> None:
        """What came in and what goes out is listed and done, a minute later."""
        for _ in range(times):
            self.clock.move(60.0)
            for name in ("levels", "pools"):
                engine = self.house.engine
                await listing_now(engine, engine.route(name))
                await self.work()

    async def work(self) -> None:
        """Do what is due, as a worker would."""
        for _ in range(12):
            at = self.clock.now().to_stdlib()
            rows = await self.house.engine.database.rows("idle_pages", at, 0, 1000)
            for row in rows:
                await work(self.house.engine, PageId(row["id"]))
            if not rows:
                return

    def shows(self) -> dict[str, int]:
        """What the shop shows, by its own book."""
        return {sku: count for (sku, _), count in self.shop.inventory.levels().items()}

    async def kept(self, *skus: str) -> dict[str, Decimal]:
        """What the house keeps of each SKU, all places together."""
        rows = await levels.of(self.house.engine.database, skus)
        return {sku: sum((row.available for row in rows if row.sku == sku), Decimal())
                for sku in skus}  # fmt: skip

    async def states(self) -> dict[str, str]:
        """The state of the newest version of each document, by its number."""
        rows = await self.house.engine.database._pool.fetch(  # the test's own eyes
            "select r.number, r.state from thread t join record r on r.id = t.newest"
        )
        return {row["number"]: State(row["state"]).word for row in rows}

    async def holds(self) -> dict[str, tuple[str, str]]:
        """What waits for a person, by its number: the cause, and what is said."""
        rows = await self.house.engine.database._pool.fetch(
            "select r.number, h.cause, h.said from hold h join record r on r.id = h.record"
            " where h.closed_at is null"
        )
        return {row["number"]: (row["cause"], row["said"]) for row in rows}


@asynccontextmanager
async def stores(database: str, folder: Path, **gates: Any) -> AsyncGenerator[Stores]:
    """A house on this database; `gates` of the route of levels."""
    clock: Any = StoppedClock()
    office = OrderWiseTwin(
        Memory(), clock, random.Random(1), Weather(),
        OfficeSite(user="user", password="password", calls_per_s=1e6, burst=10**6, slots=256),
    )  # fmt: skip
    shop = ShopifyTwin(Memory(), clock, random.Random(2), Weather(), Site(PROFILE))
    connections = {
        "office": Connection(
            "orderwise", f"https://{OFFICE}", limits=FAST,
            settings={**OFFICE_SETTINGS, "stock_definition": 103},
            secrets={"user": "env:OFFICE_USER", "password": "env:OFFICE_PASSWORD"},
        ),
        "shop": Connection(
            "shopify", f"https://{SHOP}", limits={"cost": Budget(10**6, 10.0**6)},
            settings={"location_map": "places"}, secrets={"access_token": "env:SHOP_TOKEN"},
        ),
    }  # fmt: skip
    places = {str(MAIN): "MAIN", str(BACK): "BACK"}
    plans = {
        "levels": Plan("stock", "office", HOUSE, "stores", switch="on",
                       gates={"places": places, **gates}),
        "pools": Plan("stock", HOUSE, "shop", "stores", switch="on",
                      gates={"pools": {"Online": ["MAIN", "BACK"]}}),
    }  # fmt: skip
    maps = {"delivery": Map({"DPD": "7"}), "places": Map({"Online": str(LOCATION)})}
    config = Config(
        folder,
        File(Estate("test"), connections, maps),
        plans,
        {"DATABASE_URL": database, **SECRETS},
    )
    wires = Spoilt({OFFICE: AsgiWire(office.app), SHOP: AsgiWire(shop.app)})
    house = await build(
        config, clock=clock, chance=random.Random(3), queue=LocalQueue(clock), wire=wires
    )
    try:
        yield Stores(office, shop, house, wires, clock)
    finally:
        await house.close()
        office.close()
        shop.close()
