"""Customers move from the shop into the office and the books: each an account, under its number."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncGenerator, Sequence
from pathlib import Path
from typing import Any

import pytest
from catalogue import FAST, OFFICE, OFFICE_SETTINGS, Wires
from msgspec.structs import replace
from payday import BOOKS, MAPS, SHOP, XERO
from payday import PROFILE as SELLER
from payday import SETTINGS as BOOKKEEPING

from counterfoil.app import House, build
from counterfoil.config.shape import Budget, Config, Connection, Estate, File, Map
from counterfoil.flows.census import Window, census
from counterfoil.flows.intake import Intake, Message
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
from counterfoil.twins.shopify import ShopifyTwin, Site
from counterfoil.twins.xero import XeroTwin
from counterfoil.values.ids import PageId

SECRETS = {
    "OFFICE_USER": "user", "OFFICE_PASSWORD": "password", "TOKEN": SELLER.token,
    "CLIENT": "client", "SECRET": "secret", "REFRESH": "refresh",
}  # fmt: skip
ACCOUNTS = {
    "customer_path": "/customers",
    "customer_change_path": "/customers/{customer_id}",
    "customers_definition": 113,
}
PLANS = {
    "accounts": Plan("customer", "shop", "office", "service", switch="on", reference_prefix="W"),
    "contacts": Plan("customer", "shop", "books", "finance", switch="on"),
}


class People:
    """Three twins, the house between them, and what a test asks of it."""

    def __init__(
        self, shop: ShopifyTwin, office: OrderWiseTwin, books: XeroTwin, house: House, clock: Any
    ) -> None:
        self.shop, self.office, self.books = shop.customers, office, books
        self.house, self.clock = house, clock

    async def moved(self) -> None:
        """List what changed, and let everything arrive."""
        self.clock.move(2.0)
        for name in PLANS:
            await listing_now(self.house.engine, self.house.engine.route(name))
        await self.work()

    async def work(self, rounds: int = 8) -> None:
        """Do what is due, as a worker would."""
        for _ in range(rounds):
            self.clock.move(1.0)
            at = self.clock.now().to_stdlib()
            rows = await self.house.engine.database.rows("idle_pages", at, 0, 1000)
            for row in rows:
                await work(self.house.engine, PageId(row["id"]))

    async def hear(self, bodies: Sequence[bytes]) -> None:
        """Take messages in at the door, and let what they say arrive."""
        engine = self.house.engine
        taking, routes = Intake(engine), tuple(engine.route(name) for name in PLANS)
        messages = [
            Message(routes[0].source_connection, "customers", f"d{at}", body, routes)
            for at, body in enumerate(bodies)
        ]
        waiting = [asyncio.create_task(taking.take(message)) for message in messages]
        await asyncio.sleep(0)
        running = asyncio.create_task(taking.run())
        await asyncio.gather(*waiting)
        running.cancel()
        await self.work()

    async def states(self, key: int) -> tuple[str, ...]:
        """Where the newest version of a customer stands, on either route."""
        rows = await self.house.engine.database._pool.fetch(  # the test's own eyes
            "select r.state from thread t join record r on r.id = t.newest"
            " where r.key = $1 order by t.route",
            str(key),
        )
        return tuple(State(row["state"]).word for row in rows)

    async def causes(self) -> list[str]:
        """What waits for a person."""
        rows = await self.house.engine.database._pool.fetch(
            "select cause from hold where closed_at is null order by cause"
        )
        return [row["cause"] for row in rows]

    def at_office(self) -> dict[str, Any]:
        """The accounts that the office made, by their codes."""
        return {entry.reference: entry.facts for entry in self.office.book("customer")}

    def in_books(self) -> dict[str, Any]:
        """The contacts in the books, by their numbers."""
        return {entry.reference: entry.facts for entry in self.books.book("customer")}


@pytest.fixture
async def people(migrated_database: str, tmp_path: Path) -> AsyncGenerator[People]:
    clock: Any = StoppedClock()
    profile = replace(SELLER, scopes=("read_customers",))
    shop = ShopifyTwin(Memory(), clock, random.Random(2), Weather(), Site(profile))
    office = OrderWiseTwin(
        Memory(), clock, random.Random(1), Weather(),
        OfficeSite(user="user", password="password", calls_per_s=1e6, burst=10**6, slots=256),
    )  # fmt: skip
    books = XeroTwin(Memory(), clock, random.Random(3), Weather(), XERO)
    connections = {
        "shop": Connection(
            "shopify", f"https://{SHOP}", limits={"cost": Budget(10**6, 10.0**6)},
            secrets={"access_token": "env:TOKEN"},
        ),
        "office": Connection(
            "orderwise", f"https://{OFFICE}", limits=FAST,
            settings={**OFFICE_SETTINGS, **ACCOUNTS},
            secrets={"user": "env:OFFICE_USER", "password": "env:OFFICE_PASSWORD"},
        ),
        "books": Connection(
            "xero", f"https://{BOOKS}", settings=BOOKKEEPING,
            limits={"minute": Budget(10**6), "day": Budget(10**6)},
            secrets={"client_id": "env:CLIENT", "client_secret": "env:SECRET",
                     "refresh_token": "env:REFRESH"},
        ),
    }  # fmt: skip
    config = Config(
        tmp_path, File(Estate("test"), connections, {**MAPS, "delivery": Map({"DPD": "7"})}), PLANS,
        {"DATABASE_URL": migrated_database, **SECRETS},
    )  # fmt: skip
    twins = {SHOP: shop, OFFICE: office, BOOKS: books}
    wire = Wires({host: AsgiWire(twin.app) for host, twin in twins.items()})
    house = await build(
        config, clock=clock, chance=random.Random(4), queue=LocalQueue(clock), wire=wire
    )
    try:
        yield People(shop, office, books, house, clock)
    finally:
        await house.close()
        for twin in (shop, office, books):
            twin.close()


async def test_a_customer_is_an_account_and_a_contact_and_a_guest_is_neither(
    people: People,
) -> None:
    ada = people.shop.enter(first="Ada", last="Byron", email="ada@example.com", state="ENABLED")
    guest = people.shop.enter(first="Eve", email="eve@example.com")
    await people.moved()
    assert await people.states(ada) == ("confirmed", "confirmed")
    assert await people.states(guest) == ("excluded", "excluded")
    (account,), (contact,) = people.at_office().values(), people.in_books().values()
    assert people.at_office().keys() == {f"W{ada}"}
    assert (account["statement_name"], account["email"]) == ("Ada Byron", "ada@example.com")
    assert contact["Name"] == f"Ada Byron ({ada})"


async def test_a_change_is_written_over_and_what_is_only_spelt_otherwise_is_not_sent(
    people: People,
) -> None:
    ada = people.shop.enter(first="Ada", last="Byron", email="ada@example.com", state="ENABLED")
    await people.moved()
    people.shop.change(ada, email="ADA@example.com")
    await people.moved()
    assert await people.states(ada) == ("merged", "merged")
    people.shop.change(ada, last="King")
    await people.moved()
    assert await people.states(ada) == ("confirmed", "confirmed")
    assert people.at_office()[f"W{ada}"]["statement_name"] == "Ada King"
    assert len(people.at_office()) == len(people.in_books()) == 1


async def test_two_with_one_address_are_held_and_not_joined(people: People) -> None:
    for first in ("Ada", "Eve"):
        people.shop.enter(first=first, email="home@example.com", state="ENABLED")
        await people.moved()
    assert await people.causes() == ["same-email", "same-email"]
    assert len(people.at_office()) == len(people.in_books()) == 1


async def test_who_is_merged_ends_in_the_books_and_a_person_hears_of_it_at_the_office(
    people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone, kept = (
        people.shop.enter(first=first, email=f"{first}@example.com", state="ENABLED")
        for first in ("Ada", "Eve")
    )
    await people.moved()
    bodies: list[bytes] = []
    monkeypatch.setattr(
        people.shop._webhooks, "promise", lambda topic, body, now: bodies.append(body())
    )
    people.shop.merge(gone, kept)
    await people.hear(bodies)
    assert await people.states(gone) == ("held", "confirmed")
    assert await people.causes() == ["changed-after-sent"]
    assert people.in_books()[str(gone)]["status"] == "ARCHIVED"
    assert people.in_books()[str(kept)]["status"] == "ACTIVE"


async def test_the_shop_and_the_journal_agree_on_who_stands(people: People) -> None:
    people.shop.enter(first="Ada", state="ENABLED")
    people.shop.enter(first="Eve")
    await people.moved()
    now, engine = people.clock.now(), people.house.engine
    balance = await census(engine, engine.route("accounts"), Window(now, now))
    assert balance.balances
    assert balance.listed == 2
    people.shop.enter(first="Zoe", state="ENABLED")  # of whom nobody said anything
    await census(engine, engine.route("accounts"), Window(now, now))
    await people.work()
    assert len(people.at_office()) == 2
