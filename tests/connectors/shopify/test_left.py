"""What is left of an order: units, money, discount, tax and postage, as its current totals say."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from counterfoil.connectors.shopify.fields import HOOK
from counterfoil.connectors.shopify.reading import Reader
from counterfoil.model.order import Order, check
from counterfoil.values.errors import Hold
from tests.connectors.shopify.shapes import GIFTS, Item, Postage, Told, hook, plain_vat
from tests.connectors.shopify.test_shapes import NOW, as_sent, both, pushed, replaced

TEES = Told(
    lines=(Item(1, 2400, 2, "TEE-M", taxes=plain_vat(800)),),
    shipping=(Postage(495, taxes=plain_vat(83)),),
    total=5295,
    tax=883,
)


def summed(order: Order) -> tuple[list[tuple[str, int, int]], int, int]:
    check(order)
    goods = [(line.sku, line.quantity, line.total_minor) for line in order.lines]
    return goods, order.total_minor, order.tax_minor


def test_a_unit_that_was_taken_off_is_not_owed_nor_paid() -> None:
    lines = (Item(1, 2400, 2, "TEE-M", taxes=plain_vat(800), now=1),)
    order = both(replaced(TEES, lines=lines, current_total=2895, current_tax=483))
    assert summed(order) == ([("TEE-M", 1, 2400)], 2895, 483)


def test_it_is_so_where_the_shop_says_nothing_of_the_tax_that_is_left() -> None:
    lines = (Item(1, 2400, 2, "TEE-M", taxes=plain_vat(800), now=1),)
    body = replaced(TEES, lines=lines, current_total=2895)
    order = pushed(body, current_total_tax=None).document
    assert order is not None
    assert summed(order) == ([("TEE-M", 1, 2400)], 2895, 483)


def test_an_exchange_leaves_what_was_given_instead() -> None:
    lines = (
        Item(1, 3000, 1, "MUG-RED", taxes=plain_vat(500), now=0),
        Item(2, 3000, 1, "MUG-BLUE", taxes=plain_vat(500)),
    )
    order = both(Told(lines=lines, total=6000, tax=1000, current_total=3000, current_tax=500))
    assert summed(order) == ([("MUG-BLUE", 1, 3000)], 3000, 500)


def test_nothing_left_is_an_order_without_lines() -> None:
    lines = (Item(1, 2400, 2, "TEE-M", taxes=plain_vat(800), now=0),)
    assert both(replaced(TEES, lines=lines, current_total=0, current_tax=0)).lines == ()


def test_postage_that_was_refunded_is_not_charged() -> None:
    order = both(replaced(TEES, current_total=4800, current_tax=800, postage_left=0))
    assert summed(order) == ([("TEE-M", 2, 4800)], 4800, 800)
    part = both(replaced(TEES, current_total=5000, current_tax=833, postage_left=200))
    assert [(one.amount_minor, one.tax_minor) for one in part.shipping] == [(200, 33)]


def test_a_discount_given_by_an_edit_lowers_both_totals() -> None:
    lines = (Item(1, 10000, discounts=(2000,)),)
    assert summed(both(Told(lines=lines, total=8000)))[1] == 8000


def test_money_that_went_back_for_no_unit_is_a_charge_less_than_nothing() -> None:
    told = replaced(TEES, paid="PARTIALLY_REFUNDED", current_total=4795, beyond=-500)
    order = both(told)
    assert summed(order) == ([("TEE-M", 2, 4800)], 4795, 883)
    assert [(one.title, one.amount_minor) for one in order.extras] == [("Refund", -500)]


@pytest.mark.parametrize(("current_total", "beyond"), [(4795, -400), (4795, 0), (5795, 500)])
def test_a_total_that_the_refunds_do_not_explain_is_asked_about(
    current_total: int, beyond: int
) -> None:
    told = replaced(TEES, paid="PARTIALLY_REFUNDED", current_total=current_total, beyond=beyond)
    with pytest.raises(Hold, match="its parts come to"):
        check(both(told))


def test_a_goodwill_refund_takes_no_goods_away() -> None:
    order = both(replaced(TEES, paid="PARTIALLY_REFUNDED"))
    assert summed(order) == ([("TEE-M", 2, 4800)], 5295, 883)


def test_refunds_say_what_is_left_where_the_version_has_no_other_member() -> None:
    body = replaced(TEES, current_total=2895, current_tax=483)
    refunds = [{"refund_line_items": [{"line_item_id": 1, "quantity": 1}]}]
    lines = [
        {name: value for name, value in line.items() if name != "current_quantity"}
        for line in hook_lines(body)
    ]
    order = pushed(body, refunds=refunds, line_items=lines).document
    assert order is not None
    assert summed(order) == ([("TEE-M", 1, 2400)], 2895, 483)


def test_refunds_without_any_current_total_are_asked_about() -> None:
    lines = [
        {name: value for name, value in line.items() if name != "current_quantity"}
        for line in hook_lines(TEES)
    ]
    refunds = [{"refund_line_items": [{"line_item_id": 1, "quantity": 1}]}]
    reading = pushed(TEES, refunds=refunds, line_items=lines, current_total_price=None)
    assert reading.problem is not None
    assert (reading.problem.code, reading.partial) == ("refunds-untold", True)


def test_postage_that_was_refunded_is_gone_where_only_the_refund_says_so() -> None:
    """Bodies of older versions have no member for the postage that is left."""
    adjustments = [{"kind": "shipping_refund", "amount": "-2.46", "tax_amount": "-0.49"}]
    refunds = [{"refund_line_items": [], "order_adjustments": adjustments}]
    body = replaced(TEES, current_total=5000, current_tax=833)
    order = pushed(body, refunds=refunds, current_shipping_price_set=None).document
    assert order is not None
    assert summed(order) == ([("TEE-M", 2, 4800)], 5000, 833)
    assert order == both(replaced(body, postage_left=200))


def test_a_refund_of_which_no_total_tells_is_asked_about_whatever_it_took() -> None:
    adjustments = [{"kind": "shipping_refund", "amount": "-4.12", "tax_amount": "-0.83"}]
    refunds = [{"refund_line_items": [], "order_adjustments": adjustments}]
    reading = pushed(TEES, refunds=refunds, current_total_price=None)
    assert reading.problem is not None
    assert (reading.problem.code, reading.partial) == ("refunds-untold", True)


def test_units_taken_off_of_which_no_total_tells_are_asked_about() -> None:
    lines = hook(replaced(TEES, lines=(Item(1, 2400, 2, "TEE-M", now=1),)))["line_items"]
    reading = pushed(TEES, line_items=lines, current_total_price=None)
    assert reading.problem is not None
    assert (reading.problem.code, reading.partial) == ("refunds-untold", True)


@pytest.mark.parametrize("name", ["test", "cancelled_at", "financial_status", "shipping_lines"])
def test_a_message_that_is_silent_on_what_stops_an_order_is_read_anew(name: str) -> None:
    body = as_sent(hook(TEES))
    del body[name]
    reading = Reader(HOOK).read(body, NOW)
    assert reading.problem is not None
    assert (reading.problem.code, reading.partial) == ("missing-field", True)


def test_a_line_sent_in_part_without_a_count_is_read_anew() -> None:
    lines = hook(replaced(TEES, lines=(Item(1, 2400, 2, "TEE-M", sent=1),)))["line_items"]
    del lines[0]["fulfillable_quantity"]
    reading = pushed(TEES, line_items=lines, fulfillment_status="partial")
    assert reading.problem is not None
    assert (reading.problem.code, reading.partial) == ("missing-field", True)


def test_a_message_without_a_word_of_any_address_is_read_anew() -> None:
    body = as_sent(hook(TEES))
    assert not Reader(HOOK).read(body, NOW).partial
    del body["shipping_address"], body["billing_address"]
    assert Reader(HOOK).read(body, NOW).partial


def hook_lines(order: Told) -> list[dict[str, object]]:
    return hook(order)["line_items"]


@pytest.mark.parametrize("left", [0, 1])
def test_a_penny_of_discount_falls_on_whichever_unit_the_shop_says(left: int) -> None:
    """One penny off three at a penny: its share of one unit is a third of a penny, or a penny."""
    told = Told(lines=(Item(1, 1, 3, discounts=(1,), now=1),), total=2, current_total=left)
    assert summed(both(told)) == ([("SKU", 1, left)], left, 0)


def test_a_penny_never_falls_on_what_is_free() -> None:
    """The first line is free: the missing penny of discount, and of tax, is the second one's."""
    free = Item(1, 4303, 6, "FREE", discounts=(25818,), taxes=plain_vat(0), now=4)
    half = Item(2, 999, 3, "HALF", discounts=(100,), taxes=plain_vat(483), now=2)
    told = Told(lines=(free, half), total=2897, tax=483, current_total=1930, current_tax=321)
    order = both(told)
    assert summed(order) == ([("FREE", 4, 0), ("HALF", 2, 1930)], 1930, 321)
    assert [line.tax_minor for line in order.lines] == [0, 321]


