"""A level of a SKU that its channel was not told of yet: it waits for the product, where a route of
ours brings it, and is a person's where it does not come."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec
import pytest
from flow_stage import Stage
from house_stage import OUT, Channel, Counting, counting
from steps import causes

from counterfoil.flows.route import Need, Plan, Route
from counterfoil.flows.sweep import sweep_source
from counterfoil.kit.api.reading import reading_of
from counterfoil.kit.connector import (
    ALONE,
    Inputs,
    Intent,
    Listing,
    Reading,
    Seen,
    Written,
)
from counterfoil.kit.manifest import Carries
from counterfoil.kit.mark import newest
from counterfoil.ledger.account import State
from counterfoil.model.lacking import Lacking
from counterfoil.model.product import Product
from counterfoil.model.stock import Stock
from counterfoil.model.words import Word
from counterfoil.values.errors import CounterfoilError, Hold

PRODUCTS = 4
CARRIES = Carries(("write", "read"), "a test", in_doubt="B", reads=50, manner="upsert")
TELLS = Plan("product", "office", "shop", "merchandising", switch="on", cadence_s=300.0)


@dataclass
class Range:
    """What the office sells."""

    products: dict[str, Product] = field(default_factory=dict)

    def sells(self, key: str, sku: str, updated: str = "2026-11-02T11:00:00Z") -> None:
        self.products[key] = Product(key, sku, sku, "2026-11-02T11:00:00Z", updated)

    def reread(self, source: bytes, at: object) -> Reading[Product]:
        return reading_of(msgspec.json.decode(source, type=Product), source)

    async def since(self, mark: str | None, cursor: str | None) -> Listing[Product]:
        rows = tuple(reading_of(row, msgspec.json.encode(row)) for row in self.products.values())
        return Listing(rows, None, newest(rows))


@dataclass
class Showroom:
    """What the shop was told of products: their codes, by the office's key."""

    codes: dict[str, str] = field(default_factory=dict)
    problem: CounterfoilError | None = None

    def compose(self, document: Product, inputs: Inputs = ALONE) -> Intent:
        return Intent(document.key, document.sku.encode(), {"sku": document.sku})

    async def write(self, intents: Sequence[Intent]) -> Sequence[Written | CounterfoilError]:
        if self.problem is not None:
            return [self.problem for _ in intents]
        self.codes |= {intent.reference: intent.payload.decode() for intent in intents}
        return [Written(f"G-{intent.reference}") for intent in intents]

    async def read(self, references: Sequence[str]) -> Mapping[str, Sequence[Seen]]:
        return {
            key: [Seen(f"G-{key}", key, {"sku": self.codes[key]})]
            for key in references
            if key in self.codes
        }


@dataclass
class Shop(Channel):
    """A channel that shows what it was told of, and nothing else."""

    showroom: Showroom = field(default_factory=Showroom)

    def compose(self, document: Stock) -> Intent:
        if document.sku not in self.showroom.codes.values():
            ref: tuple[Word, str] = "product", document.sku
            raise Lacking("There is none.", ref=ref, do="Make it.", code="no-item")
        return super().compose(document)


@dataclass
class Day:
    """Levels and products of one office, and one shop."""

    house: Counting
    range: Range
    shop: Shop

    @property
    def route(self) -> Route:
        return self.house.stage.engine.routes[PRODUCTS]

    async def told(self) -> None:
        """The office's products are listed, and all that is due is done."""
        await sweep_source(self.house.stage.engine, self.route, None)
        await self.house.stage.work()

    async def passing(self, seconds: float) -> None:
        self.house.stage.clock.pass_(seconds)
        await self.house.stage.work()

    async def state(self, key: str = "TEE-B@Online") -> str:
        rows = await self.house.stage.database._pool.fetch(
            "select state from standing where route = $1 and key = $2", OUT, key
        )
        return State(rows[0]["state"]).word

    async def looks(self) -> int:
        """How often it was laid down to wait."""
        rows = await self.house.stage.database._pool.fetch(
            "select e.path from line e join record r on r.id = e.record where r.route = $1", OUT
        )
        return sum(row["path"][-1] == 13 for row in rows)


