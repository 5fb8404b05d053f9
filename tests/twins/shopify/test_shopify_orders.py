"""What the shop says of an order: over GraphQL, in a webhook's body, in a listing, in a search."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from shopify_calls import World, sale

from counterfoil.model.address import Address
from counterfoil.twins.shopify import rest
from counterfoil.twins.shopify.spelling import decimal
from counterfoil.values.money import minor

WHOLE = """
fragment bag on MoneyBag {
  shopMoney { amount currencyCode } presentmentMoney { amount currencyCode }
}
fragment tax on TaxLine { title rate channelLiable priceSet { ...bag } }
fragment place on MailingAddress {
  firstName lastName name company address1 address2 city province provinceCode zip
  countryCodeV2 phone
}
query Whole($id: ID!) {
  order(id: $id) {
    id legacyResourceId name createdAt processedAt updatedAt cancelledAt test email note tags
    currencyCode presentmentCurrencyCode taxesIncluded displayFinancialStatus
    paymentGatewayNames
    totalPriceSet { ...bag } currentTotalPriceSet { ...bag } subtotalPriceSet { ...bag }
    totalTaxSet { ...bag } totalDiscountsSet { ...bag } totalShippingPriceSet { ...bag }
    totalTipReceivedSet { ...bag } originalTotalDutiesSet { ...bag }
    taxLines { ...tax } additionalFees { name }
    totalCashRoundingAdjustment { paymentSet { ...bag } }
    billingAddress { ...place } shippingAddress { ...place }
    transactions { kind status gateway amountSet { ...bag } }
    shippingLines(first: 5) {
      nodes { id title code discountedPriceSet { ...bag } taxLines { ...tax } }
    }
    lineItems(first: 250) {
      nodes {
        id sku title name quantity currentQuantity isGiftCard taxable requiresShipping
        variant { id } originalUnitPriceSet { ...bag } taxLines { ...tax }
        discountAllocations {
          allocatedAmountSet { ...bag }
          discountApplication {
            __typename index targetType allocationMethod
            ... on ManualDiscountApplication { title }
          }
        }
      }
    }
  }
}
"""
LISTING = """query ($first: Int!, $after: String, $q: String, $key: OrderSortKeys, $back: Boolean) {
  orders(first: $first, after: $after, query: $q, sortKey: $key, reverse: $back) {
    nodes { name updatedAt } pageInfo { hasNextPage endCursor hasPreviousPage }
  }
}"""
COUNT = """query ($q: String, $limit: Int) {
  ordersCount(query: $q, limit: $limit) { count precision }
}"""


def gid(number: int) -> str:
    return f"gid://shopify/Order/{number}"


async def names(world: World, query: str = "", **more: Any) -> list[str]:
    data = await world.data(LISTING, first=250, q=query, **more)
    return [node["name"] for node in data["orders"]["nodes"]]


class TestOneOrder:
    async def test_its_parts_are_its_total(self, world: World) -> None:
        (number,) = world.place(sale(1001, lines=3))
        order = (await world.data(WHOLE, id=gid(number)))["order"]
        lines = sum(
            line["quantity"] * _minor(line["originalUnitPriceSet"])
            - sum(_minor(given["allocatedAmountSet"]) for given in line["discountAllocations"])
            for line in order["lineItems"]["nodes"]
        )
        postage = sum(_minor(one["discountedPriceSet"]) for one in order["shippingLines"]["nodes"])
        assert lines + postage == _minor(order["totalPriceSet"]) == sale(1001, lines=3).total_minor

    async def test_its_taxes_are_its_tax(self, world: World) -> None:
        (number,) = world.place(sale(1001))
        order = (await world.data(WHOLE, id=gid(number)))["order"]
        parts = [*order["lineItems"]["nodes"], *order["shippingLines"]["nodes"]]
        taxes = [_minor(tax["priceSet"]) for part in parts for tax in part["taxLines"]]
        assert sum(taxes) == _minor(order["totalTaxSet"]) == sale(1001).tax_minor

    async def test_it_is_spelt_as_shopify_spells_it(self, world: World) -> None:
        (number,) = world.place(sale(1001))
        order = (await world.data(WHOLE, id=gid(number)))["order"]
        assert order["id"] == gid(number)
        assert order["legacyResourceId"] == str(number)
        assert order["name"] == "#1001"
        assert order["createdAt"] == order["updatedAt"] == "2026-11-02T09:00:00Z"
        assert order["processedAt"] == "2026-11-02T08:59:30Z"
        assert order["totalTipReceivedSet"]["shopMoney"] == {"amount": "0.0", "currencyCode": "GBP"}
        assert order["lineItems"]["nodes"][0]["taxLines"][0]["rate"] == 0.2
        applied = order["lineItems"]["nodes"][0]["discountAllocations"][0]["discountApplication"]
        assert applied["__typename"] == "ManualDiscountApplication"

    async def test_a_webhook_body_carries_the_same_facts(self, world: World) -> None:
        odd = sale(
            1001,
            lines=3,
            email="",
            note="",
            deliver_to=Address(name="Cher", company="Acme", region="Leinster", country="IE"),
        )
        for number in world.place(sale(1002), odd):
            graph = (await world.data(WHOLE, id=gid(number)))["order"]
            kept = world.twin.shop.order(number)
            assert kept is not None
            body = msgspec.json.decode(rest.body(kept, 0))
            assert _facts_of_graph(graph) == _facts_of_rest(body)

    async def test_a_body_has_the_time_of_the_shop(self, world: World) -> None:
        (number,) = world.place(sale(1001))
        kept = world.twin.shop.order(number)
        assert kept is not None
        assert (
            msgspec.json.decode(rest.body(kept, -240))["created_at"] == "2026-11-02T05:00:00-04:00"
        )

    async def test_special_lines_say_what_they_are(self, world: World) -> None:
        made = sale(1001, lines=2)
        card, custom = (
            msgspec.structs.replace(line, kind=kind)
            for line, kind in zip(made.lines, ("gift-card", "custom"), strict=True)
        )
        (number,) = world.place(msgspec.structs.replace(made, lines=(card, custom)))
        first, second = (await world.data(WHOLE, id=gid(number)))["order"]["lineItems"]["nodes"]
        assert first["isGiftCard"]
        assert second["variant"] is None

    async def test_an_order_that_is_not_there_is_null(self, world: World) -> None:
        assert await world.data(WHOLE, id=gid(1)) == {"order": None}

    async def test_a_cancelled_order_keeps_its_money(self, world: World) -> None:
        (number,) = world.place(sale(1001))
        world.clock.passed_s = 60
        world.twin.trade.cancel(number)
        order = (await world.data(WHOLE, id=gid(number)))["order"]
        assert order["cancelledAt"] == order["updatedAt"] == "2026-11-02T09:01:00Z"
        assert _minor(order["totalPriceSet"]) == sale(1001).total_minor

    async def test_lines_come_in_pages(self, world: World) -> None:
        (number,) = world.place(sale(1001, lines=7))
        query = """query ($id: ID!, $after: String) { order(id: $id) {
          lineItems(first: 3, after: $after) {
            edges { cursor node { sku } } pageInfo { hasNextPage endCursor }
          } } }"""
        seen, after, more = [], None, True
        while more:
            page = (await world.data(query, id=gid(number), after=after))["order"]["lineItems"]
            seen += [edge["node"]["sku"] for edge in page["edges"]]
            more, after = page["pageInfo"]["hasNextPage"], page["pageInfo"]["endCursor"]
            assert after == page["edges"][-1]["cursor"]
        assert seen == [f"SKU-{at}" for at in range(7)]


class TestListing:
    async def test_every_order_comes_once_though_many_share_a_second(self, world: World) -> None:
        world.place(*(sale(number) for number in range(1, 24)))
        seen, after, more = [], None, True
        while more:
            data = await world.data(LISTING, first=5, after=after, key="UPDATED_AT")
            seen += [node["name"] for node in data["orders"]["nodes"]]
            info = data["orders"]["pageInfo"]
            more, after = info["hasNextPage"], info["endCursor"]
        assert seen == [f"#{number}" for number in range(1, 24)]

    async def test_it_can_run_backwards(self, world: World) -> None:
        world.place(sale(1), sale(2), sale(3))
        data = await world.data(LISTING, first=2, key="ID", back=True)
        after = data["orders"]["pageInfo"]["endCursor"]
        rest_of_it = await world.data(LISTING, first=2, key="ID", back=True, after=after)
        found = data["orders"]["nodes"] + rest_of_it["orders"]["nodes"]
        assert [node["name"] for node in found] == ["#3", "#2", "#1"]

    async def test_a_cursor_is_good_for_its_own_listing_only(self, world: World) -> None:
        world.place(sale(1), sale(2))
        data = await world.data(LISTING, first=1, key="UPDATED_AT")
        after = data["orders"]["pageInfo"]["endCursor"]
        for wrong in ({"key": "CREATED_AT", "after": after}, {"key": "ID", "after": "nonsense"}):
            answer = await world.ask(LISTING, first=1, **wrong)
            assert answer["data"] is None
            assert answer["errors"][0]["message"] == ("Invalid cursor for current pagination sort.")

    async def test_a_page_must_say_how_large_it_is(self, world: World) -> None:
        answer = await world.ask("{ orders { nodes { id } } }")
        assert answer["errors"][0]["message"] == "you must provide one of first or last"
        answer = await world.ask("{ orders(first: 251) { nodes { id } } }")
        assert answer["errors"][0]["path"] == ["orders"]


class TestSearch:
    @pytest.mark.parametrize(
        ("query", "found"),
        [
            ("", ["#1", "#2", "#3"]),
            ("updated_at:>='2026-11-02T09:01:00Z'", ["#2", "#3"]),
            ("updated_at:>2026-11-02T09:01:00Z", ["#3"]),
            ("updated_at:>='2026-11-02T10:01:00+01:00' updated_at:<'2026-11-02T09:02:00Z'", ["#2"]),
            ("created_at:<=2025", []),
            ("created_at:<now", ["#1", "#2", "#3"]),
            ("processed_at:>2026-11-02T00:00:00Z AND status:open", ["#1", "#2"]),
            ("status:cancelled", ["#3"]),
            ("name:#2", ["#2"]),
            ("name:2", ["#2"]),
            ("tag:web", ["#1", "#2", "#3"]),
            ("tag:nobody", []),
            ("updatd_at:>='2030-01-01T00:00:00Z'", ["#1", "#2", "#3"]),
        ],
    )
    async def test_filters(self, world: World, query: str, found: list[str]) -> None:
        for at, one in enumerate((sale(1), sale(2), sale(3))):
            world.clock.passed_s = at * 60.0
            world.place(one)
        world.twin.trade.cancel(world.twin.shop.every(0, 3)[-1].id)
        world.clock.passed_s += 1
        assert await names(world, query, key="CREATED_AT") == found
        count = (await world.data(COUNT, q=query))["ordersCount"]
        assert count == {"count": len(found), "precision": "EXACT"}

    async def test_by_number(self, world: World) -> None:
        first, second = world.place(sale(1), sale(2))
        assert await names(world, f"id:>{first}") == ["#2"]
        assert await names(world, f"id:{second}") == ["#2"]

    async def test_a_count_stops_at_its_limit(self, world: World) -> None:
        world.place(sale(1), sale(2), sale(3))
        counted = await world.data(COUNT, limit=2)
        assert counted == {"ordersCount": {"count": 2, "precision": "AT_LEAST"}}

    async def test_what_is_not_served_is_refused_aloud(self, world: World) -> None:
        answer = await world.ask(LISTING, first=1, q="status:open OR status:closed")
        assert "errors" in answer

    async def test_the_index_lags_behind_a_change_and_a_direct_read_does_not(
        self, world: World
    ) -> None:
        late = world.twin.shop.place(sale(1), world.clock.now(), lag_s=3.0)
        assert await names(world) == []
        assert (await world.data(WHOLE, id=gid(late.id)))["order"]["name"] == "#1"
        world.clock.passed_s = 3.0
        assert await names(world) == ["#1"]
        world.twin.shop.touch(late.id, world.clock.now(), lag_s=5.0)
        changed = "updated_at:>='2026-11-02T09:00:03Z'"
        assert await names(world, changed) == []
        world.clock.passed_s = 8.0
        assert await names(world, changed) == ["#1"]

    async def test_old_orders_need_a_scope(self) -> None:
        world = World(scopes=("read_orders",))
        world.place(sale(1))
        world.clock.passed_s = 61 * 86_400.0
        world.place(sale(2))
        assert await names(world) == ["#2"]


@given(st.integers(-(10**12), 10**12), st.sampled_from(["GBP", "JPY", "KWD"]))
def test_a_decimal_is_the_amount_whatever_zeros_it_drops(amount: int, currency: str) -> None:
    text = decimal((amount, currency))
    assert minor(text, currency) == amount
    assert Decimal(text) == 0 or not text.endswith("00")


# --- the facts of an order, from either shape ---


def _facts_of_graph(order: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": int(order["legacyResourceId"]),
        "times": [order[name][:19] for name in ("createdAt", "updatedAt", "processedAt")],
        "texts": [order["name"], order["email"] or "", order["note"]],
        "tags": order["tags"],
        "currency": order["currencyCode"],
        "included": order["taxesIncluded"],
        "gateways": order["paymentGatewayNames"],
        "totals": [
            _minor(order[name])
            for name in ("totalPriceSet", "totalTaxSet", "totalDiscountsSet", "subtotalPriceSet")
        ],
        "address": _place(order["shippingAddress"], "countryCodeV2", "address1", "zip"),
        "postage": [
            (one["title"], one["code"], _minor(one["discountedPriceSet"]), _taxes(one["taxLines"]))
            for one in order["shippingLines"]["nodes"]
        ],
        "lines": [
            {
                "id": int(line["id"].rsplit("/", 1)[1]),
                "texts": [line["sku"], line["title"]],
                "quantity": line["quantity"],
                "kind": (line["isGiftCard"], line["taxable"], line["variant"] is None),
                "unit": _minor(line["originalUnitPriceSet"]),
                "discounts": [
                    _minor(given["allocatedAmountSet"]) for given in line["discountAllocations"]
                ],
                "taxes": _taxes(line["taxLines"]),
            }
            for line in order["lineItems"]["nodes"]
        ],
    }


def _facts_of_rest(order: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": order["id"],
        "times": [order[name][:19] for name in ("created_at", "updated_at", "processed_at")],
        "texts": [order["name"], order["email"], order["note"]],
        "tags": order["tags"].split(", "),
        "currency": order["currency"],
        "included": order["taxes_included"],
        "gateways": order["payment_gateway_names"],
        "totals": [
            _plain(order[name])
            for name in ("total_price", "total_tax", "total_discounts", "subtotal_price")
        ],
        "address": _place(order["shipping_address"], "country_code", "address1", "zip"),
        "postage": [
            (one["title"], one["code"], _plain(one["discounted_price"]), _taxes(one["tax_lines"]))
            for one in order["shipping_lines"]
        ],
        "lines": [
            {
                "id": line["id"],
                "texts": [line["sku"], line["title"]],
                "quantity": line["quantity"],
                "kind": (line["gift_card"], line["taxable"], line["variant_id"] is None),
                "unit": _plain(line["price"]),
                "discounts": [_plain(given["amount"]) for given in line["discount_allocations"]],
                "taxes": _taxes(line["tax_lines"]),
            }
            for line in order["line_items"]
        ],
    }


def _place(found: dict[str, Any], country: str, street: str, postcode: str) -> tuple[Any, ...]:
    keys = ("name", "company", street, "city", "province", postcode, country, "phone")
    return tuple(found[key] for key in keys)


def _taxes(found: list[dict[str, Any]]) -> list[tuple[Any, ...]]:
    return [
        (
            tax["title"],
            tax["rate"],
            _minor(tax["priceSet"]) if "priceSet" in tax else _plain(tax["price"]),
        )
        for tax in found
    ]


def _minor(bag: dict[str, Any]) -> int:
    assert bag["shopMoney"] == bag["presentmentMoney"]
    return minor(bag["shopMoney"]["amount"], bag["shopMoney"]["currencyCode"])


def _plain(text: str) -> int:
    assert len(text.partition(".")[2]) == 2
    return minor(text, "GBP")
