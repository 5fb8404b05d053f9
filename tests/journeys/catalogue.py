"""A house whose products go from an office on OrderWise into a shop on Shopify, both twins."""

from __future__ import annotations

import random
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from counterfoil.app import House, build
from counterfoil.config.shape import Budget, Config, Connection, Estate, File, Map
from counterfoil.flows.load import listing_now
from counterfoil.flows.local_queue import LocalQueue
from counterfoil.flows.route import Need, Plan, Route
from counterfoil.flows.work import work
from counterfoil.kit.contract import AsgiWire, StoppedClock
from counterfoil.kit.transport import Answer
from counterfoil.twins.kit.faults import Weather
from counterfoil.twins.kit.memory import Memory
from counterfoil.twins.orderwise import OrderWiseTwin
from counterfoil.twins.orderwise import Site as OfficeSite
from counterfoil.twins.shopify import Profile, ShopifyTwin, Site
from counterfoil.values.clock import SystemClock
from counterfoil.values.ids import PageId

OFFICE, SHOP = "office.orderwisecloud.com", "shop.myshopify.com"
PROFILE = Profile(
    client_id="id",
    client_secret="secret",
    token="shpat_token",
    scopes=("read_orders", "write_products"),
    bucket_size=1e9,
    restore_per_s=1e9,
)
FAST = {"calls": Budget(10_000, 10_000.0), "slots": Budget(256)}
OFFICE_SETTINGS: dict[str, Any] = {
    "session_id": 12,
    "orders_definition": 101,
    "lines_definition": 102,
    "customer_id": 1044,
    "tax_map": {"0.2": 1},
    "products_definition": 105,
    "products_created_definition": 106,
    "kits_definition": 107,
    "products_per_page": 20,
}
SECRETS = {"OFFICE_USER": "user", "OFFICE_PASSWORD": "password", "SHOP_TOKEN": PROFILE.token}
PLAN = Plan(
    "product", "office", "shop", "merchandising", switch="on", needs={"product": Need(86_400.0)}
)


class Wires:
    """The way to both twins, by their hosts."""

    def __init__(self, wires: Mapping[str, AsgiWire]) -> None:
        self._wires = wires
        self.sent: list[tuple[str, bytes]] = []

    async def send(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes, timeout_s: float
    ) -> Answer:
        host = urlsplit(url).netloc
        self.sent.append((host, body))
        return await self._wires[host].send(method, url, headers, body, timeout_s)

    async def close(self) -> None: ...


class Catalogue:
    """Both twins, the house between them, and what a test asks of it."""

    def __init__(self, office: OrderWiseTwin, shop: ShopifyTwin, house: House, clock: Any) -> None:
        self.office = office
        self.shop = shop
        self.house = house
        self.clock = clock
        self.wires: Any = house.wire

    @property
    def route(self) -> Route:
        return self.house.engine.route("products")

    async def list(self) -> int:
        """Ask the office what changed; how many versions are new."""
        self.clock.move(2.0)
        return await listing_now(self.house.engine, self.route)

    async def work(self, rounds: int = 12) -> None:
        """Do what is due, as a worker would."""
        for _ in range(rounds):
            at = self.clock.now().to_stdlib()
            rows = await self.house.engine.database.rows("idle_pages", at, 0, 1000)
            if not rows:
                return
            for row in rows:
                await work(self.house.engine, PageId(row["id"]))

    async def moved(self) -> int:
        """List, and let everything arrive."""
        new = await self.list()
        await self.work()
        return new

    async def states(self) -> dict[str, str]:
        """The state of the newest version of each product, by its key."""
        from counterfoil.ledger.account import State

        rows = await self.house.engine.database._pool.fetch(  # the test's own eyes
            "select r.key, r.state from thread t join record r on r.id = t.newest"
        )
        return {row["key"]: State(row["state"]).word for row in rows}

    async def causes(self) -> dict[str, tuple[str, str]]:
        """What waits for a person: cause and owner, by the product's key."""
        rows = await self.house.engine.database._pool.fetch(
            "select r.key, h.cause, h.owner from hold h join record r on r.id = h.record"
            " where h.closed_at is null"
        )
        return {row["key"]: (row["cause"], row["owner"]) for row in rows}

    def at_shop(self) -> dict[str, Mapping[str, Any]]:
        """What the shop holds under each key, by its own book."""
        return {entry.reference: entry.facts for entry in self.shop.book("product")}


@asynccontextmanager
async def catalogue(
    database: str, folder: Path, plan: Plan = PLAN, *, lasting: bool = False, page: int = 20,
    **file: Any,
) -> AsyncGenerator[Catalogue]:  # fmt: skip
    """A house on this database; `lasting`: the twins' memories are in the folder, and time is
    real."""
    clock: Any = SystemClock() if lasting else StoppedClock()
    office = OrderWiseTwin(
        Memory(folder / "office.db") if lasting else Memory(), clock, random.Random(1), Weather(),
        OfficeSite(user="user", password="password", calls_per_s=1e6, burst=10**6, slots=256),
    )  # fmt: skip
    memory = Memory(folder / "shop.db") if lasting else Memory()
    shop = ShopifyTwin(memory, clock, random.Random(2), Weather(), Site(PROFILE))
    connections = {
        "office": Connection(
            "orderwise", f"https://{OFFICE}", limits=FAST,
            settings={**OFFICE_SETTINGS, "products_per_page": page},
            secrets={"user": "env:OFFICE_USER", "password": "env:OFFICE_PASSWORD"},
        ),
        "shop": Connection(
            "shopify", f"https://{SHOP}", limits={"cost": Budget(10**6, 10.0**6)},
            secrets={"access_token": "env:SHOP_TOKEN"},
        ),
    }  # fmt: skip
    environment = {"DATABASE_URL": database, **SECRETS}
    config = Config(
        folder,
        File(Estate("test"), connections, {"delivery": Map({"DPD": "7"})}, **file),
        {"products": plan},
        environment,
    )
    wire = Wires({OFFICE: AsgiWire(office.app), SHOP: AsgiWire(shop.app)})
    house = await build(
        config, clock=clock, chance=random.Random(3), queue=LocalQueue(clock), wire=wire
    )
    try:
        yield Catalogue(office, shop, house, clock)
    finally:
        await house.close()
        office.close()
        shop.close()
