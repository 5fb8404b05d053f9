"""What befalls an order, in the figures of recorded edits, captures, refunds and exchanges."""

from __future__ import annotations

import asyncio
import random
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shopify_calls import RICH, World, sale
from shopify_facts import of_rest, shown

from counterfoil.twins.kit.sale import life
from counterfoil.twins.kit.sale.events import LIFE, befalls
from counterfoil.twins.kit.sale.order import Order as Snapshot
from counterfoil.twins.kit.sale.order import items
from counterfoil.twins.shopify import rest
from counterfoil.twins.world import (
    Exchange,
    Sale,
    SaleLine,
    SaleTax,
    Tender,
)


def cad(*lines: SaleLine, **more: Any) -> Sale:
    """A Canadian sale, whose taxes stand beside the prices."""
    given: dict[str, Any] = {"payment": "pending", "gateway": "manual", "tax_rate": "0.13"}
    given |= {"currency": "CAD", "shipping": (), "tax_included": False}
    return sale(1001, lines=lines, **{**given, **more})


def line(unit_minor: int, quantity: int = 1, tax_minor: int = 0, **more: Any) -> SaleLine:
    return SaleLine(more.pop("sku", "SKU"), "Thing", quantity, unit_minor, tax_minor, **more)


class Order:
    """One order of a shop, and what befalls it."""

    def __init__(self, made: Sale, **profile: Any) -> None:
        self.world = World(**profile)
        (self.number,) = self.world.place(made)

    def befall(self, *changes: life.Change) -> Snapshot:
        for change in changes:
            self.world.clock.passed_s += 60
            assert self.world.twin.trade.change(self.number, change)
        return self.kept

    @property
    def kept(self) -> Snapshot:
        kept = self.world.twin.shop.order(self.number)
        assert kept is not None
        return kept

    def body(self) -> dict[str, Any]:
        return msgspec.json.decode(rest.body(self.kept, 0))


class TestEdits:
    def test_a_unit_that_is_removed_stays_ordered_and_leaves_the_current_totals(self) -> None:
        # order_edits/gql-edit-money.json, taxed: 226.0 and 113.0, quantity 2, current 1
        order = Order(cad(line(10_000, 2, 2600)))
        kept = order.befall(life.units_removed(0, 1))
        body = order.body()
        assert (body["total_price"], body["current_total_price"]) == ("226.00", "113.00")
        assert (body["total_tax"], body["current_total_tax"]) == ("26.00", "13.00")
        assert (body["subtotal_price"], body["current_subtotal_price"]) == ("200.00", "100.00")
        (row,) = body["line_items"]
        assert (row["quantity"], row["current_quantity"], row["fulfillable_quantity"]) == (2, 1, 1)
        assert row["tax_lines"][0]["price"] == "26.00"
        assert kept.edited

    def test_a_paid_order_is_owed_the_money_of_what_was_removed(self) -> None:
        order = Order(cad(line(10_000, 2, 2600), payment="paid"))
        kept = order.befall(life.units_removed(0, 1))
        assert (kept.financial, kept.outstanding_minor) == ("PAID", -11_300)

    def test_a_line_that_is_added_raises_both_totals_and_is_owed(self) -> None:
        # order_edits/gql-edit-adds-unpaid-item.json: 10 to 15, PARTIALLY_PAID, 5.0 outstanding
        kept = Order(cad(line(1000), payment="paid")).befall(life.line_added(line(500)))
        assert (kept.sale.total_minor, kept.current_total_minor) == (1500, 1500)
        assert (kept.financial, kept.outstanding_minor) == ("PARTIALLY_PAID", 500)

    def test_a_discount_by_edit_lowers_both_totals(self) -> None:
        # order_edits/gql-edit-money.json, discount: 100 to 80
        order = Order(cad(line(10_000)))
        order.befall(life.discounted(0, 2000))
        body = order.body()
        assert (body["total_price"], body["current_total_price"]) == ("80.00", "80.00")
        assert body["line_items"][0]["price"] == "100.00"
        assert body["line_items"][0]["discount_allocations"][0]["amount"] == "20.00"

    async def test_postage_that_is_removed_is_named_in_rest_and_left_out_of_a_listing(self) -> None:
        order = Order(sale(1001))
        order.befall(life.shipping_removed())
        (charge,) = order.body()["shipping_lines"]
        assert charge["is_removed"]
        assert (
            charge["price"],
            charge["current_discounted_price_set"]["shop_money"]["amount"],
        ) == (
            "4.95",
            "0.00",
        )
        query = """query ($id: ID!) { order(id: $id) { shippingLine { title }
          shippingLines(first: 5) { nodes { title } }
          all: shippingLines(first: 5, includeRemovals: true) { nodes { isRemoved } } } }"""
        found = await order.world.data(query, id=f"gid://shopify/Order/{order.number}")
        assert found["order"] == {
            "shippingLine": None,
            "shippingLines": {"nodes": []},
            "all": {"nodes": [{"isRemoved": True}]},
        }

    def test_more_units_than_there_are_cannot_be_removed(self) -> None:
        order = Order(cad(line(10_000, 2, 2600)))
        assert not order.world.twin.trade.change(order.number, life.units_removed(0, 3))
        assert order.kept.updated_s == order.kept.created_s

    def test_tags_come_back_sorted_and_once(self) -> None:
        kept = Order(sale(1)).befall(life.tagged("b", "a", "b"))
        assert kept.tags == ("a", "b")


