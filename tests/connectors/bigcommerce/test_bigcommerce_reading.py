"""What V2 says of an order, quirk by quirk, and what becomes of it."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some
from msgspec.structs import replace

from counterfoil.mapping.convert import per_cent
from counterfoil.mapping.fine import fine
from counterfoil.model.line import Payment, Tax
from counterfoil.model.order import check
from counterfoil.values.errors import Hold
from counterfoil.values.money import exponent
from tests.connectors.bigcommerce.rows import SETTINGS, Row, address, head, line, order, read, tax


def money(minor: int, code: str = "GBP") -> str:
    whole, rest = divmod(minor * 10 ** (4 - exponent(code)), 10_000)
    return f"{whole}.{rest:04d}"


def held(row: Row) -> Hold:
    problem = read(row).problem
    assert isinstance(problem, Hold)
    return problem


# --- four decimals ---


def test_moments_are_mail_dates_and_become_utc() -> None:
    found = order(head(date_modified="Mon, 02 Nov 2026 10:14:20 +0100"))
    assert (found.placed, found.updated) == ("2026-11-02T09:14:07Z", "2026-11-02T09:14:20Z")
    assert held(head(date_created="yesterday")).where == "date_created"


def test_a_price_with_a_fraction_of_a_penny_comes_to_its_line() -> None:
    three = line(quantity=3, base_price="1.8333", price_ex_tax="1.8333", price_inc_tax="2.2000",
                 total_ex_tax="5.4999", total_inc_tax="6.5999", total_tax="1.1000",
                 discounted_total_inc_tax="6.5999")  # fmt: skip
    row = head(three, taxes=[tax(line_amount="1.1000")], is_tax_inclusive_pricing=False,
               total_inc_tax="6.6000", total_tax="1.1000")  # fmt: skip
    found = order(row)
    check(found)
    only = found.lines[0]
    assert (only.unit_minor, only.discount_minor, only.total_minor) == (184, 2, 550)
    assert [loss.code for loss in read(row).losses] == ["rounded"]


@given(some.data())
def test_whatever_the_fractions_lines_postage_and_extras_are_the_total(
    data: some.DataObject,
) -> None:
    included = data.draw(some.booleans())
    fractions = data.draw(some.lists(some.integers(1, 10**7), min_size=1, max_size=8))
    taxes = [data.draw(some.integers(0, amount // 5)) for amount in fractions]
    postage = data.draw(some.integers(0, 10**5))
    lines, rows = [], []
    for at, (amount, taxed) in enumerate(zip(fractions, taxes, strict=True)):
        ex, inc = (amount - taxed, amount) if included else (amount, amount + taxed)
        pair = {"ex": told(ex), "inc": told(inc)}
        sides = {f"{name}_{side}_tax": pair[side] for name in ("price", "total") for side in pair}
        lines.append(line(**sides, id=at + 1, total_tax=told(taxed), base_price=told(amount),
                          discounted_total_inc_tax=told(inc)))  # fmt: skip
        rows.append(tax(line_amount=told(taxed), order_product_id=str(at + 1)))
    tax_minor = round_half_up(sum(taxes))
    parts = round_half_up(sum(fractions) + postage * 100)
    row = head(*lines, taxes=rows, is_tax_inclusive_pricing=included, total_tax=money(tax_minor),
               total_inc_tax=money(parts if included else parts + tax_minor),
               **dict.fromkeys(("shipping_cost_inc_tax", "shipping_cost_ex_tax"), money(postage)),
               )  # fmt: skip
    check(order(row))


def told(fine_amount: int) -> str:
    return f"{fine_amount // 10_000}.{fine_amount % 10_000:04d}"


def round_half_up(fine_amount: int) -> int:
    return (fine_amount + 50) // 100


def test_what_no_rounding_explains_is_held_with_both_figures() -> None:
    with pytest.raises(Hold, match=r"says £12\.50, but its parts come to £12\.00") as error:
        check(order(head(total_inc_tax="12.5000")))
    assert error.value.code == "total-differs"


def test_a_total_that_nobody_can_pay_is_held() -> None:
    assert "12.3456 GBP is no whole amount" in held(head(total_inc_tax="12.3456")).said


# --- with tax, and without ---


def test_only_the_side_that_was_agreed_is_read() -> None:
    estimate = line(price_ex_tax="10.1234", total_ex_tax="10.1234")
    found = order(head(estimate, is_tax_inclusive_pricing=True, total_ex_tax="10.1234"))
    check(found)
    assert (found.tax_included, found.lines[0].unit_minor) == (True, 1200)


@pytest.mark.parametrize(("base", "included"), [("10.0000", False), ("12.0000", True)])
def test_before_2026_the_base_prices_tell_the_side(base: str, included: bool) -> None:
    row = head(line(base_price=base))
    del row["is_tax_inclusive_pricing"]
    found = order(row)
    check(found)
    assert found.tax_included is included


def test_an_order_that_does_not_tell_its_side_is_held() -> None:
    row = head(line(base_price="11.0000"))
    del row["is_tax_inclusive_pricing"]
    assert held(row).code == "tax-side"


def test_a_line_has_the_discounts_of_the_order_and_the_tax_after_them() -> None:
    cheaper = line(discounted_total_inc_tax="10.8000", total_tax="1.8000")
    coupons = [{"code": "TENOFF", "amount": 10, "type": 1, "discount": 1.2}]
    row = head(cheaper, taxes=[tax(line_amount="1.8000")], total_inc_tax="10.8000",
               total_tax="1.8000", coupon_discount="1.2000", coupons=coupons)  # fmt: skip
    found = order(row)
    check(found)
    assert (found.lines[0].discount_minor, found.lines[0].tax_minor) == (120, 180)
    assert found.discount_codes == ("TENOFF",)


def test_where_no_line_tells_what_was_paid_its_discounts_do() -> None:
    applied = [{"id": "coupon", "amount": "1.2000", "target": "order"}]
    old = line(discounted_total_inc_tax=None, applied_discounts=applied)
    found = order(head(old, total_inc_tax="10.8000"))
    check(found)
    assert found.lines[0].discount_minor == 120


def test_taxes_have_names_and_rates_and_stand_where_they_belong() -> None:
    rows = [
        tax(name="State", rate="6.2500", line_amount="1.5000"),
        tax(name="City", rate="2.0000", line_amount="0.5000"),
        tax(name="Moon", rate="1.0000", line_amount="0.0000"),
        tax(line_amount="0.8300", order_product_id="", line_item_type="shipping"),
    ]
    row = head(taxes=rows, total_inc_tax="16.9500", total_tax="2.8300",
               shipping_cost_inc_tax="4.9500", shipping_cost_tax="0.8300",
               shipping_addresses=[address()])  # fmt: skip
    found = order(row)
    check(found)
    assert found.lines[0].tax_rate == "0.0825"
    assert found.lines[0].taxes[2] == Tax("Moon", 0, "0.01")
    assert (found.shipping[0].title, found.shipping[0].tax_minor) == ("Tracked", 83)


def test_without_rows_the_lines_own_tax_stands_and_no_rate_is_made_up() -> None:
    found = order(head(taxes=[]))
    check(found)
    assert (found.lines[0].tax_minor, found.lines[0].tax_rate) == (200, "")
    free = order(head(line(total_tax="0.0000"), taxes=[], total_tax="0.0000"))
    assert free.lines[0].tax_rate == "0"


def test_a_rate_is_written_in_per_cent() -> None:
    assert [per_cent(one, "") for one in ("20.0000", "8.2500", "0.0000", 7)] == [
        "0.2", "0.0825", "0", "0.07",
    ]  # fmt: skip


def test_handling_wrapping_and_fees_are_extras() -> None:
    costs = {"handling_cost_inc_tax": "1.0000", "wrapping_cost_inc_tax": "2.0000"}
    fees = [{"display_name_customer": "Pallet", "cost_inc_tax": "3.0000", "cost_ex_tax": "3.0000"}]
    gift = line(wrapping_name="Red", wrapping_message="Happy birthday")
    found = order(head(gift, total_inc_tax="18.0000", fees=fees, **costs))
    check(found)
    assert [(one.title, one.amount_minor) for one in found.extras] == [
        ("Handling", 100), ("Gift wrapping", 200), ("Pallet", 300),
    ]  # fmt: skip
    assert found.lines[0].properties == (
        ("Gift wrapping", "Red"),
        ("Gift message", "Happy birthday"),
    )


# --- lines ---


@pytest.mark.parametrize(
    ("told", "kind", "ships"),
    [
        ({}, "product", True),
        ({"type": "digital"}, "product", False),
        ({"type": "giftcertificate", "product_id": 0}, "gift-card", False),
        ({"product_id": 0}, "custom", True),
    ],
)
def test_what_kind_of_thing_was_sold(told: Row, kind: str, ships: bool) -> None:
    only = order(head(line(**told))).lines[0]
    assert (only.kind, only.ships) == (kind, ships)


def test_options_choose_a_variant_or_are_written() -> None:
    options: list[Any] = [
        {"display_name": "Size", "display_value": "S", "type": "Multiple choice"},
        {"display_name": "Letters", "display_value": "A. B.", "type": "Text field"},
        {"display_name": "Is this a gift?", "display_value": "Yes", "type": "Checkbox"},
    ]
    only = order(head(line(product_options=options))).lines[0]
    assert only.title == "Tee - S"
    assert only.properties == (("Letters", "A. B."), ("Is this a gift?", "Yes"))


def test_a_part_of_a_pick_list_is_left_out_and_named() -> None:
    part = line(id=189, sku="PART", parent_order_product_id=188, is_bundled_product=True,
                total_inc_tax="0.0000", total_ex_tax="0.0000", total_tax="0.0000",
                discounted_total_inc_tax="0.0000")  # fmt: skip
    row = head(line(), part)
    check(order(row))
    assert [one.sku for one in order(row).lines] == ["TEE"]
    assert [(loss.field, loss.value) for loss in read(row).losses] == [("products", "1 x PART")]


def test_what_came_back_is_taken_off_and_the_money_is_a_named_loss() -> None:
    two = line(quantity=2, total_inc_tax="24.0000", total_ex_tax="20.0000", total_tax="4.0000",
               discounted_total_inc_tax="24.0000", quantity_refunded=1)  # fmt: skip
    row = head(two, taxes=[tax(line_amount="4.0000")], total_inc_tax="24.0000", total_tax="4.0000",
               status_id=14, payment_status="partially refunded")  # fmt: skip
    found = order(row)
    check(found)
    assert (found.lines[0].quantity, found.total_minor, found.tax_minor) == (1, 1200, 200)
    assert (found.paid, found.payments[0].amount_minor) == ("part-refunded", 1200)
    assert [loss.code for loss in read(row).losses] == ["not-told"]


def test_where_all_came_back_nothing_is_left() -> None:
    found = order(head(line(quantity_refunded=1), status_id=4, payment_status="refunded"))
    check(found)
    assert (found.lines, found.total_minor, found.paid) == ((), 0, "refunded")


@pytest.mark.parametrize(
    ("status", "counted", "sent"), [(11, 0, 0), (3, 1, 1), (2, 2, 2), (2, 0, 2), (10, 0, 2)]
)
def test_pieces_are_counted_and_a_status_speaks_where_none_is(
    status: int, counted: int, sent: int
) -> None:
    two = line(quantity=2, quantity_shipped=counted, price_inc_tax="6.0000")
    assert order(head(two, status_id=status)).lines[0].sent == sent


# --- what the order is ---


@pytest.mark.parametrize(
    ("status", "payment", "paid"),
    [
        (11, "captured", "paid"),
        (11, "Captured", "paid"),
        (11, "paid", "paid"),
        (11, "authorized", "authorised"),
        (11, "capture pending", "authorised"),
        (11, "held for review", "pending"),
        (11, "partially refunded", "part-refunded"),
        (11, "void pending", "voided"),
        (11, "declined", "voided"),
        (11, "", "paid"),
        (9, "", "paid"),
        (1, "", "pending"),
        (7, "", "pending"),
        (7, "captured", "paid"),
        (11, "something new", ""),
        (14, "", ""),
        (4, "captured", "refunded"),  # by hand: it moves no money
        (6, "captured", "voided"),
        (12, "captured", "pending"),  # waits until somebody has verified it
        (13, "captured", ""),  # disputed: a person decides
    ],
)
def test_each_state_of_payment(status: int, payment: str, paid: str) -> None:
    assert order(head(status_id=status, payment_status=payment)).paid == paid


def test_a_status_may_be_taken_for_no_word_about_payment() -> None:
    careful = replace(SETTINGS, status_tells_payment=False)
    assert order(head(payment_status=""), careful).paid == ""


def test_certificates_and_store_credit_are_tenders() -> None:
    found = order(head(store_credit_amount="2.0000", gift_certificate_amount="5.0000",
                       payment_provider_id="pi_1"))  # fmt: skip
    assert found.total_minor == 1200
    assert found.payments == (
        Payment("gift_certificate", 500, "gift-card", "received"),
        Payment("store_credit", 200, "store-credit", "received"),
        Payment("credit_card", 500, "", "received", "pi_1"),
    )


@pytest.mark.parametrize(
    ("told", "gone"),
    [
        ({"status_id": 5}, True),
        ({"is_deleted": True}, True),
        ({"is_deleted": True, "status_id": 10}, False),  # put away after it was done
        ({"status_id": 6}, False),  # declined: its payment came to nothing
    ],
)
def test_cancelled_or_archived_before_anything_became_of_it(told: Row, gone: bool) -> None:
    assert order(head(**told)).cancelled is gone
    assert read(head(**told)).cancelled is gone


def test_an_order_that_is_only_tried_is_known_by_its_payment_method() -> None:
    assert order(head(payment_method="Test Payment Gateway")).test
    broken = read(head(payment_method="Test Payment Gateway", total_inc_tax="x"))
    assert (broken.document, broken.test) == (None, True)


def test_an_order_to_several_addresses_is_held() -> None:
    problem = held(head(shipping_addresses=[address(), address(id=52)]))
    assert (problem.code, problem.said) == (
        "several-addresses", "Order 218 goes to 2 addresses; here it may go to one.",
    )  # fmt: skip


def test_a_digital_order_goes_nowhere() -> None:
    found = order(head(line(type="digital"), billing_address={"first_name": "Jo", "email": "j@x"}))
    assert (found.deliver_to.name, found.invoice_to.name, found.email) == ("", "Jo", "j@x")


@pytest.mark.parametrize(
    ("source", "number", "channel"),
    [("www", 1, "web"), ("checkout_api", 1, "web"), ("external", 1, "external"), ("www", 7, "7")],
)
def test_where_it_was_sold(source: str, number: int, channel: str) -> None:
    assert order(head(order_source=source, channel_id=number)).channel == channel


def test_what_is_not_carried_is_named() -> None:
    row = head(staff_notes="Call first", external_order_id="MX-1", currency_code="EUR",
               something_new="x",
               shipping_addresses=[address(form_fields=[{"name": "Bell"}])])  # fmt: skip
    losses = {loss.field: loss.code for loss in read(row).losses}
    assert losses == {
        "staff_notes": "no-field",
        "external_order_id": "no-field",
        "something_new": "no-field",
        "shipping_addresses[].form_fields": "no-field",
        "currency_code": "not-told",
    }


def test_an_amount_in_a_currency_without_pennies() -> None:
    yen = line(price_inc_tax="1200.0000", total_inc_tax="1200.0000", total_tax="0.0000",
               discounted_total_inc_tax="1200.0000")  # fmt: skip
    found = order(head(yen, taxes=[], default_currency_code="JPY", total_tax="0.0000",
                       total_inc_tax="1200.0000"))  # fmt: skip
    check(found)
    assert found.total_minor == 1200
    assert fine("0.0001", "JPY") == 1
