"""Orders are listed page by page, whole, inside their window, within what a query may cost."""

from __future__ import annotations

from typing import Any

import pytest

from counterfoil.kit.transport import Answer
from counterfoil.values.clock import instant
from counterfoil.values.errors import Halt, Refuse, Retry
from tests.connectors.shopify.conftest import Open, Sent, failing, graphql
from tests.connectors.shopify.shapes import GIFTS, Item, Told, node

MARK = "2026-11-02T09:00:00.75Z"


def page(*nodes: Any, cursor: str | None = None) -> Answer:
    info = {"hasNextPage": cursor is not None, "endCursor": cursor}
    return graphql({"orders": {"pageInfo": info, "nodes": list(nodes)}})


async def test_a_page_of_changes(open_shop: Open) -> None:
    opened = open_shop()
    opened.shop.will(page(node(GIFTS), cursor="c1"))
    listing = await opened.session.source("order").since(MARK, None)
    assert [reading.key for reading in listing.readings] == ["6001001"]
    assert listing.cursor == "c1"
    (reading,) = listing.readings
    assert opened.session.source("order").reread(reading.source, instant(MARK)) == reading
    asked = opened.shop.sent[0].asked
    assert asked["variables"]["query"] == "updated_at:>='2026-11-02T09:00:00Z'"
    assert "sortKey: UPDATED_AT" in asked["query"]


async def test_without_a_mark_everything_is_listed(open_shop: Open) -> None:
    opened = open_shop()
    opened.shop.will(page(node(GIFTS)))
    listing = await opened.session.source("order").since(None, "c9")
    assert listing.cursor is None
    variables = opened.shop.sent[0].asked["variables"]
    assert (variables["query"], variables["after"]) == (None, "c9")


async def test_a_cursor_that_does_not_move_stops_the_listing(open_shop: Open) -> None:
    opened = open_shop()
    opened.shop.will(page(node(GIFTS), cursor="c1"))
    with pytest.raises(Halt) as caught:
        await opened.session.source("order").since(MARK, "c1")
    assert caught.value.code == "same-cursor"


async def test_a_filter_that_shopify_ignored_is_seen_by_what_it_lists(open_shop: Open) -> None:
    opened = open_shop()
    old = {**node(GIFTS), "updatedAt": "2025-01-01T00:00:00Z"}
    opened.shop.will(page(old))
    with pytest.raises(Halt) as caught:
        await opened.session.source("order").since(MARK, None)
    assert caught.value.code == "filter-ignored"


async def test_an_expired_cursor_asks_for_a_new_run(open_shop: Open) -> None:
    opened = open_shop()
    opened.shop.will(failing("BAD_REQUEST", "Invalid cursor for current pagination sort."))
    with pytest.raises(Retry) as caught:
        await opened.session.source("order").since(MARK, "c1")
    assert caught.value.code == "cursor-expired"


async def test_a_query_that_costs_too_much_asks_for_less_and_remembers(open_shop: Open) -> None:
    opened = open_shop(orders_per_page=8, lines_per_order=2)
    dear = failing("MAX_COST_EXCEEDED")
    opened.shop.will(dear, dear, page(node(GIFTS)), page(node(GIFTS)))
    source = opened.session.source("order")
    await source.since(MARK, None)
    await source.since(MARK, None)
    sizes = [request.asked["variables"] for request in opened.shop.sent]
    assert [(size["first"], size["lines"]) for size in sizes] == [(8, 2), (4, 2), (4, 1), (4, 1)]


async def test_a_query_that_is_too_dear_even_for_one_line_gives_up(open_shop: Open) -> None:
    opened = open_shop(orders_per_page=2, lines_per_order=1)
    opened.shop.will(failing("MAX_COST_EXCEEDED"), failing("MAX_COST_EXCEEDED"))
    with pytest.raises(Refuse) as caught:
        await opened.session.source("order").since(MARK, None)
    assert caught.value.code == "max-cost"


def long_order(count: int) -> Told:
    lines = tuple(Item(id, 100) for id in range(1, count + 1))
    return Told(lines=lines, total=100 * count)


def a_page_of_lines(order: Told, size: int) -> Any:
    """An answer to the query for further lines; the cursor is the number of lines before."""
    every = node(order)["lineItems"]["nodes"]

    def more(sent: Sent) -> Answer:
        start = int(sent.asked["variables"]["after"])
        end = start + min(size, sent.asked["variables"]["first"])
        info = {"hasNextPage": end < len(every), "endCursor": str(end)}
        lines = {"pageInfo": info, "nodes": every[start:end]}
        return graphql({"order": {"updatedAt": order.updated, "lineItems": lines}})

    return more