class TestMoney:
    def test_what_is_authorised_is_neither_owed_nor_received(self) -> None:
        # orders_and_transactions/gql-capture-partial-then-rest.json
        kept = Order(cad(line(2500), payment="authorised")).kept
        assert kept.financial == "AUTHORIZED"
        assert (kept.outstanding_minor, kept.received_minor, kept.capturable_minor) == (0, 0, 2500)

    def test_a_capture_pays_the_order(self) -> None:
        kept = Order(cad(line(2500), payment="authorised")).befall(life.captured())
        assert (kept.financial, kept.outstanding_minor, kept.received_minor) == ("PAID", 0, 2500)
        assert [one.kind for one in kept.payments] == ["AUTHORIZATION", "CAPTURE"]

    def test_a_void_moves_nothing_and_all_is_owed(self) -> None:
        # orders_and_transactions/gql-void.json
        kept = Order(cad(line(2500), payment="authorised")).befall(life.voided())
        assert (kept.financial, kept.outstanding_minor) == ("VOIDED", 2500)
        assert (kept.payments[-1].kind, kept.payments[-1].amount_minor) == ("VOID", 0)

    def test_a_fresh_unpaid_order_has_no_financial_status_and_no_gateway(self) -> None:
        body = Order(cad(line(2500), payment="unpaid")).body()
        assert (body["financial_status"], body["payment_gateway_names"]) == (None, [])

    def test_a_deposit_is_pending_until_it_comes(self) -> None:
        order = Order(cad(line(4200), payment="pending"))
        assert (order.kept.financial, order.kept.gateways) == ("PENDING", ["manual"])
        assert order.befall(life.deposited()).financial == "PAID"

    def test_a_refund_that_is_pending_nets_to_nothing(self) -> None:
        # refunds/hook-pending-discrepancy-2025.json: 245.67 + 31.94, adjustment +277.61
        order = Order(cad(line(24_567, 1, 3194), line(1000), payment="paid"))
        order.befall(life.refunded({0: 1}, pending=True))
        (refund,) = order.body()["refunds"]
        (adjustment,) = refund["order_adjustments"]
        assert (adjustment["kind"], adjustment["amount"]) == ("refund_discrepancy", "277.61")
        assert refund["transactions"][0]["status"] == "pending"
        assert order.body()["current_total_price"] == order.body()["total_price"]
        kept = order.befall(life.settled())
        assert (kept.financial, kept.outstanding_minor) == ("PARTIALLY_REFUNDED", 0)
        assert order.body()["refunds"][0]["order_adjustments"] == []

    def test_units_that_are_refunded_take_their_share_of_discount_and_tax_along(self) -> None:
        # orders_recorded/hook-7bce113cb57c: 195.67, tax 3.98, discount 3.33, outstanding 0.00
        rows = [line(19_900, 1, 398, discount_minor=off) for off in (334, 333, 333)]
        order = Order(cad(*rows, payment="paid", tax_rate="0.06"))
        order.befall(life.refunded({0: 1, 2: 1}))
        body = order.body()
        assert (body["total_price"], body["current_total_price"]) == ("598.94", "199.65")
        assert (body["current_subtotal_price"], body["current_total_tax"]) == ("195.67", "3.98")
        assert (body["total_discounts"], body["current_total_discounts"]) == ("10.00", "3.33")
        assert (body["financial_status"], body["total_outstanding"]) == (
            "partially_refunded",
            "0.00",
        )
        first = body["refunds"][0]["refund_line_items"][0]
        assert (first["subtotal"], first["total_tax"], first["restock_type"]) == (
            195.66,
            3.98,
            "cancel",
        )
        assert [row["current_quantity"] for row in body["line_items"]] == [0, 1, 0]
        assert [row["discount_allocations"][0]["amount"] for row in body["line_items"]] == [
            "3.34",
            "3.33",
            "3.33",
        ]

    def test_without_restock_the_refund_s_line_is_worth_nothing(self) -> None:
        # refunds/gql-full-no-restock.json: 15.00 of 15.00 went back, subtotal 0.0, UNFULFILLED
        order = Order(cad(line(1500), payment="paid"))
        kept = order.befall(life.refunded({0: 1}, restock="NO_RESTOCK", amount_minor=1500))
        (row,) = order.body()["refunds"][0]["refund_line_items"]
        assert (row["subtotal"], row["restock_type"]) == (0.0, "no_restock")
        assert (kept.financial, kept.fulfilment, items(kept)[0].current) == (
            "REFUNDED",
            "UNFULFILLED",
            1,
        )

    def test_no_more_goes_back_than_came(self) -> None:
        kept = Order(cad(line(1500), payment="paid")).befall(life.refunded(amount_minor=9900))
        assert kept.refunded_minor == 1500

    def test_postage_that_is_refunded_stands_twice(self) -> None:
        order = Order(sale(1001))
        order.befall(life.refunded(shipping_minor=495))
        body = order.body()
        assert body["refunds"][0]["order_adjustments"][0]["amount"] == "-4.95"
        assert body["current_shipping_price_set"]["shop_money"]["amount"] == "0.00"
        assert body["shipping_lines"][0]["price"] == "4.95"

    def test_a_cancelled_unpaid_order_is_voided_closed_and_owed_nothing(self) -> None:
        # orders_recorded/hook-94f0dc30a7eb: cash on delivery, voided 0.00, current 0.00
        order = Order(sale(1001, payment="pending", gateway="cash_on_delivery"))
        order.befall(life.cancelled())
        body = order.body()
        assert (body["financial_status"], body["total_outstanding"]) == ("voided", "0.00")
        assert (body["current_total_price"], body["total_price"]) == ("0.00", "27.75")
        assert body["closed_at"] == body["cancelled_at"] != None  # noqa: E711 - of a chain
        assert body["refunds"][0]["transactions"][0]["amount"] == "0.00"

    def test_every_authorisation_is_captured_or_let_go(self) -> None:
        two = (Tender("shopify_payments", 1500), Tender("gift_card", 1000))
        for change, financial in ((life.captured(), "PAID"), (life.cancelled(), "VOIDED")):
            kept = Order(cad(line(2500), payment="authorised", tenders=two)).befall(change)
            assert (kept.financial, kept.capturable_minor, kept.outstanding_minor) == (
                financial,
                0,
                0,
            )
            assert kept.gateways == ["shopify_payments", "gift_card"]

    def test_no_more_is_captured_than_is_still_wanted(self) -> None:
        order = Order(cad(line(1000, 2), payment="authorised"))
        kept = order.befall(life.refunded({0: 1}), life.captured())
        assert (kept.received_minor, kept.outstanding_minor, kept.financial) == (1000, 0, "PAID")

    def test_the_shop_books_a_payment_at_the_rate_of_the_day(self) -> None:
        # refunds/gql-two-currencies.json: 13.50 CAD, 9.00 USD; paid 12.77 CAD, 9.00 USD
        seen = Exchange("USD", times=2000, per=3000, paid_times=2114)
        kept = Order(cad(line(1200, 1, 150), payment="paid", exchange=seen)).kept
        assert kept.money(1350) == (1350, "CAD", 900, "USD")
        assert kept.paid_money(1350) == (1277, "CAD", 900, "USD")
        assert kept.outstanding_minor == 0


