"""Everything at once: run, poll, fetch the lines."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest
from shopify_calls import RICH, World, call, sale

from counterfoil.twins.kit.sale import life

RUN = """mutation ($q: String!) { bulkOperationRunQuery(query: $q) {
  bulkOperation { id status url } userErrors { field message code } } }"""
POLL = """query ($id: ID!) { bulkOperation(id: $id) {
  id status type errorCode objectCount rootObjectCount fileSize url partialDataUrl
} }"""
ORDERS = """{ orders(query: "created_at:>=2026") { edges { node {
  id name totalPriceSet { shopMoney { amount } }
  lineItems { edges { node { id sku } } } shippingLines { edges { node { title } } } } } } }"""


async def start(world: World, query: str = ORDERS) -> Any:
    return (await world.data(RUN, q=query))["bulkOperationRunQuery"]


async def poll(world: World, number: str) -> Any:
    return (await world.data(POLL, id=number))["bulkOperation"]


async def lines(world: World, url: str) -> list[Any]:
    assert url.startswith("http://127.0.0.1:8080/")
    answer = await call(world.twin.app, "GET", url.removeprefix("http://127.0.0.1:8080"))
    assert answer.status == 200
    return [msgspec.json.decode(line) for line in answer.body.splitlines()]


async def test_it_gives_every_order_and_its_lines(world: World) -> None:
    world.place(*(sale(number, lines=3) for number in range(1, 251)))
    started = await start(world)
    assert started["userErrors"] == []
    assert started["bulkOperation"]["status"] == "CREATED"
    await world.trade(10.0)
    done = await poll(world, started["bulkOperation"]["id"])
    assert (done["status"], done["type"], done["errorCode"]) == ("COMPLETED", "QUERY", None)
    assert (done["rootObjectCount"], done["objectCount"]) == ("250", str(250 * 5))
    found = await lines(world, done["url"])
    orders = [line for line in found if "__parentId" not in line]
    assert [order["name"] for order in orders] == [f"#{number}" for number in range(1, 251)]
    assert orders[0]["totalPriceSet"] == {"shopMoney": {"amount": "39.75"}}
    children = [line for line in found if line.get("__parentId") == orders[0]["id"]]
    assert [child.get("sku", child.get("title")) for child in children] == [
        "SKU-0",
        "SKU-1",
        "SKU-2",
        "Royal Mail Tracked 48",
    ]


async def test_nothing_found_has_no_address(world: World) -> None:
    started = await start(world)
    await world.trade(10.0)
    done = await poll(world, started["bulkOperation"]["id"])
    assert (done["status"], done["objectCount"], done["url"]) == ("COMPLETED", "0", None)


@pytest.mark.parametrize(
    "query",
    [
        "{ orders { edges { node { nothing } } } }",
        "{ shop { name } }",
        "{ webhookSubscriptions { edges { node { id } } } }",
        "nonsense",
    ],
)
async def test_what_cannot_be_run_is_a_user_error(world: World, query: str) -> None:
    refused = await start(world, query)
    assert refused["bulkOperation"] is None
    assert refused["userErrors"][0]["code"] == "INVALID"


async def test_five_run_at_once_and_no_more(world: World) -> None:
    for _ in range(5):
        assert (await start(world))["userErrors"] == []
    refused = await start(world)
    assert refused["userErrors"][0]["code"] == "OPERATION_IN_PROGRESS"


async def test_a_killed_shop_finishes_what_it_began(tmp_path: Path) -> None:
    path = str(tmp_path / "shop.db")
    killed = World(path=path)
    killed.place(*(sale(number) for number in range(1, 151)))
    started = await start(killed)
    killed.clock.passed_s += 1.0
    assert killed.twin.bulk.advance()
    world = World(path=path, clock=killed.clock)
    assert (await poll(world, started["bulkOperation"]["id"]))["status"] == "RUNNING"
    await world.trade(5.0)
    done = await poll(world, started["bulkOperation"]["id"])
    assert done["rootObjectCount"] == "150"


async def test_it_tells_the_same_facts_of_an_order_that_was_edited(world: World) -> None:
    asked = """id displayFinancialStatus currentTotalPriceSet { shopMoney { amount } }
      lineItems%s { nodes { id currentQuantity unfulfilledQuantity taxLines { title rate } } }
      shippingLines(includeRemovals: true%s) { nodes { id isRemoved } }
      discountApplications%s { nodes {
        __typename index ... on DiscountCodeApplication { code }
        ... on AutomaticDiscountApplication { title }
      } }"""
    (number,) = world.place(RICH)
    for change in (life.units_removed(0, 1), life.shipping_removed()):
        assert world.twin.trade.change(number, change)
    started = await start(world, "{ orders { nodes { " + asked % ("", "", "") + " } } }")
    await world.trade(10.0)
    head, *children = await lines(world, (await poll(world, started["bulkOperation"]["id"]))["url"])
    single = asked % ("(first: 9)", ", first: 9", "(first: 9)")
    order = await world.data(f"query ($id: ID!) {{ order(id: $id) {{ {single} }} }}", id=head["id"])
    told = order["order"]
    parts = ("lineItems", "shippingLines", "discountApplications")
    below = [node for part in parts for node in told.pop(part)["nodes"]]
    assert told == head
    assert below == [
        {name: value for name, value in child.items() if name != "__parentId"} for child in children
    ]
    kinds = [child["__typename"] for child in children if "__typename" in child]
    assert kinds == ["DiscountCodeApplication", "AutomaticDiscountApplication"]