def cut(order: Told, first: int) -> dict[str, Any]:
    """The node as a page carries it: the first lines only."""
    found = node(order)
    info = {"hasNextPage": True, "endCursor": str(first)}
    found["lineItems"] = {"pageInfo": info, "nodes": found["lineItems"]["nodes"][:first]}
    return found


async def test_an_order_of_1114_lines_is_read_whole(open_shop: Open) -> None:
    opened = open_shop()
    order = long_order(1114)
    opened.shop.will(page(cut(order, 50)), *[a_page_of_lines(order, 250)] * 5)
    listing = await opened.session.source("order").since(MARK, None)
    assert not opened.shop.answers
    document = listing.readings[0].document
    assert document is not None
    assert [line.key for line in document.lines] == [str(id) for id in range(1, 1115)]


async def test_an_order_longer_than_the_limit_is_held_with_its_money(open_shop: Open) -> None:
    opened = open_shop(most_lines=100)
    order = long_order(400)
    opened.shop.will(page(cut(order, 50)), a_page_of_lines(order, 250))
    listing = await opened.session.source("order").since(MARK, None)
    reading = listing.readings[0]
    assert reading.problem is not None
    assert (reading.problem.code, reading.minor) == ("too-long", 40_000)


async def test_an_order_that_changes_between_its_pages_is_read_again(open_shop: Open) -> None:
    opened = open_shop()
    moved = {**cut(long_order(60), 50), "updatedAt": "2026-11-02T09:59:59Z"}
    opened.shop.will(page(moved), a_page_of_lines(long_order(60), 250))
    with pytest.raises(Retry) as caught:
        await opened.session.source("order").since(MARK, None)
    assert caught.value.code == "changed"


async def test_one_broken_order_does_not_spoil_its_page(open_shop: Open) -> None:
    opened = open_shop()
    broken = {**node(GIFTS), "legacyResourceId": "7", "currencyCode": None}
    opened.shop.will(page(node(GIFTS), broken))
    good, bad = (await opened.session.source("order").since(MARK, None)).readings
    assert good.problem is None
    assert bad.key == "7"
    assert bad.problem is not None
    assert bad.problem.said == "nothing is not a currency code."


async def test_orders_are_read_by_identity_and_what_is_gone_is_left_out(open_shop: Open) -> None:
    opened = open_shop()
    opened.shop.will(graphql({"ok0": node(GIFTS), "ok1": None}))
    found = await opened.session.source("order").read(["6001001", "6001002"])
    assert [reading.key for reading in found] == ["6001001"]
    variables = opened.shop.sent[0].asked["variables"]
    assert variables["k1"] == "gid://shopify/Order/6001002"


def row(key: str, created: str) -> dict[str, Any]:
    return {
        "legacyResourceId": key,
        "name": f"#{key}",
        "createdAt": created,
        "updatedAt": "2026-11-02T11:00:00Z",
        "currencyCode": "GBP",
        "currentTotalPriceSet": {"shopMoney": {"amount": "59.4"}},
    }


def census(*rows: Any, cursor: str | None = None, count: Any = None) -> Answer:
    info = {"hasNextPage": cursor is not None, "endCursor": cursor}
    return graphql({"orders": {"pageInfo": info, "nodes": list(rows)}, "ordersCount": count})


START, END = instant("2026-11-02T09:00:00Z"), instant("2026-11-02T10:00:00Z")


async def test_the_census_counts_by_creation_not_by_change(open_shop: Open) -> None:
    opened = open_shop()
    opened.shop.will(
        census(
            row("1", "2026-11-02T09:00:00Z"), cursor="c", count={"count": 2, "precision": "EXACT"}
        ),
        census(row("2", "2026-11-02T09:59:59Z")),
    )
    source = opened.session.source("order")
    first = await source.census(START, END, None)
    second = await source.census(START, END, first.cursor)
    assert (first.count, second.count, second.cursor) == (2, None, None)
    assert [(row.key, row.total_minor) for row in first.listed + second.listed] == [
        ("1", 5940),
        ("2", 5940),
    ]
    asked = opened.shop.sent[0].asked
    assert "sortKey: CREATED_AT" in asked["query"]
    assert "updated_at" not in asked["variables"]["query"]
    assert [sent.asked["variables"]["counted"] for sent in opened.shop.sent] == [True, False]


async def test_a_count_that_is_not_exact_is_no_count(open_shop: Open) -> None:
    opened = open_shop()
    opened.shop.will(census(count={"count": 10000, "precision": "AT_LEAST"}))
    assert (await opened.session.source("order").census(START, END, None)).count is None


async def test_a_census_outside_its_window_stops(open_shop: Open) -> None:
    opened = open_shop()
    opened.shop.will(census(row("1", "2026-11-02T10:00:00Z")))
    with pytest.raises(Halt):
        await opened.session.source("order").census(START, END, None)
