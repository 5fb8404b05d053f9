"""V2 orders: what they come to, how they are listed, and how pages shift."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import pytest
from bigcommerce_calls import TOKEN, World, beside, opened, sale

from counterfoil.twins.bigcommerce.life import EVENTS
from counterfoil.twins.world import SaleDiscount, SaleLine, SaleShipping


def amounts(order: dict[str, Any], *names: str) -> list[str]:
    return [order[name] for name in names]


class TestMoney:
    async def test_prices_with_tax_are_exact_and_those_without_are_reckoned(
        self, world: World
    ) -> None:
        (key,) = world.place(sale(1))
        order = await world.get(f"/v2/orders/{key}")
        assert order["is_tax_inclusive_pricing"] is True
        assert amounts(order, "subtotal_inc_tax", "subtotal_ex_tax") == ["24.0000", "20.0000"]
        assert amounts(order, "subtotal_tax", "coupon_discount") == ["3.8000", "1.2000"]
        names = ("total_inc_tax", "total_tax", "total_ex_tax")
        assert amounts(order, *names) == ["27.7500", "4.6300", "23.1200"]

    async def test_prices_without_tax_are_exact_the_other_way_round(self, world: World) -> None:
        (key,) = world.place(beside(1))
        order = await world.get(f"/v2/orders/{key}")
        assert order["is_tax_inclusive_pricing"] is False
        assert amounts(order, "subtotal_ex_tax", "subtotal_inc_tax") == ["29.9700", "32.0679"]
        names = ("shipping_cost_ex_tax", "shipping_cost_inc_tax", "shipping_cost_tax")
        assert amounts(order, *names) == ["10.0000", "10.7000", "0.7000"]
        names = ("total_ex_tax", "total_tax", "total_inc_tax")
        assert amounts(order, *names) == ["39.9700", "2.8000", "42.7700"]

    async def test_line_tax_is_after_the_orders_discount_and_line_totals_before_it(
        self, world: World
    ) -> None:
        # As recorded: ten at 250 of which 100 are taken off, and a tax that is less than the pair.
        line = SaleLine("OUD", "Oud", 10, 25_000, 12_512, 10_000)
        made = sale(
            1,
            lines=(line,),
            shipping=(),
            tax_rate="0.055",
            currency="USD",
            discounts=(SaleDiscount("manual", "Manual"),),
        )
        (key,) = world.place(made)
        order = await world.get(f"/v2/orders/{key}")
        (product,) = await world.get(f"/v2/orders/{key}/products")
        assert amounts(order, "subtotal_ex_tax", "subtotal_inc_tax") == ["2369.6682", "2500.0000"]
        assert amounts(order, "subtotal_tax", "total_tax") == ["125.1200", "125.1200"]
        assert amounts(order, "total_ex_tax", "total_inc_tax") == ["2274.8800", "2400.0000"]
        assert (order["discount_amount"], order["coupon_discount"]) == ("100.0000", "0.0000")
        pieces = Decimal(product["total_ex_tax"]) + Decimal(product["total_tax"])
        assert pieces != Decimal(product["total_inc_tax"]) == Decimal(2500)
        assert product["discounted_total_inc_tax"] == "2400.0000"

    async def test_a_line_says_what_each_discount_takes_off(self, world: World) -> None:
        (key,) = world.place(sale(1))
        tee, mug = await world.get(f"/v2/orders/{key}/products")
        names = ("price_inc_tax", "price_ex_tax", "total_inc_tax", "discounted_total_inc_tax")
        assert amounts(tee, *names) == ["6.0000", "5.0000", "12.0000", "10.8000"]
        assert (tee["name"], tee["sku"], tee["quantity"]) == ("Tee - Blue", "TEE", 2)
        (applied,) = tee["applied_discounts"]
        assert (applied["code"], applied["amount"]) == ("TENOFF", "1.2000")
        assert mug["applied_discounts"] == []
        (coupon,) = await world.get(f"/v2/orders/{key}/coupons")
        assert (coupon["code"], coupon["type"], coupon["amount"]) == ("TENOFF", 1, "10.0")
        assert coupon["discount"] == 1.2

    async def test_taxes_add_up_to_the_orders_tax(self, world: World) -> None:
        for key in world.place(sale(1), beside(2)):
            rows = await world.get(f"/v2/orders/{key}/taxes?details=true")
            order = await world.get(f"/v2/orders/{key}")
            assert sum(Decimal(row["line_amount"]) for row in rows) == Decimal(order["total_tax"])
            assert rows[-1]["line_item_type"] == "shipping"

    async def test_money_without_decimals_has_four_too(self, world: World) -> None:
        line = SaleLine("TEE", "Tee", 3, 1000, 273)
        (key,) = world.place(
            sale(1, lines=(line,), shipping=(), currency="JPY", tax_rate="0.1", discounts=())
        )
        order = await world.get(f"/v2/orders/{key}")
        assert amounts(order, "total_inc_tax", "subtotal_ex_tax") == ["3000.0000", "2727.2727"]


class TestOrders:
    async def test_a_shopper_begins_and_finishes_and_the_store_shows_both(
        self, world: World
    ) -> None:
        (key,) = world.place(sale(1))
        order = await world.get(f"/v2/orders/{key}")
        assert (order["status_id"], order["status"]) == (0, "Incomplete")
        assert (order["payment_status"], order["payment_provider_id"]) == ("", None)
        await world.trade(10.0)
        order = await world.get(f"/v2/orders/{key}")
        assert (order["status_id"], order["payment_status"]) == (11, "captured")
        assert order["date_created"] == "Mon, 02 Nov 2026 09:00:00 +0000"
        assert order["date_created"] < order["date_modified"]

    @pytest.mark.parametrize(
        ("payment", "status", "said"),
        [("authorised", 11, "authorized"), ("pending", 7, "pending"), ("unpaid", 7, "")],
    )
    async def test_what_is_not_paid_says_so(
        self, world: World, payment: str, status: int, said: str
    ) -> None:
        (key,) = world.place(sale(1, payment=payment))
        await world.trade(10.0)
        order = await world.get(f"/v2/orders/{key}")
        assert (order["status_id"], order["payment_status"]) == (status, said)

    async def test_an_apps_order_is_complete_at_once_and_has_no_texts(self, world: World) -> None:
        web, app = world.place(sale(1), sale(2, channel="580111"))
        shopper, external = [await world.get(f"/v2/orders/{key}") for key in (web, app)]
        assert (external["status_id"], external["payment_status"]) == (11, "")
        assert [one["order_source"] for one in (shopper, external)] == ["www", "external"]
        assert [one["staff_notes"] for one in (shopper, external)] == ["", None]
        assert external["cart_id"] is None
        assert len(shopper["cart_id"]) == 36

    async def test_shipped_by_hand_is_no_despatch(self, world: World) -> None:
        (key,) = world.place(sale(1))
        world.clock.passed_s += 60
        status, _, body = await world.call("PUT", f"/v2/orders/{key}", {"status_id": 2})
        assert status == 200
        order = msgspec.json.decode(body)
        assert (order["status_id"], order["items_shipped"]) == (2, 0)
        assert order["date_shipped"] == "Mon, 02 Nov 2026 09:01:00 +0000"
        world.twin.trade.change(key, EVENTS["sent"])
        products = await world.get(f"/v2/orders/{key}/products")
        assert [row["quantity_shipped"] for row in products] == [2, 2]

    async def test_a_refund_leaves_the_orders_own_figure_at_nothing(self, world: World) -> None:
        (key,) = world.place(sale(1))
        world.twin.trade.change(key, EVENTS["refunded"])
        order = await world.get(f"/v2/orders/{key}")
        assert (order["status_id"], order["refunded_amount"]) == (4, "0.0000")
        assert all(row["is_refunded"] for row in await world.get(f"/v2/orders/{key}/products"))

    async def test_what_is_archived_is_shown_only_to_who_asks(self, world: World) -> None:
        (key,) = world.place(sale(1))
        world.twin.trade.change(key, EVENTS["archived"])
        assert await world.get("/v2/orders") is None
        assert [one["id"] for one in await world.get("/v2/orders?is_deleted=true")] == [key]
        assert (await world.get(f"/v2/orders/{key}"))["is_deleted"] is True

    async def test_what_a_put_does_not_say_stays(self, world: World) -> None:
        (key,) = world.place(sale(1))
        path = f"/v2/orders/{key}"
        await world.call("PUT", path, {"external_order_id": "R-1"})
        await world.call("PUT", path, {"staff_notes": "Ring first"})
        order = await world.get(path)
        assert (order["external_order_id"], order["staff_notes"]) == ("R-1", "Ring first")
        assert [one["id"] for one in await world.get("/v2/orders?external_order_id=R-1")] == [key]

    @pytest.mark.parametrize("body", [{"status_id": 99}, {"status_id": "shipped"}])
    async def test_a_put_that_makes_no_sense_is_refused(self, world: World, body: Any) -> None:
        (key,) = world.place(sale(1))
        status, _, said = await world.call("PUT", f"/v2/orders/{key}", body)
        assert status == 400
        assert msgspec.json.decode(said)[0]["status"] == 400

    async def test_labels_are_the_merchants_and_numbers_the_systems(self) -> None:
        async with opened(labels={11: "In the warehouse"}) as world:
            (key,) = world.place(sale(1, channel="580111"))
            order = await world.get(f"/v2/orders/{key}")
            assert (order["status_id"], order["status"]) == (11, "In the warehouse")
            rows = await world.get("/v2/order_statuses")
            assert rows[11]["system_label"] == "Awaiting Fulfillment"
            counted = await world.get("/v2/orders/count")
            assert (counted["count"], counted["statuses"][11]["count"]) == (1, 1)

    async def test_members_of_later_years_may_be_absent(self) -> None:
        async with opened(omits=frozenset({"fees", "is_tax_inclusive_pricing"})) as world:
            (key,) = world.place(sale(1))
            order = await world.get(f"/v2/orders/{key}")
            assert not order.keys() & {"fees", "is_tax_inclusive_pricing"}


class TestListing:
    async def test_an_empty_page_is_204_without_a_body(self, world: World) -> None:
        (key,) = world.place(sale(1, shipping=()))
        for path in ("/v2/orders?page=2", f"/v2/orders/{key}/fees", "/v2/orders?status_id=5"):
            assert await world.get(path) is None
        assert await world.get(f"/v2/orders/{key}/shipping_addresses") is None

    async def test_pages_shift_when_an_order_leaves_them(self, world: World) -> None:
        keys = world.place(*(sale(number) for number in range(6)))
        first = await world.get("/v2/orders?limit=3")
        world.twin.trade.change(keys[0], EVENTS["archived"])
        second = await world.get("/v2/orders?limit=3&page=2")
        assert [one["id"] for one in first] == keys[:3]
        assert [one["id"] for one in second] == keys[4:]  # the fourth was on neither page

    async def test_a_page_has_fifty_and_never_more_than_250(self, world: World) -> None:
        world.place(*(sale(number, lines=(), shipping=()) for number in range(260)))
        assert len(await world.get("/v2/orders")) == 50
        assert len(await world.get("/v2/orders?limit=1000")) == 250

    async def test_orders_of_one_second_come_in_no_promised_order(self, world: World) -> None:
        keys = world.place(*(sale(number) for number in range(20)))
        listed = await world.get("/v2/orders?sort=date_modified:asc")
        assert {one["date_modified"] for one in listed} == {"Mon, 02 Nov 2026 09:00:00 +0000"}
        shown = [one["id"] for one in listed]
        assert sorted(shown) == keys != shown

    async def test_filters_take_both_spellings_of_a_moment(self, world: World) -> None:
        early, late = [], []
        early = world.place(sale(1))
        world.clock.passed_s += 3600
        late = world.place(sale(2, email="ann@example.com"))
        for moment in ("2026-11-02T09:30:00Z", "Mon%2C%2002%20Nov%202026%2009%3A30%3A00%20%2B0000"):
            found = await world.get(f"/v2/orders?min_date_modified={moment}")
            assert [one["id"] for one in found] == late
            found = await world.get(f"/v2/orders?max_date_created={moment}")
            assert [one["id"] for one in found] == early
        assert [one["id"] for one in await world.get(f"/v2/orders?min_id={late[0]}")] == late
        assert [one["id"] for one in await world.get("/v2/orders?email=ann@example.com")] == late

    @pytest.mark.parametrize("query", ["min_id=x", "sort=total", "min_date_modified=yesterday"])
    async def test_what_cannot_be_read_is_refused(self, world: World, query: str) -> None:
        status, _, body = await world.call("GET", f"/v2/orders?{query}")
        assert status == 400
        assert msgspec.json.decode(body)[0]["message"].startswith("A parameter is not valid")

    async def test_no_address_and_no_method_are_refused_as_each_api_spells_it(
        self, world: World
    ) -> None:
        for method, path, refused in (("GET", "/v2/nothing", 404), ("POST", "/v2/orders/1", 405)):
            status, _, body = await world.call(method, path)
            assert (status, msgspec.json.decode(body)[0]["status"]) == (refused, refused)
        status, headers, body = await world.call("PATCH", "/v3/hooks")
        said = msgspec.json.decode(body)
        assert (status, said["status"], said["title"]) == (405, 405, "Method Not Allowed")
        assert headers["allow"] == "GET, POST, HEAD"

    async def test_what_does_not_exist_is_an_array(self, world: World) -> None:
        (key,) = world.place(sale(1))
        for path in ("/v2/orders/9", "/v2/orders/9/products", f"/v2/orders/{key}/products/999"):
            status, _, body = await world.call("GET", path)
            assert status == 404
            assert msgspec.json.decode(body)[0]["status"] == 404
        (line, _) = await world.get(f"/v2/orders/{key}/products")
        assert await world.get(f"/v2/orders/{key}/products/{line['id']}") == line

    async def test_a_wrong_token_opens_nothing(self, world: World) -> None:
        for token in ("", "other", TOKEN + "x"):
            assert (await world.call("GET", "/v2/orders", token=token))[0] == 401


async def test_a_killed_store_goes_on_where_it_stopped(tmp_path: Path) -> None:
    path = str(tmp_path / "store.db")
    async with opened(path=path) as world:
        world.twin.trade.plan.load([sale(1), sale(2, at_s=30.0)])
        await world.trade(1.0)
        assert world.twin.report().orders == 1
    async with opened(path=path) as world:
        await world.trade(60.0)
        report = world.twin.report()
        assert (report.orders, report.planned, report.pending) == (2, 2, 0)
        entries = list(world.twin.book("order"))
        assert [entry.reference for entry in entries] == ["1", "2"]
        assert [entry.facts["status"] for entry in entries] == [11, 11]
        assert sum(entry.measure.amount for entry in entries) == report.totals_minor["GBP"]


async def test_postage_that_is_free_has_an_address_and_no_cost(world: World) -> None:
    (key,) = world.place(sale(1, shipping=(SaleShipping("Free", 0, 0),)))
    (address,) = await world.get(f"/v2/orders/{key}/shipping_addresses")
    assert (address["shipping_method"], address["cost_inc_tax"]) == ("Free", "0.0000")
    assert (address["first_name"], address["country"]) == ("Jo", "United Kingdom")