def test_the_share_of_postage_is_rounded_by_itself_too() -> None:
    line = Item(1, 43478, 6, taxes=plain_vat(52174), now=2)  # a third of 521.74 is 173.91 and a bit
    told = Told(
        lines=(line,), shipping=(Postage(495, taxes=plain_vat(99)),), tax_included=False,
        total=313636, tax=52273, current_total=86956 + 262 + 17445, current_tax=17445,
        postage_left=262,
    )  # fmt: skip
    order = both(told)
    check(order)
    assert (order.lines[0].tax_minor, order.shipping[0].tax_minor) == (17392, 53)


@pytest.mark.parametrize("tax", [32, 33, 34])
def test_each_share_of_several_taxes_is_rounded_by_itself(tax: int) -> None:
    """A third of 0.50 is 0.16 or 0.17, and of two such taxes 0.32 to 0.34."""
    item = Item(1, 999, 3, taxes=(("0.05", 50), ("0.07", 50)), now=1)
    told = Told(
        lines=(item,), total=2997, tax=100, current_total=999 + tax, current_tax=tax,
        tax_included=False,
    )  # fmt: skip
    order = both(told)
    assert summed(order) == ([("SKU", 1, 999)], 999 + tax, tax)
    assert sum(one.amount_minor for one in order.lines[0].taxes) == tax


