"""The initial load: one bulk operation, one file, pages of at most 250, whatever the size."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from counterfoil.connectors.shopify.order import OrderSource
from counterfoil.kit.api import jobs
from counterfoil.kit.connector import Listing
from counterfoil.kit.transport import Answer
from counterfoil.model.order import Order
from counterfoil.values.clock import instant
from counterfoil.values.errors import CounterfoilError, Refuse, Retry
from tests.connectors.shopify.conftest import Open, Opened, Sent, answer, graphql
from tests.connectors.shopify.shapes import GIFTS, node

URL = "https://storage.googleapis.com/shopify/bulk-1.jsonl?Signature=x"


def operation(status: str, url: str | None = None, error: str | None = None) -> Answer:
    shown = {
        "id": "gid://shopify/BulkOperation/1",
        "status": status,
        "url": url,
        "errorCode": error,
    }
    return graphql({"bulkOperation": shown})


def started(*errors: dict[str, Any]) -> Answer:
    made = None if errors else {"id": "gid://shopify/BulkOperation/1", "status": "CREATED"}
    return graphql({"bulkOperationRunQuery": {"bulkOperation": made, "userErrors": list(errors)}})


def grouped(key: int) -> list[dict[str, Any]]:
    """The lines of one order in the file: itself, then what is in it."""
    whole = node(GIFTS)
    whole |= {"legacyResourceId": str(key), "id": f"gid://shopify/Order/{key}"}
    inside = [
        {**child, "__typename": kind, "__parentId": whole["id"]}
        for kind, name in (("ShippingLine", "shippingLines"), ("LineItem", "lineItems"))
        for child in whole.pop(name)["nodes"]
    ]
    return [{**whole, "__typename": "Order"}, *inside]


def file_of(rows: list[dict[str, Any]]) -> bytes:
    return b"".join(msgspec.json.encode(row) + b"\n" for row in rows)


def in_slices(file: bytes) -> Callable[[Sent], Answer]:
    """A host that serves ranges."""

    def served(sent: Sent) -> Answer:
        start, end = map(int, sent.headers["range"].removeprefix("bytes=").split("-"))
        return Answer(206 if start < len(file) else 416, {}, file[start : end + 1])

    return served


async def loaded(opened: Opened) -> list[Listing[Order]]:
    source = opened.session.source("order")
    assert isinstance(source, OrderSource)
    return [page async for page in source.load(instant("2026-11-01T00:00:00Z"))]


async def test_everything_at_once(open_shop: Open) -> None:
    opened = open_shop()
    file = file_of([row for key in range(1, 602) for row in grouped(key)])
    opened.shop.will(
        started(),
        operation("RUNNING"),
        answer({}, 503),
        operation("COMPLETED", URL),
        *[in_slices(file)] * 3,
    )
    pages = await loaded(opened)
    assert [len(page.readings) for page in pages] == [250, 250, 101]
    assert [page.cursor for page in pages] == ["1", "2", None]
    assert all(reading.problem is None for page in pages for reading in page.readings)
    assert pages[2].readings[-1].key == "601"
    source = opened.session.source("order")
    readings = [reading for page in pages for reading in page.readings]
    assert all(source.reread(one.source, opened.clock.now()) == one for one in readings)
    run = opened.shop.sent[0].asked
    assert "groupObjects: true" in run["query"]
    assert "created_at:>='2026-11-01T00:00:00Z'" in run["variables"]["query"]
    assert "x-shopify-access-token" not in opened.shop.sent[-1].headers
    assert opened.clock.slept_s > 0


async def test_a_host_without_ranges_gives_the_file_at_once(open_shop: Open) -> None:
    opened = open_shop()
    opened.shop.will(started(), operation("COMPLETED", URL), Answer(200, {}, file_of(grouped(1))))
    assert len((await loaded(opened))[0].readings) == 1


async def test_lines_are_whole_wherever_a_slice_ends(
    open_shop: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "RANGE", 1000)
    file = file_of([row for key in range(1, 4) for row in grouped(key)])
    opened = open_shop()
    slices = [in_slices(file)] * (len(file) // 1000 + 1)
    opened.shop.will(started(), operation("COMPLETED", URL), *slices)
    pages = await loaded(opened)
    assert [reading.key for reading in pages[0].readings] == ["1", "2", "3"]
    assert not opened.shop.answers


async def test_an_empty_shop_has_no_file(open_shop: Open) -> None:
    opened = open_shop()
    opened.shop.will(started(), operation("COMPLETED"))
    assert await loaded(opened) == []


async def failed(opened: Opened, *answers: Any) -> CounterfoilError:
    opened.shop.will(*answers)
    with pytest.raises(CounterfoilError) as caught:
        await loaded(opened)
    return caught.value


async def test_a_file_that_is_not_grouped_is_refused(open_shop: Open) -> None:
    rows = [*grouped(1), *grouped(2)]
    file = Answer(200, {}, file_of([rows[0], *rows[4:], *rows[1:4]]))
    error = await failed(open_shop(), started(), operation("COMPLETED", URL), file)
    assert isinstance(error, Refuse)
    assert error.code == "ungrouped"


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.example/file",
        "http://storage.googleapis.com/file",
        "https://acme-uk.myshopify.com:8443/file",
        "file:///etc/passwd",
    ],
)
async def test_only_shopifys_hosts_are_called_for_the_file(open_shop: Open, url: str) -> None:
    opened = open_shop()
    error = await failed(opened, started(), operation("COMPLETED", url))
    assert error.code == "foreign-host"
    assert len(opened.shop.sent) == 2


@pytest.mark.parametrize(
    ("answers", "code"),
    [
        ([started({"message": "busy", "code": "OPERATION_IN_PROGRESS"})], "bulk-busy"),
        ([started({"message": "bad", "code": "INVALID"})], "bad-query"),
        ([started(), operation("FAILED", error="TIMEOUT")], "bulk-failed"),
        ([started(), operation("FAILED", error="ACCESS_DENIED")], "access-denied"),
        ([started(), operation("EXPIRED")], "bulk-failed"),
        ([started(), operation("COMPLETED", URL), Answer(403, {}, b"")], "bulk-failed"),
    ],
)
async def test_what_can_go_wrong_has_a_name(
    open_shop: Open, answers: list[Answer], code: str
) -> None:
    assert (await failed(open_shop(), *answers)).code == code


async def test_an_operation_without_end_is_given_up(open_shop: Open) -> None:
    opened = open_shop(bulk_wait_s=100)
    error = await failed(opened, started(), *[operation("RUNNING")] * 50)
    assert isinstance(error, Retry)
    assert opened.clock.slept_s < 200
