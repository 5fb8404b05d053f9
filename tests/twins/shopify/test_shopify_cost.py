"""Queries are priced as Shopify prices them, and paid for from a bucket."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from shopify_calls import VirtualClock, World, sale

from counterfoil.twins.kit.limits import Bucket
from counterfoil.twins.shopify.cost import extensions, scale

SMALL = "{ orders(first: 1) { nodes { id } } }"  # 3 points


async def price(world: World, query: str, **variables: Any) -> tuple[int, int | None]:
    cost = (await world.ask(query, **variables))["extensions"]["cost"]
    return cost["requestedQueryCost"], cost["actualQueryCost"]


@pytest.mark.parametrize(
    ("first", "times"),
    [(1, 1), (2, 1), (10, 4), (25, 6), (100, 9), (150, 10), (200, 10), (250, 11)],
)
def test_a_page_is_sized_by_twice_the_logarithm(first: int, times: int) -> None:
    assert scale(first) == times


@pytest.mark.parametrize(
    ("query", "cost"),
    [
        ("{ shop { name } }", 1),
        ("{ ordersCount { count } }", 1),
        ('{ order(id: "gid://shopify/Order/1") { transactions { id } } }', 2),
        ("{ orders(first: 100) { pageInfo { hasNextPage } nodes { name } } }", 11),
        ("{ webhookSubscriptions(first: 10) { edges { node { id } } } }", 6),
        ("{ orders(first: 10) { nodes { totalPriceSet { shopMoney { amount } } } } }", 6),
        ("{ orders(first: 25) { nodes { shippingAddress { zip } taxLines { rate } } } }", 20),
        ('mutation { webhookSubscriptionDelete(id: "x") { userErrors { message } } }', 10),
    ],
)
async def test_the_cost_of_a_query(world: World, query: str, cost: int) -> None:
    assert (await price(world, query))[0] == cost


async def test_what_was_reserved_and_not_used_is_given_back(world: World) -> None:
    world.place(sale(1), sale(2))
    query = "{ orders(first: 250) { nodes { lineItems(first: 250) { nodes { id } } } } }"
    assert await price(world, query) == (2 + 11 * (1 + 2 + 11), 2 + 1 * (1 + 2 + 1))
    cost = (await world.ask(query))["extensions"]["cost"]
    left = cost["throttleStatus"]["currentlyAvailable"]
    assert left == 2000 - 2 * 6
    assert cost["throttleStatus"] == {
        "maximumAvailable": 2000.0,
        "currentlyAvailable": left,
        "restoreRate": 100.0,
    }


async def test_a_query_may_cost_a_thousand_points_and_no_more(world: World) -> None:
    lines = "taxLines { rate } duties { id } variant { id } discountAllocations { __typename }"
    query = f"{{ orders(first: 250) {{ nodes {{ lineItems(first: 250) {{ nodes {{ {lines} "
    query += "customAttributes { key } } } shippingLines(first: 250) { nodes { id "
    query += "taxLines { rate } discountAllocations { __typename } } } } } }"
    answer = await world.ask(query)
    assert "data" not in answer
    assert answer["errors"][0]["extensions"]["code"] == "MAX_COST_EXCEEDED"
    assert answer["errors"][0]["extensions"]["maxCost"] == 1000


async def test_an_empty_bucket_answers_throttled_with_status_200() -> None:
    world = World(bucket_size=5.0, restore_per_s=1.0)
    world.place(sale(1))
    assert "data" in await world.ask(SMALL)
    answer = await world.ask(SMALL)
    assert "data" not in answer
    assert answer["errors"][0]["message"] == "Throttled"
    assert answer["errors"][0]["extensions"]["code"] == "THROTTLED"
    cost = answer["extensions"]["cost"]
    assert cost["actualQueryCost"] is None
    assert cost["throttleStatus"]["currentlyAvailable"] == 2
    world.clock.passed_s += 1.0
    assert "data" in await world.ask(SMALL)


async def test_calls_beyond_the_callers_own_means_are_counted() -> None:
    world = World(bucket_size=5.0, restore_per_s=1.0)
    world.place(sale(1))
    for _ in range(3):
        await world.ask(SMALL)
    report = await world.report()
    assert report["over_limit"] == report["throttled"] == 2
    assert report["calls"] == 3


async def test_what_a_drained_bucket_refuses_is_not_held_against_the_caller() -> None:
    bucket = Bucket(100.0, 10.0, VirtualClock())
    bucket.drain(50.0)
    assert not bucket.overdrawn(50.0)
    assert not bucket.take(50.0)


async def test_the_wait_that_a_throttled_answer_names_is_enough() -> None:
    clock = VirtualClock()
    bucket = Bucket(100.0, 10.0, clock)
    bucket.drain(50.0)
    told = msgspec.json.decode(msgspec.json.encode(extensions(50, None, bucket)))
    clock.passed_s += (50 - told["cost"]["throttleStatus"]["currentlyAvailable"]) / 10
    assert bucket.take(50.0)