class TestSales:
    def test_taxes_and_discounts_must_be_what_the_line_says(self) -> None:
        with pytest.raises(ValueError, match="taxes of 'Thing'"):
            line(1000, 1, 200, taxes=(SaleTax("VAT", "0.2", 199),))
        with pytest.raises(ValueError, match="discounts of 'Thing'"):
            line(1000, 1, 200, discount_minor=5, shares=((0, 4),))


class TestGoods:
    def test_an_exchange_is_a_line_that_came_back_and_a_line_that_goes_out(self) -> None:
        # returns/: 33,518.25 named, 885.95 exchanged, 32,632.30 paid back, nothing adjusted
        order = Order(cad(line(3_351_825), payment="paid"))
        instead = line(88_595, sku="OTHER")
        kept = order.befall(life.sent(), life.exchanged(0, instead))
        body = order.body()
        assert (body["total_price"], body["current_total_price"]) == ("34404.20", "885.95")
        assert body["refunds"][0]["transactions"][0]["amount"] == "32632.30"
        assert body["refunds"][0]["order_adjustments"] == []
        assert (kept.financial, kept.outstanding_minor) == ("PARTIALLY_REFUNDED", 0)
        assert [row["current_quantity"] for row in body["line_items"]] == [0, 1]

    def test_an_order_closes_when_it_is_paid_and_everything_has_left(self) -> None:
        order = Order(sale(1001))
        order.befall(life.sent())
        body = order.body()
        assert (body["fulfillment_status"], body["closed_at"] is None) == ("fulfilled", False)
        assert body["fulfillments"][0]["name"] == "#1001.1"

    def test_another_service_sends_its_own_lines_only(self) -> None:
        lines = (line(1000), line(2000, sku="SHIRT", service="printful"))
        order = Order(cad(*lines, payment="paid"))
        kept = order.befall(life.sent("printful"))
        assert kept.fulfilment == "PARTIALLY_FULFILLED"
        assert [row["fulfillable_quantity"] for row in order.body()["line_items"]] == [1, 0]
        assert [row["fulfillment_service"] for row in order.body()["line_items"]] == [
            "manual",
            "printful",
        ]

    def test_what_was_sent_and_comes_back_is_no_longer_current(self) -> None:
        order = Order(sale(1001))
        kept = order.befall(life.sent(), life.refunded({1: 1}, restock="RETURN"))
        row = order.body()["line_items"][1]
        assert (row["quantity"], row["current_quantity"], row["fulfillable_quantity"]) == (2, 1, 0)
        assert kept.financial == "PARTIALLY_REFUNDED"


