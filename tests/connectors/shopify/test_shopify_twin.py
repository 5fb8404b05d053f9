"""Against the twin: what is pushed, listed, counted and loaded is one and the same."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import NamedTuple

import msgspec

from counterfoil.connectors.shopify import CONNECTOR
from counterfoil.connectors.shopify.order import OrderSource
from counterfoil.kit.connector import Reading
from counterfoil.kit.contract import AsgiWire, OpenBook
from counterfoil.kit.mark import made
from counterfoil.kit.setup import Account, Means, open_connection
from counterfoil.kit.webhook import verify
from counterfoil.model.address import Address
from counterfoil.model.order import Order
from counterfoil.twins.kit.faults import Weather
from counterfoil.twins.kit.memory import Memory
from counterfoil.twins.shopify import Pace, Profile, ShopifyTwin, Site
from counterfoil.twins.world import Sale, SaleLine, SaleShipping
from counterfoil.values.clock import SystemClock, later
from counterfoil.values.errors import Retry

ADA = Address("Ada Byron", "", "12 St James Square", "", "London", "", "SW1Y 4LB", "GB", "07700")
PROFILE = Profile(client_id="id", client_secret="secret", bulk_s=0.05)
WAYS = ("orders/create", "orders/updated")
SUBSCRIBE = """mutation M($topic: WebhookSubscriptionTopic!) {
  webhookSubscriptionCreate(topic: $topic, webhookSubscription: {uri: "https://hook.example/1"}) {
    userErrors { message } } }"""


class Stage(NamedTuple):
    """A shop at trade, our connector open on it, and the messages that it sent."""

    twin: ShopifyTwin
    source: OrderSource
    pushed: list[tuple[Mapping[str, str], bytes]]
    book: OpenBook


@asynccontextmanager
async def staged(faults: str = "none", **settings: int) -> AsyncIterator[Stage]:
    pushed: list[tuple[Mapping[str, str], bytes]] = []

    async def collect(uri: str, headers: Mapping[str, str], body: bytes) -> int:
        pushed.append(({name.lower(): text for name, text in headers.items()}, body))
        return 200

    clock, book = SystemClock(), OpenBook()
    pace = Pace(lag_s=(0.0, 0.1), late_s=(0.0, 0.1), edit_s=(0.0, 0.1), patience_s=0.2)
    site = Site(PROFILE, pace)
    twin = ShopifyTwin(Memory(), clock, random.Random(7), Weather(faults), site, collect)
    account = Account(
        "twin",
        "http://127.0.0.1",
        hosts=("127.0.0.1",),
        settings={"sign_in": "client-credentials", **settings},
        timeout_s=0.1,
    )
    secrets = {"client_id": "id", "client_secret": "secret"}
    means = Means(clock, AsgiWire(twin.app), book, "test")
    session = open_connection(CONNECTOR, account, means, secret=secrets.__getitem__, maps={})
    source = session.source("order")
    assert isinstance(source, OrderSource)
    trade = asyncio.create_task(twin.run())
    try:
        yield Stage(twin, source, pushed, book)
    finally:
        trade.cancel()
        await asyncio.gather(trade, return_exceptions=True)
        twin.close()


async def subscribe(stage: Stage) -> None:
    client = stage.source.client
    for topic in WAYS:
        named = topic.replace("/", "_").upper()
        await client.ask(SUBSCRIBE, {"topic": named}, kind="subscribe", estimate=10)


def sale(number: int, lines: int = 3) -> Sale:
    made = [
        SaleLine(
            f"SKU-{at}", f"Thing {at}", 1 + at % 3, 600 * (at + 1), 100 * (1 + at % 3) * (at + 1)
        )
        for at in range(lines)
    ]
    made[0] = msgspec.structs.replace(made[0], discount_minor=60, tax_minor=190)
    made.append(SaleLine("", "Engraving", 1, 500, 83, kind="custom"))
    made.append(SaleLine("GIFT", "Gift card", 1, 2500, 0, kind="gift-card"))
    return Sale(
        at_s=0.0,
        number=str(1000 + number),
        placed="2026-11-02T09:14:06Z",
        currency="GBP",
        lines=tuple(made),
        shipping=(SaleShipping("Royal Mail", 495, 83),),
        email="ada@example.com",
        deliver_to=ADA,
        note="By the gate",
    )


async def everything(stage: Stage, mark: str | None = None) -> list[Reading[Order]]:
    """The whole listing: a page is asked for again, and without its cursor all of them."""
    found: list[Reading[Order]] = []
    cursor: str | None = None
    for _ in range(200):
        try:
            page = await stage.source.since(mark, cursor)
        except Retry as retry:
            await asyncio.sleep(min(0.5, retry.after_s))
            if retry.code == "cursor-expired":
                found, cursor = [], None
            continue
        found += page.readings
        cursor = page.cursor
        if cursor is None:
            return found
    raise AssertionError("the listing never came to its end")


def documents(readings: list[Reading[Order]]) -> dict[str, Order]:
    assert [str(reading.problem) for reading in readings if reading.problem] == []
    return {reading.key: reading.document for reading in readings if reading.document}


async def until(stage: Stage, count: int) -> None:
    for _ in range(300):
        if len(stage.pushed) >= count:
            return
        await asyncio.sleep(0.01)
    raise AssertionError(f"{len(stage.pushed)} messages came, not {count}")


async def test_pushed_listed_read_counted_and_loaded_are_the_same() -> None:
    async with staged(orders_per_page=7, lines_per_order=4) as stage:
        await subscribe(stage)
        start = SystemClock().now()
        for number in range(20):
            stage.twin.trade.place(sale(number, lines=2 + number % 4), start)
        stage.twin.wake()
        await until(stage, 20)
        pushed = documents([stage.source.parse(body, start) for _, body in stage.pushed])
        listed = documents(await everything(stage, made(later(start, -5))))
        assert len(pushed) == 20
        assert listed == pushed
        read = documents(list(await stage.source.read([*pushed, "1"])))
        assert read == pushed
        end = later(start, 60)
        census = await stage.source.census(later(start, -60), end, None)
        assert (census.count, census.cursor) == (20, None)
        assert {row.key: row.total_minor for row in census.listed} == {
            key: order.total_minor for key, order in pushed.items()
        }
        pages = [page async for page in stage.source.load(later(start, -60))]
        assert documents([reading for page in pages for reading in page.readings]) == pushed
        assert stage.twin.report().over_limit == 0


async def test_the_twins_webhooks_are_signed_as_the_manifest_says() -> None:
    async with staged() as stage:
        await subscribe(stage)
        stage.twin.trade.place(sale(1), SystemClock().now())
        stage.twin.wake()
        await until(stage, 1)
        headers, body = stage.pushed[0]
        hook = CONNECTOR.manifest.webhook
        assert hook is not None
        delivery = verify(hook, ["secret"], headers, body)
        assert (delivery.topic, delivery.document) == ("orders/create", "order")


async def test_an_invoice_of_1114_lines_is_one_order() -> None:
    async with staged() as stage:
        long = sale(1, lines=1112)
        number = stage.twin.trade.place(long, SystemClock().now())
        (reading,) = await everything(stage)
        assert reading.document is not None, reading.problem
        assert len(reading.document.lines) == 1114
        assert (reading.key, reading.minor) == (str(number), long.total_minor)


async def test_a_hostile_shop_is_listed_whole_in_the_end() -> None:
    async with staged("hostile", orders_per_page=5) as stage:
        now = SystemClock().now()
        for number in range(40):
            stage.twin.trade.place(sale(number), now)
        await asyncio.sleep(0.2)  # the search index catches up
        listed = documents(await everything(stage))
        assert len(listed) == 40
