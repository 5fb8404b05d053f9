"""What the shop makes of fulfilments, in the words and figures of the recordings."""

from __future__ import annotations

from typing import Any

import pytest
from shopify_calls import World, sale

from counterfoil.twins.kit.sale import life, sending
from counterfoil.twins.world import Place, SaleLine

READ = """query($id: ID!) { order(id: $id) {
  closed displayFulfillmentStatus
  fulfillments(first: 9) { id name status displayStatus totalQuantity
    trackingInfo { number url company } fulfillmentLineItems(first: 9) { nodes { quantity } } }
  fulfillmentOrders(first: 9) { nodes { id status assignedLocation { name }
    lineItems(first: 9) { nodes { id totalQuantity remainingQuantity } } } } } }"""
CREATE = """mutation($fulfillment: FulfillmentInput!) {
  fulfillmentCreate(fulfillment: $fulfillment) {
    fulfillment { id name status } userErrors { field message } } }"""
CANCEL = """mutation($id: ID!) { fulfillmentCancel(id: $id) {
  fulfillment { id status displayStatus } userErrors { field message } } }"""
FOLLOW = """mutation($id: ID!, $tracking: FulfillmentTrackingInput!) {
  fulfillmentTrackingInfoUpdate(fulfillmentId: $id, trackingInfoInput: $tracking) {
    fulfillment { id trackingInfo { number url company } } userErrors { field message } } }"""


class Shop:
    """One order of two lines, of two and of three pieces."""

    def __init__(self, world: World) -> None:
        self.world = world
        lines = (SaleLine("TEE", "Tee", 2, 1000, 0), SaleLine("CAP", "Cap", 3, 500, 0))
        (self.order,) = world.place(sale(1001, lines=lines, shipping=()))

    async def read(self) -> Any:
        held = await self.world.data(READ, id=f"gid://shopify/Order/{self.order}")
        return held["order"]

    async def rows(self) -> list[tuple[str, list[tuple[int, int]]]]:
        return [
            (
                row["status"],
                [
                    (line["totalQuantity"], line["remainingQuantity"])
                    for line in row["lineItems"]["nodes"]
                ],
            )
            for row in (await self.read())["fulfillmentOrders"]["nodes"]
        ]

    async def group(self, place: int = 0, **units: int) -> dict[str, Any]:
        row = (await self.read())["fulfillmentOrders"]["nodes"][place]
        lines = row["lineItems"]["nodes"]
        rows = [{"id": lines[int(at[1:])]["id"], "quantity": count} for at, count in units.items()]
        named = {"fulfillmentOrderLineItems": rows} if units else {}
        return {"fulfillmentOrderId": row["id"], **named}

    async def create(self, *groups: dict[str, Any], **tracking: Any) -> Any:
        asked: dict[str, Any] = {"lineItemsByFulfillmentOrder": list(groups)}
        if tracking:
            asked["trackingInfo"] = tracking
        return (await self.world.data(CREATE, fulfillment=asked))["fulfillmentCreate"]

    async def refused(self, *groups: dict[str, Any]) -> str:
        answer = await self.create(*groups)
        assert answer["fulfillment"] is None
        return answer["userErrors"][0]["message"]


@pytest.fixture
def shop(world: World) -> Shop:
    return Shop(world)


async def test_what_left_is_closed_and_the_order_too(shop: Shop) -> None:
    made = await shop.create(await shop.group(), number="T1", company="DPD UK")
    assert made["fulfillment"]["name"] == "#1001-F1"
    order = await shop.read()
    assert (order["closed"], order["displayFulfillmentStatus"]) == (True, "FULFILLED")
    assert await shop.rows() == [("CLOSED", [(2, 0), (3, 0)])]
    (sent,) = order["fulfillments"]
    assert (sent["status"], sent["displayStatus"], sent["totalQuantity"]) == (
        "SUCCESS", "FULFILLED", 5,
    )  # fmt: skip
    assert sent["trackingInfo"] == [{"number": "T1", "url": None, "company": "DPD UK"}]


async def test_what_is_taken_back_comes_as_another_one_and_the_old_one_stays_closed(
    shop: Shop,
) -> None:
    made = await shop.create(await shop.group())
    identity = made["fulfillment"]["id"]
    for _ in range(2):  # a second time succeeds too
        answer = (await shop.world.data(CANCEL, id=identity))["fulfillmentCancel"]
        assert answer["userErrors"] == []
        shown = answer["fulfillment"]
        assert (shown["status"], shown["displayStatus"]) == ("CANCELLED", "CANCELED")
    assert await shop.rows() == [("CLOSED", [(2, 2), (3, 3)]), ("OPEN", [(2, 2), (3, 3)])]
    order = await shop.read()
    assert (order["closed"], order["displayFulfillmentStatus"]) == (False, "UNFULFILLED")