class TestBothShapes:
    async def test_a_sale_with_everything_says_the_same_in_both(self) -> None:
        order = Order(RICH)
        assert sum(one.amount_minor for one in RICH.tenders) == RICH.total_minor
        assert await shown(order.world, order.number) == of_rest(order.body())

    @settings(max_examples=40, deadline=None)
    @given(
        names=st.lists(st.sampled_from(sorted(LIFE)), min_size=1, max_size=4), seed=st.integers()
    )
    def test_whatever_befalls_an_order_both_say_it_and_it_adds_up(
        self, names: list[str], seed: int
    ) -> None:
        chance = random.Random(seed)
        made = msgspec.structs.replace(RICH, payment=chance.choice(["paid", "authorised"]))
        order = Order(msgspec.structs.replace(made, tax_included=chance.random() < 0.5, tenders=()))
        for name in names:
            at = chance.choice([0, 1, 5])
            units = chance.randint(1, made.lines[at].quantity)
            for stage in range(4):
                changes = befalls(name, order.kept, at, units)
                if stage < len(changes):
                    order.world.twin.trade.change(order.number, changes[stage])
        graph = asyncio.run(shown(order.world, order.number))
        assert graph == of_rest(order.body())
        kept = order.kept
        net = kept.received_minor - kept.refunded_minor
        assert kept.outstanding_minor == kept.current_total_minor - net - kept.capturable_minor
        assert kept.refunded_minor <= kept.received_minor
        for item in items(kept):
            assert 0 <= item.current <= item.line.quantity
            assert item.unfulfilled >= 0

    def test_the_tip_is_a_line_of_its_own_beside_the_subtotal(self) -> None:
        # orders_recorded/hook-3e1769a6d131: subtotal 30.00, tip 4.50
        body = Order(RICH).body()
        (tip,) = [row for row in body["line_items"] if "tip" in row]
        assert (tip["sku"], tip["product_exists"], tip["fulfillable_quantity"]) == (None, False, 0)
        assert body["total_tip_received"] == tip["price"] == "4.50"

    def test_an_old_order_does_not_say_when_it_was_processed(self) -> None:
        assert Order(RICH).body()["processed_at"] is None

    def test_money_of_a_currency_without_decimals_has_none(self) -> None:
        order = Order(cad(line(2500), currency="JPY", payment="paid"), currency="JPY")
        assert order.body()["total_price"] == "2500"