LINES = st.lists(
    st.tuples(st.integers(1, 5000), st.integers(1, 12), st.integers(0, 12), st.integers(0, 3000)),
    min_size=1,
    max_size=6,
)


@given(LINES, st.booleans(), st.randoms(use_true_random=False))
@settings(max_examples=150, deadline=None)
def test_whatever_is_taken_off_the_rest_adds_up_to_what_the_shop_says(
    drawn: list[tuple[int, int, int, int]], included: bool, chance: object
) -> None:
    """The shop rounds each share of a discount or tax up or down as it likes, by a penny a line."""
    items: list[Item] = []
    total = tax = current = current_tax = 0
    for at, (unit, quantity, drawn_now, drawn_discount) in enumerate(drawn):
        now, discount = min(drawn_now, quantity), min(drawn_discount, unit * quantity)
        whole = unit * quantity - discount
        vat = round(whole * 0.2 / 1.2) if included else round(whole * 0.2)
        items.append(
            Item(at + 1, unit, quantity, f"SKU{at}", (discount,) if discount else (),
                 plain_vat(vat) if vat else (), now=now)
        )  # fmt: skip
        up = chance.random() < 0.5  # type: ignore[attr-defined]
        left = now * unit - share(discount, now, quantity, up=up)
        left_tax = share(vat, now, quantity, up=chance.random() < 0.5)  # type: ignore[attr-defined]
        total, tax = total + whole, tax + vat
        current, current_tax = current + left, current_tax + left_tax
    order = both(
        Told(
            lines=tuple(items), total=total if included else total + tax, tax=tax,
            current_total=current if included else current + current_tax, current_tax=current_tax,
            tax_included=included,
        )
    )  # fmt: skip
    check(order)
    assert [line.quantity for line in order.lines] == [
        min(now, quantity) for _, quantity, now, _ in drawn if min(now, quantity)
    ]


def share(amount: int, part: int, whole: int, *, up: bool) -> int:
    """The share of `part` units of `whole`, a fraction of a penny up or down."""
    exact, rest = divmod(amount * part, whole)
    return exact + (1 if up and rest else 0)


def test_a_plain_order_is_left_whole() -> None:
    assert summed(both(GIFTS))[1:] == (5940, 991)