async def test_a_part_leaves_it_under_way_and_comes_back_to_it(shop: Shop) -> None:
    made = await shop.create(await shop.group(_0=1))
    assert await shop.rows() == [("IN_PROGRESS", [(2, 1), (3, 3)])]
    await shop.world.data(CANCEL, id=made["fulfillment"]["id"])
    assert await shop.rows() == [("OPEN", [(2, 2), (3, 3)])]


async def test_a_part_that_moved_has_a_number_and_a_place_of_its_own(shop: Shop) -> None:
    shop.world.twin.trade.change(shop.order, sending.reassigned(1, {1: 2}, Place(701, "Annex")))
    assert await shop.rows() == [("OPEN", [(2, 2), (1, 1)]), ("OPEN", [(2, 2)])]
    said = await shop.refused(await shop.group(), await shop.group(1))
    assert said == (
        "All fulfillment orders must be assigned to a single location. Multiple locations with ids"
        " [700, 701] were found."
    )


async def test_what_an_edit_takes_out_is_left_no_more(shop: Shop) -> None:
    shop.world.twin.trade.change(shop.order, sending.put_on_hold(1, on_hold=False))
    shop.world.twin.trade.change(shop.order, life.units_removed(1, 2))
    assert await shop.rows() == [("OPEN", [(2, 2), (1, 1)])]
    shop.world.twin.trade.change(shop.order, life.line_added(SaleLine("MUG", "Mug", 1, 100, 0)))
    assert await shop.rows() == [("OPEN", [(2, 2), (1, 1)]), ("OPEN", [(1, 1)])]


async def test_refusals_are_in_the_vendors_words(shop: Shop) -> None:
    group = await shop.group()
    unknown = {"fulfillmentOrderId": "gid://shopify/FulfillmentOrder/999999999"}
    assert await shop.refused(unknown) == "Fulfillment order does not exist."
    nought = await shop.group(_0=0)
    assert await shop.refused(unknown, nought) == "Quantity must be greater than 0"
    many = await shop.group(_0=3)
    assert await shop.refused(many) == "Invalid fulfillment order line item quantity requested."
    strange = {**group, "fulfillmentOrderLineItems": [
        {"id": "gid://shopify/FulfillmentOrderLineItem/9", "quantity": 1}]}  # fmt: skip
    assert await shop.refused(strange) == "Fulfillment order line item does not exist."
    await shop.create(group)
    number = group["fulfillmentOrderId"].rpartition("/")[2]
    assert await shop.refused(group) == (
        f"Fulfillment order {number} has an unfulfillable status= closed."
    )


async def test_of_two_orders_nothing_is_made_at_once(shop: Shop) -> None:
    other = Shop(shop.world)
    said = await shop.refused(await shop.group(), await other.group())
    assert said == (
        "All fulfillment orders must belong to the same order. Multiple orders with ids"
        f" [{shop.order}, {other.order}] were found."
    )


async def test_several_numbers_are_several_rows_and_an_update_replaces_all(shop: Shop) -> None:
    made = await shop.create(
        await shop.group(), numbers=["A", "B"], urls=["https://a", "https://b"], company="DPD"
    )
    (sent,) = (await shop.read())["fulfillments"]
    assert [row["number"] for row in sent["trackingInfo"]] == ["A", "B"]
    answer = await shop.world.data(
        FOLLOW, id=made["fulfillment"]["id"], tracking={"number": "C", "company": "Evri"}
    )
    assert answer["fulfillmentTrackingInfoUpdate"]["fulfillment"]["trackingInfo"] == [
        {"number": "C", "url": None, "company": "Evri"}
    ]


async def test_what_is_not_there_is_said_so(shop: Shop) -> None:
    identity = "gid://shopify/Fulfillment/999999999999991"
    cancelled = (await shop.world.data(CANCEL, id=identity))["fulfillmentCancel"]
    assert cancelled["userErrors"] == [{"field": ["id"], "message": "Fulfillment not found."}]
    followed = await shop.world.data(FOLLOW, id=identity, tracking={"number": "C"})
    assert followed["fulfillmentTrackingInfoUpdate"]["userErrors"] == [
        {"field": ["fulfillmentId"], "message": "Fulfillment does not exist."}
    ]


async def test_the_book_has_what_was_told(shop: Shop) -> None:
    await shop.create(await shop.group(_0=1), number="T1")
    await shop.create(await shop.group(_1=3))
    book = list(shop.world.twin.book("fulfilment"))
    assert [entry.reference for entry in book] == [str(shop.order)] * 2
    assert [entry.facts["units"] for entry in book] == [{"TEE": 1}, {"CAP": 3}]
    assert [entry.facts["tracking"] for entry in book] == [("T1",), ()]
    (last,) = shop.world.twin.book("fulfilment", int(book[0].key))
    assert last == book[1]