class TestSearch:
    @pytest.mark.parametrize(
        ("query", "found"),
        [
            ("financial_status:paid", ["#1", "#4"]),
            ("financial_status:authorized", ["#2"]),
            ("financial_status:any", ["#1", "#2", "#3", "#4"]),
            ("fulfillment_status:shipped", ["#4"]),
            ("fulfillment_status:unshipped", ["#1", "#2", "#3"]),
            ("test:true", ["#3"]),
            ("status:closed", ["#4"]),
            ("status:open", ["#1", "#2", "#3"]),
        ],
    )
    async def test_it_finds_orders_by_where_they_stand(self, query: str, found: list[str]) -> None:
        world = World()
        *_, last = world.place(
            sale(1),
            sale(2, payment="authorised"),
            sale(3, payment="pending", test=True),
            sale(4),
        )
        world.twin.trade.change(last, life.sent())
        asked = "query ($q: String) { orders(first: 9, query: $q, sortKey: ID) { nodes { name } } }"
        data = await world.data(asked, q=query)
        assert [node["name"] for node in data["orders"]["nodes"]] == found


class TestByItself:
    async def test_nothing_befalls_an_order_unless_it_is_asked_for(self) -> None:
        world = World(faults="hostile")
        world.twin.load_plan([sale(number) for number in range(40)])
        await world.trade(60)
        assert world.twin.report().befell == {}

    async def test_every_event_comes_and_is_told(self) -> None:
        world = World(faults="hostile", life=dict.fromkeys(LIFE, 0.3))
        await world.subscribe("ORDERS_UPDATED")
        sales = [
            sale(
                number,
                payment=("paid", "authorised", "pending")[number % 3],
                lines=(line(2400, 2, 800), line(900, 1, 150, service="printful")),
            )
            for number in range(150)
        ]
        world.twin.load_plan(sales)
        await world.trade(300)
        life_ = (await world.report())["befell"]
        assert [name for name, count in life_.items() if not count] == []
        kept = world.twin.shop.every(0, 1000)
        told = {
            (body["id"], body["updated_at"]) for body in world.listener.bodies("orders/updated")
        }
        assert len(told) > 100
        world.twin.calm()
        for order in kept[:20]:
            body = msgspec.json.decode(rest.body(order, 0))
            assert await shown(world, order.id) == of_rest(body)

    def test_every_state_is_remembered_where_it_is_asked_for(self) -> None:
        order = Order(sale(1), remembers=True)
        order.befall(life.noted("One"), life.noted("Two"))
        notes = [kept.sale.note for kept in order.world.twin.shop.states(order.number)]
        assert notes == ["Please ring", "One", "Two"]


async def test_a_test_notification_is_a_test_and_does_not_add_up() -> None:
    world = World()
    await world.subscribe("ORDERS_CANCELLED")
    assert world.twin.trade.notify("orders/cancelled") == 1
    await world.trade(5)
    (body,) = world.listener.bodies("orders/cancelled")
    assert (body["test"], body["confirmed"], body["name"]) == (True, False, "#9999")
    parts = sum(round(float(row["price"]) * 100) for row in body["line_items"])
    assert parts + 1000 != round(float(body["total_price"]) * 100)
    assert world.twin.report().orders == 0


def test_a_difference_between_the_shapes_would_be_seen() -> None:
    body = Order(sale(1)).body()
    assert of_rest(body) != of_rest({**body, "financial_status": "pending"})
