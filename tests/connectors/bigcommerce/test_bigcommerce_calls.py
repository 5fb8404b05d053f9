"""How the store is asked: pages that cannot shift, what is worth a call, what is remembered."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, Iterator, Mapping
from contextlib import asynccontextmanager
from typing import Any, NamedTuple
from urllib.parse import parse_qs, urlsplit

import msgspec
import pytest

from counterfoil.connectors.bigcommerce import CONNECTOR
from counterfoil.kit.connector import Listing, Session
from counterfoil.kit.contract import AsgiWire, OpenBook, StoppedClock
from counterfoil.kit.contract.book import StrictBook
from counterfoil.kit.mark import made
from counterfoil.kit.setup import Account, Means, open_connection
from counterfoil.kit.transport import Answer
from counterfoil.model.order import Order
from counterfoil.twins.bigcommerce import BigCommerceTwin
from counterfoil.twins.bigcommerce.life import EVENTS
from counterfoil.twins.world import Sale
from counterfoil.values.bucket import Bucket
from counterfoil.values.clock import later
from counterfoil.values.errors import CounterfoilError, Halt, Hold, Refuse, Retry
from tests.connectors.bigcommerce.bigcommerce_stage import SECRETS, URL, sale, twin_of
from tests.connectors.bigcommerce.rows import head

WINDOW = ("x-rate-limit-requests-left", "x-rate-limit-time-reset-ms")


class Wire(AsgiWire):
    """The way to the twin, which writes down what is asked; `answers` come before it."""

    def __init__(self, twin: BigCommerceTwin) -> None:
        super().__init__(twin.app)
        self.asked: list[str] = []
        self.answers: dict[str, Answer] = {}

    async def send(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes, timeout_s: float
    ) -> Answer:
        split = urlsplit(url)
        self.asked.append(split.path.partition("/v2/")[2] + (f"?{split.query}" * bool(split.query)))
        for part, answer in self.answers.items():
            if part in url:
                return answer
        return await super().send(method, url, headers, body, timeout_s)

    def lists(self) -> int:
        """How many calls were for the lists of an order."""
        return len([path for path in self.asked if path.count("/") > 1])


class Opened(NamedTuple):
    """One open connection to a twin."""

    session: Session
    twin: BigCommerceTwin
    wire: Wire
    clock: StoppedClock

    def sell(self, count: int = 1, **told: Any) -> list[str]:
        sales: list[Sale] = [msgspec.structs.replace(sale(at + 1), **told) for at in range(count)]
        return [str(self.twin.trade.place(one)) for one in sales]

    async def listed(self, mark: str | None) -> list[Listing[Order]]:
        pages, cursor = list[Listing[Order]](), None
        while not pages or cursor:
            pages.append(await self.session.source("order").since(mark, cursor))
            cursor = pages[-1].cursor
        return pages


@asynccontextmanager
async def opened(page: int = 5) -> AsyncGenerator[Opened]:
    clock = StoppedClock()
    twin = twin_of(clock)
    wire = Wire(twin)
    account = Account("store", URL, settings={"orders_per_page": page})
    means = Means(clock, wire, OpenBook(), "test")
    session = open_connection(CONNECTOR, account, means, secret=SECRETS.__getitem__, maps={})
    yield Opened(session, twin, wire, clock)
    twin.close()


def keys(pages: list[Listing[Order]]) -> Iterator[str]:
    return (reading.key for page in pages for reading in page.readings)


async def test_more_changes_in_a_second_than_a_page_has_are_read_by_their_numbers() -> None:
    async with opened(page=5) as store:
        sold = store.sell(17)
        pages = await store.listed(None)
        assert {*keys(pages)} == {*sold}
        asked = [parse_qs(path.partition("?")[2]) for path in store.wire.asked if "sort" in path]
        assert all("page" not in one for one in asked)
        assert [one["min_id"] for one in asked if "min_id" in one][:2] == [["1"], ["105"]]


async def test_the_second_look_at_what_did_not_change_asks_for_heads_only() -> None:
    async with opened() as store:
        store.sell(4)
        store.clock.move(10.0)
        first = await store.listed(None)
        asked = store.wire.lists()
        assert asked > 0
        assert [*keys(await store.listed(None))] == [*keys(first)]
        assert store.wire.lists() == asked
        store.twin.trade.change(int(store.sell()[0]), EVENTS["completed"])
        await store.listed(None)
        assert store.wire.lists() > asked


async def test_what_changed_this_very_second_is_not_remembered() -> None:
    async with opened() as store:
        key = store.sell()
        await store.session.source("order").read(key)
        asked = store.wire.lists()
        await store.session.source("order").read(key)
        assert store.wire.lists() == 2 * asked


async def test_lists_that_the_head_says_are_empty_are_not_asked_for() -> None:
    async with opened() as store:
        free = sale(5)
        lines = tuple(
            msgspec.structs.replace(line, tax_minor=0, discount_minor=0) for line in free.lines
        )
        (key,) = store.sell(lines=lines, shipping=())
        await store.session.source("order").read([key])
        paths = [path.partition("?")[0] for path in store.wire.asked]
        assert paths == [f"orders/{key}", f"orders/{key}/products"]


async def test_fees_are_asked_for_where_the_rest_is_not_the_total() -> None:
    async with opened() as store:
        row = head(total_inc_tax="15.0000")
        fee = {"display_name_customer": "Pallet", "cost_inc_tax": "3.0000", "cost_ex_tax": "3.0000"}
        for path, value in {
            "/products": row.pop("products"), "/taxes": row.pop("taxes"), "/fees": [fee],
            "/orders/218": {**row, "products": {"resource": "/orders/218/products"}},
        }.items():  # fmt: skip
            store.wire.answers[path] = Answer(200, {}, msgspec.json.encode(value))
        (reading,) = await store.session.source("order").read(["218"])
        assert reading.document is not None
        assert [one.title for one in reading.document.extras] == ["Pallet"]
        assert [path.partition("?")[0] for path in store.wire.asked][-1] == "orders/218/fees"


async def test_an_unfinished_checkout_is_no_order_yet_and_one_when_it_is_done() -> None:
    async with opened() as store:
        source = store.session.source("order")
        (key,) = store.sell(channel="web")
        start = later(store.clock.now(), -60.0)
        end = later(store.clock.now(), 60.0)
        assert [*keys(await store.listed(None))] == []
        assert await source.read([key]) == []
        assert (await source.census(start, end, None)).listed == ()
        store.clock.move(30.0)
        store.twin.trade.change(int(key), EVENTS["completed"])
        assert {*keys(await store.listed(made(start)))} == {key}
        assert [row.key for row in (await source.census(start, end, None)).listed] == [key]


async def test_an_archived_order_is_counted_and_read_and_not_listed() -> None:
    async with opened() as store:
        source = store.session.source("order")
        (key,) = store.sell()
        store.twin.trade.change(int(key), EVENTS["archived"])
        (reading,) = await source.read([key])
        assert reading.cancelled
        assert [*keys(await store.listed(None))] == []
        start, found, cursor = later(store.clock.now(), -60.0), list[str](), None
        while True:
            page = await source.census(start, later(start, 120.0), cursor)
            found += [row.key for row in page.listed]
            cursor = page.cursor
            if cursor is None:
                break
        assert found == [key]


async def test_the_census_says_of_a_refunded_order_what_its_lines_do() -> None:
    async with opened() as store:
        source = store.session.source("order")
        (key,) = store.sell()
        store.twin.trade.change(int(key), EVENTS["refunded"])
        (reading,) = await source.read([key])
        start = later(store.clock.now(), -60.0)
        (row,) = (await source.census(start, later(start, 120.0), None)).listed
        assert row.measure == reading.measure
        assert reading.minor == 495  # the postage: V2 says nothing of what went back of it


async def test_nothing_to_list_is_204_and_half_an_answer_is_tried_again() -> None:
    async with opened() as store:
        assert (await store.session.source("order").since(None, None)) == Listing((), None)
        for body in (b"", b"<html>", b'[{"id": 1'):
            store.wire.answers = {"/orders": Answer(200, {}, body)}
            with pytest.raises(Retry):
                await store.session.source("order").since(None, None)


async def test_a_filter_that_is_not_understood_stops_the_listing() -> None:
    async with opened() as store:
        old = head(date_modified="Fri, 01 Nov 2019 09:14:20 +0000")
        store.wire.answers = {"/orders": Answer(200, {}, msgspec.json.encode([old]))}
        with pytest.raises(Halt) as error:
            await store.session.source("order").since(made(store.clock.now()), None)
        assert error.value.code == "filter-ignored"


async def test_an_order_with_a_wrong_list_waits_alone() -> None:
    async with opened() as store:
        keys_ = store.sell(2)
        store.wire.answers = {
            f"/orders/{keys_[0]}/products": Answer(200, {}, json.dumps([{"id": 1}] * 250).encode())
        }
        found = {one.key: one for one in await store.session.source("order").read(keys_)}
        problem = found[keys_[0]].problem
        assert isinstance(problem, Hold)
        assert problem.code == "too-long"
        assert found[keys_[1]].document is not None


async def test_the_store_says_how_many_orders_it_has() -> None:
    async with opened() as store:
        store.sell(3)
        assert await store.session.probe() == "BigCommerce answered; the store counts 3 orders."


async def test_an_error_that_says_200_is_no_order_and_no_count() -> None:
    """Known of other APIs behind a gateway; V2 itself has a status for each."""
    async with opened() as store:
        (key,) = store.sell()
        store.wire.answers[""] = Answer(200, {}, b'{"error": "internal"}')
        with pytest.raises(Retry, match="unreadable"):
            await store.session.probe()
        with pytest.raises(Retry, match="no order"):
            await store.session.source("order").read([key])


async def test_a_message_in_a_file_has_nothing_to_read_in_it() -> None:
    async with opened() as store:
        source, now = store.session.source("order"), store.clock.now()
        with pytest.raises(Refuse, match="only names one"):
            source.read_any(b'{"scope": "store/order/created", "data": {"id": 1}}', now)
        assert source.read_any(msgspec.json.encode(head()), now).document is not None


async def test_a_key_that_is_no_number_is_not_there() -> None:
    async with opened() as store:
        assert await store.session.source("order").read(["", "x", "../v3/hooks", "7"]) == []
        assert store.wire.asked == ["orders/7"]


async def test_the_budget_believes_what_the_store_says_is_left() -> None:
    clock, book = StoppedClock(), OpenBook()
    twin = twin_of(clock)
    means = Means(clock, Wire(twin), book, "test")
    account = Account("store", URL)
    session = open_connection(CONNECTOR, account, means, secret=SECRETS.__getitem__, maps={})
    await session.source("order").since(None, None)
    assert book.corrected == [(149.0, 0.0)]
    twin.close()


async def test_the_window_ends_when_the_store_says_and_a_refusal_closes_it_for_all() -> None:
    book = StrictBook()
    async with opened() as store:
        account, headers = (
            Account("store", URL),
            dict[str, str](zip(WINDOW, ("3", "12000"), strict=True)),
        )
        means = Means(store.clock, store.wire, book, "test")
        session = open_connection(CONNECTOR, account, means, secret=SECRETS.__getitem__, maps={})
        limit = CONNECTOR.manifest.limits["calls"]
        calls = Bucket("store", "calls", limit.size, window_s=limit.window_s)
        now = store.clock.now()
        store.wire.answers = {"": Answer(200, headers, b'{"count": 3}')}
        await session.probe()
        assert await book.take(calls, 4, 0.0, now) == pytest.approx(12.001)
        store.wire.answers = {"": Answer(429, {"retry-after": "20"}, b"")}
        with pytest.raises(Retry):
            await session.probe()
        assert book.closed == [("calls", later(now, 20.0))]
        assert await book.take(calls, 1, 0.0, now) == pytest.approx(20.0)


@pytest.mark.parametrize("status", [401, 403, 500, 503, 507])
async def test_a_refusal_is_one_of_our_errors(status: int) -> None:
    async with opened() as store:
        store.wire.answers = {"/orders": Answer(status, {}, b"[]")}
        with pytest.raises(CounterfoilError):
            await store.session.source("order").read(["1"])