@pytest.fixture
async def day(stage: Stage) -> Day:
    """The office sells a tee, and the shop shows it; then it is called otherwise there."""
    house = await counting(stage)
    await stage.database.run("name_route", "products", "on", stage.clock.now().to_stdlib())
    shop, goods = Shop(), Range()
    house.channel = shop
    routes = stage.engine.routes
    source: Any = goods
    told = Route(PRODUCTS, "products", TELLS, source, shop.showroom, CARRIES, 2, 1)
    pools = msgspec.structs.replace(routes[OUT], target=shop)
    stage.engine.routes = {**routes, OUT: pools, PRODUCTS: told}
    day = Day(house, goods, shop)
    goods.sells("v1", "TEE")
    await day.told()
    await house.counted(TEE="18")
    assert shop.shows == {"TEE@Online": 18}
    return day


async def renamed(day: Day) -> None:
    """The level is there under the new code, and the shop has not heard of it."""
    day.range.sells("v1", "TEE-B", "2026-11-02T12:10:00Z")
    await day.house.counted(**{"TEE-B": "17"})


async def test_it_waits_for_the_product_and_is_woken_when_that_lands(day: Day) -> None:
    await renamed(day)
    assert (await day.state(), await causes(day.house.stage)) == ("waiting", [])
    await day.told()
    assert (await day.state(), day.shop.shows["TEE-B@Online"]) == ("confirmed", 17)
    rows = await day.house.stage.database._pool.fetch("select * from wait")
    assert rows == []


async def test_it_is_looked_at_soon_and_then_no_more_until_it_can_wait_no_longer(day: Day) -> None:
    """Soon, since the product may have landed between the look and the laying down."""
    await renamed(day)
    for seconds in (5.0, 30.0, 100.0, 100.0):
        await day.passing(seconds)
    assert await day.looks() == 3
    await day.passing(2 * TELLS.cadence_s)
    assert (await day.state(), await causes(day.house.stage)) == ("held", ["no-item"])


async def test_a_product_that_was_captured_and_is_not_there_is_waited_for_as_the_route_says(
    day: Day,
) -> None:
    day.shop.showroom.problem = Hold("It is a bundle.", code="bundle")
    day.range.sells("v1", "TEE-B", "2026-11-02T12:10:00Z")
    await day.told()
    await renamed(day)
    await day.passing(2 * TELLS.cadence_s)
    assert (await day.state(), await causes(day.house.stage)) == ("waiting", ["bundle"])
    day.shop.showroom.problem = None
    day.range.sells("v1", "TEE-B", "2026-11-02T13:10:00Z")
    await day.told()
    assert await day.state() == "confirmed"


async def test_what_a_route_says_of_the_wait_is_kept(day: Day) -> None:
    routes = day.house.stage.engine.routes
    plan = msgspec.structs.replace(routes[OUT].plan, needs={"product": Need(wait_s=60.0)})
    pools = msgspec.structs.replace(routes[OUT], plan=plan)
    day.house.stage.engine.routes = {**routes, OUT: pools}
    day.shop.showroom.problem = Hold("It is a bundle.", code="bundle")
    day.range.sells("v1", "TEE-B", "2026-11-02T12:10:00Z")
    await day.told()
    await renamed(day)
    await day.passing(61.0)
    assert await day.state() == "held"


async def test_a_product_that_landed_and_is_not_found_is_soon_a_persons(day: Day) -> None:
    """What its index shows late is found at the second look, or the third."""
    day.range.sells("v2", "MUG")
    await day.told()
    day.shop.showroom.codes["v2"] = "somebody called it otherwise"
    await day.house.counted(MUG="4")
    assert await day.state("MUG@Online") == "waiting"
    await day.passing(TELLS.settle_s)
    assert await day.state("MUG@Online") == "held"


async def test_where_nobody_of_ours_tells_of_products_it_is_a_persons_at_once(day: Day) -> None:
    routes = day.house.stage.engine.routes
    day.house.stage.engine.routes = {key: routes[key] for key in routes if key != PRODUCTS}
    await day.house.counted(**{"TEE-B": "17"})
    assert (await day.state(), await causes(day.house.stage)) == ("held", ["no-item"])


async def test_a_newer_level_takes_the_place_of_the_one_that_waits(day: Day) -> None:
    await renamed(day)
    await day.house.counted(**{"TEE-B": "16"})
    await day.told()
    assert day.shop.shows["TEE-B@Online"] == 16
    assert [told["TEE-B@Online"] for told in day.shop.calls if "TEE-B@Online" in told] == [16]
