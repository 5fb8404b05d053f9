"""A house whose orders and payouts go from a shop on Shopify into books on Xero, both twins."""

from __future__ import annotations

import random
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

from catalogue import Wires

from counterfoil.app import House, build
from counterfoil.config.shape import Budget, Config, Connection, Estate, File, Map
from counterfoil.flows.load import listing_now
from counterfoil.flows.local_queue import LocalQueue
from counterfoil.flows.route import Plan
from counterfoil.flows.work import work
from counterfoil.kit.contract import AsgiWire, StoppedClock
from counterfoil.surfaces.desk.opening import Desk
from counterfoil.twins.kit.faults import Weather
from counterfoil.twins.kit.memory import Memory
from counterfoil.twins.shopify import Profile, ShopifyTwin, Site
from counterfoil.twins.world import Sale, SaleLine
from counterfoil.twins.xero import Site as BooksSite
from counterfoil.twins.xero import XeroTwin
from counterfoil.twins.xero.settlement import moved
from counterfoil.values.ids import PageId

SHOP, BOOKS = "shop.myshopify.com", "api.xero.com"
CLEARING, BANK = "851", "090"
PROFILE = Profile(
    client_id="id", client_secret="secret", token="shpat_token", bucket_size=1e9,
    restore_per_s=1e9,
)  # fmt: skip
XERO = BooksSite(client_id="client", client_secret="secret", refresh_token="refresh", minute=10**6,
                 day=10**6)  # fmt: skip
SECRETS = {"TOKEN": PROFILE.token, "CLIENT": "client", "SECRET": "secret", "REFRESH": "refresh"}
MAPS = {
    "accounts": Map({"product": "200", "shipping": "202"}),
    "taxes": Map({"0.2": "OUTPUT2", "0": "ZERORATEDOUTPUT"}),
    "clearing": Map({"GBP": CLEARING}),
    "banks": Map({"GBP": BANK}),
    "kept": Map({"fee": "404", "reserve": "610"}),
}
SETTINGS: dict[str, Any] = {
    "tenant_id": XERO.tenant_id,
    "identity": "",
    "contact": "Web sales",
    "currencies": ["GBP"],
    "account_map": "accounts",
    "tax_map": "taxes",
    "clearing_map": "clearing",
    "bank_map": "banks",
    "payout_map": "kept",
}
PLANS = {
    "payouts": Plan("settlement", "shop", "books", "finance", switch="on"),
    "orders": Plan("order", "shop", "books", "finance", switch="shadow"),
}


class Payday:
    """Both twins, the house between them, and what a test asks of it."""

    def __init__(self, shop: ShopifyTwin, books: XeroTwin, house: House, clock: Any) -> None:
        self.shop = shop
        self.books = books
        self.house = house
        self.clock = clock

    @property
    def desk(self) -> Desk:
        """Where questions are asked."""
        return Desk(self.house.config, self.clock, "tester", self.house.engine.database)

    def sell(self, number: int, minor: int) -> int:
        """A customer buys for so much; the order's number at the shop."""
        lines = (SaleLine("TEE", "Tee", 1, minor, minor - minor * 5 // 6),)
        sale = Sale(0.0, f"#{number}", self.clock.now().format_iso(), "GBP", lines, (), "a@b.com")
        return self.shop.trade.place(sale, self.clock.now())

    async def moved(self, rounds: int = 12) -> None:
        """List both routes, and let everything arrive."""
        self.clock.move(2.0)
        for name in PLANS:
            await listing_now(self.house.engine, self.house.engine.route(name))
        for _ in range(rounds):
            self.clock.move(1.0)
            at = self.clock.now().to_stdlib()
            rows = await self.house.engine.database.rows("idle_pages", at, 0, 1000)
            for row in rows:
                await work(self.house.engine, PageId(row["id"]))

    async def states(self) -> Mapping[str, str]:
        """The state of the newest version of each payout, by its number."""
        from counterfoil.ledger.account import State

        rows = await self.house.engine.database._pool.fetch(  # the test's own eyes
            "select r.key, r.state from thread t join record r on r.id = t.newest"
            " join route on route.id = r.route where route.name = 'payouts'"
        )
        return {row["key"]: State(row["state"]).word for row in rows}

    async def causes(self) -> Sequence[str]:
        """What waits for a person."""
        rows = await self.house.engine.database._pool.fetch(
            "select cause from hold where closed_at is null"
        )
        return [row["cause"] for row in rows]

    def at(self, account: str) -> Decimal:
        """What has come to a bank account in the books, by their own count."""
        return moved(self.books.books, account)


@asynccontextmanager
async def payday(database: str, folder: Path) -> AsyncGenerator[Payday]:
    """A house on this database."""
    clock: Any = StoppedClock()
    shop = ShopifyTwin(Memory(), clock, random.Random(2), Weather(), Site(PROFILE))
    books = XeroTwin(Memory(), clock, random.Random(1), Weather(), XERO)
    connections = {
        "shop": Connection(
            "shopify", f"https://{SHOP}", limits={"cost": Budget(10**6, 10.0**6)},
            secrets={"access_token": "env:TOKEN"},
        ),
        "books": Connection(
            "xero", f"https://{BOOKS}", settings=SETTINGS,
            secrets={"client_id": "env:CLIENT", "client_secret": "env:SECRET",
                     "refresh_token": "env:REFRESH"},
        ),
    }  # fmt: skip
    environment = {"DATABASE_URL": database, **SECRETS}
    config = Config(folder, File(Estate("test"), connections, MAPS), PLANS, environment)
    wire = Wires({SHOP: AsgiWire(shop.app), BOOKS: AsgiWire(books.app)})
    house = await build(
        config, clock=clock, chance=random.Random(3), queue=LocalQueue(clock), wire=wire
    )
    try:
        yield Payday(shop, books, house, clock)
    finally:
        await house.close()
        shop.close()
        books.close()
