"""What is sent: final prices, exact to the penny, nothing left for OrderWise to recalculate."""

from __future__ import annotations

import json
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from counterfoil.kit.connector import Intent, Session, Target
from counterfoil.mapping.unit_price import NUMBERS, per_unit
from counterfoil.model.address import Address
from counterfoil.model.line import Charge, Line
from counterfoil.model.order import Order
from counterfoil.values.errors import Hold
from counterfoil.values.money import rounded

SPECS = Path(__file__).parents[4] / "shared" / "specs" / "orderwise"
MakeOrder = Callable[..., Order]
Opened = Callable[..., Session]


def body(intent: Intent) -> dict[str, Any]:
    return json.loads(intent.payload, parse_float=Decimal)


def pennies(amount: Decimal | int) -> int:
    return int(Decimal(amount) * 100)


def test_an_order_as_orderwise_takes_it(target: Target[Order], order: MakeOrder) -> None:
    sent = body(target.compose(order()))
    assert sent["customer"] == {"id": 1044}
    assert sent["orderHeader"] == {
        "orderDate": "2026-10-05T10:12:33",
        "eCommerceOrderNumber": "5778316361911",
        "systemOrderType": 1,
        "requiredDate": "2026-10-06T00:00:00",
        "specialInstructions": "Shop order #1042",
        "deliveryMethodId": 7,
        "orderGross": Decimal("60.65"),
        "deliveryGross": Decimal("4.95"),
    }
    assert sent["orderLines"] == [
        {
            "itemNumber": 1,
            "variantCode": "TEE-RED-M",
            "quantity": 2,
            "itemGross": Decimal("21.60"),
            "taxRateId": 1,
            "stockLocationId": 3,
            "calculateLineSystemPrice": False,
        },
        {
            "itemNumber": 2,
            "variantCode": "BOOK-CODE",
            "quantity": 1,
            "itemGross": Decimal("12.50"),
            "taxRateId": 2,
            "stockLocationId": 3,
            "calculateLineSystemPrice": False,
        },
    ]


def test_money_is_written_with_its_two_decimals(target: Target[Order], order: MakeOrder) -> None:
    payload = target.compose(order()).payload
    assert b'"itemGross":21.60}' in payload
    assert b'"itemGross":12.50}' in payload
    assert b'"orderGross":60.65,' in payload


def test_what_must_be_seen_afterwards(target: Target[Order], order: MakeOrder) -> None:
    assert target.compose(order()).expect == {
        "reference": "5778316361911",
        "total": 6065,
        "tax": 803,
        "delivery": 495,
        "delivery_method": 7,
        "customer": 1044,
        "order_type": 1,
        "ordered_at": "2026-10-05T10:12:33",
        "required_at": "2026-10-06T00:00:00",
        "instructions": "Shop order #1042",
        "delivery_name": "Ada Byron",
        "contact_name": "Ada Byron",
        "address1": "12 St James Square",
        "town": "London",
        "delivery_postcode": "SW1Y 4LB",
        "delivery_country": "GB",
        "telephone": "07700900123",
        "email": "ada@example.com",
        "products": 2,
        "lines[TEE-RED-M].quantity": 2,
        "lines[TEE-RED-M].gross": 4320,
        "lines[TEE-RED-M].tax_rate": 1,
        "lines[TEE-RED-M].stock_location": 3,
        "lines[BOOK-CODE].quantity": 1,
        "lines[BOOK-CODE].gross": 1250,
        "lines[BOOK-CODE].tax_rate": 2,
        "lines[BOOK-CODE].stock_location": 3,
    }


def test_a_line_that_is_no_whole_price_becomes_two(target: Target[Order], order: MakeOrder) -> None:
    line = Line("1", "CARD", "Card", 3, 1500, 179, 720, "0.2")  # 43.21 for three
    intent = target.compose(order(lines=(line,)))
    assert [(one["quantity"], one["itemGross"]) for one in body(intent)["orderLines"]] == [
        (2, Decimal("14.40")),
        (1, Decimal("14.41")),
    ]
    assert intent.expect["lines[CARD].quantity"] == 3
    assert intent.expect["lines[CARD].gross"] == 4321


def test_tax_that_two_lines_round_otherwise_is_a_named_loss(
    target: Target[Order], order: MakeOrder
) -> None:
    line = Line("1", "CARD", "Card", 3, 34, 2, 17, "0.2")  # 1.00: 16.67; 66 and 34: 11 + 5.67
    intent = target.compose(order(lines=(line,), shipping=()))
    assert intent.expect["tax"] == 17
    line = Line("1", "CARD", "Card", 4, 25, 5, 16, "0.2")  # 0.95: 15.83; 23 and 72: 3.83 + 12
    assert target.compose(order(lines=(line,), shipping=())).expect["tax"] == 16
    line = Line("1", "CARD", "Card", 2, 8, 1, 3, "0.2")  # 0.15: 2.5; 7 and 8: 1.17 + 1.33
    intent = target.compose(order(lines=(line,), shipping=()))
    assert intent.expect["tax"] == 2
    assert "tax_minor" in [loss.field for loss in intent.losses]


def test_tax_is_not_compared_where_a_site_rounds_otherwise(
    opened: Opened, order: MakeOrder
) -> None:
    assert "tax" not in opened(compare_tax=False).target("order").compose(order()).expect


def test_prices_without_tax_are_sent_with_it(target: Target[Order], order: MakeOrder) -> None:
    line = Line("1", "TEE-RED-M", "Tee", 2, 1800, 0, 720, "0.2")
    post = Charge("DPD", 412, 83, "0.2")
    intent = target.compose(order(tax_included=False, lines=(line,), shipping=(post,)))
    sent = body(intent)
    assert sent["orderLines"][0]["itemGross"] == Decimal("21.60")
    assert sent["orderHeader"]["deliveryGross"] == Decimal("4.95")
    assert sent["orderHeader"]["orderGross"] == Decimal("48.15")
    assert intent.expect["lines[TEE-RED-M].gross"] == 4320


def test_a_site_that_takes_net_prices(opened: Opened, order: MakeOrder) -> None:
    sent = body(opened(price_basis="net").target("order").compose(order()))
    assert sent["orderLines"][0]["itemNet"] == Decimal("18.00")
    assert "itemGross" not in sent["orderLines"][0]


def test_the_order_date_is_the_servers_wall_clock(target: Target[Order], order: MakeOrder) -> None:
    header = body(target.compose(order(placed="2026-10-24T23:30:00Z")))["orderHeader"]
    assert header["orderDate"] == "2026-10-25T00:30:00"
    assert header["requiredDate"] == "2026-10-26T00:00:00"
    winter = body(target.compose(order(placed="2026-12-01T09:00:00Z")))["orderHeader"]
    assert winter["orderDate"] == "2026-12-01T09:00:00"


def test_codes_and_texts_lose_the_spaces_at_their_ends(
    target: Target[Order], order: MakeOrder
) -> None:
    line = Line("1", " TEE-RED-M ", "Tee", 1, 2160, 0, 360, "0.2")
    where = Address(name="Ada Byron ", postcode=" SW1Y 4LB")
    intent = target.compose(order(lines=(line,), deliver_to=where))
    assert body(intent)["orderLines"][0]["variantCode"] == "TEE-RED-M"
    assert intent.expect["delivery_name"] == "Ada Byron"
    assert intent.expect["delivery_postcode"] == "SW1Y 4LB"


def test_the_company_is_whom_the_parcel_goes_to(target: Target[Order], order: MakeOrder) -> None:
    where = Address(name="Ada Byron", company="Engines Ltd", postcode="SW1Y 4LB")
    sent = body(target.compose(order(deliver_to=where)))["customerDeliveryAddress"]
    assert (sent["deliveryName"], sent["contactName"]) == ("Engines Ltd", "Ada Byron")


def test_an_order_that_goes_nowhere_has_no_address(target: Target[Order], order: MakeOrder) -> None:
    intent = target.compose(order(deliver_to=Address(), shipping=()))
    assert "customerDeliveryAddress" not in body(intent)
    assert body(intent)["orderHeader"]["deliveryMethodId"] == 9
    assert "delivery_name" not in intent.expect


def test_members_that_a_site_names_itself(opened: Opened, order: MakeOrder) -> None:
    session = opened(
        customer_id=0,
        account_number="WEBSHOP",
        external_ref_field="orderHeader.customerOrderRef",
        payment_method_id=4,
        payment_field="payment.methodId",
        currency_field="orderHeader.currencyId",
        country_map="countries",
        required_days=-1,
        no_delivery=0,
        stock_location_id=0,
    )
    sent = body(session.target("order").compose(order(shipping=())))
    assert sent["customer"] == {"accountNumber": "WEBSHOP"}
    assert sent["orderHeader"]["customerOrderRef"] == "5778316361911"
    assert sent["orderHeader"]["currencyId"] == 1
    assert sent["payment"] == {"methodId": 4}
    assert sent["customerDeliveryAddress"]["country"] == "United Kingdom"
    left_out = {"requiredDate", "deliveryMethodId", "eCommerceOrderNumber"}
    assert not left_out & sent["orderHeader"].keys()
    assert "stockLocationId" not in sent["orderLines"][0]


def test_extras_are_lines_of_the_agreed_variants(opened: Opened, order: MakeOrder) -> None:
    target = opened(rounding_line_variant="PENNY", extras_variant="TIP").target("order")
    extras = (Charge("Tip", 300, code="tip"), Charge("Rounding", -1, code="rounding"))
    sent = body(target.compose(order(extras=extras)))
    assert [(one["variantCode"], one["itemGross"]) for one in sent["orderLines"][2:]] == [
        ("TIP", Decimal("3.00")),
        ("PENNY", Decimal("-0.01")),
    ]


def test_what_was_taken_off_the_order_again_is_not_sent(
    target: Target[Order], order: MakeOrder
) -> None:
    gone = Line("3", "MUG", "Mug", 0, 900, 0, 0, "0.2")
    assert len(body(target.compose(order(lines=(*order().lines, gone))))["orderLines"]) == 2


def _line(**changed: Any) -> tuple[Line, ...]:
    given: dict[str, Any] = {"sku": "TEE", "quantity": 1, "unit_minor": 1200, "tax_rate": "0.2"}
    return (Line(key="1", title="", **given | changed),)


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"lines": _line(kind="gift-card")}, "gift-card"),
        ({"lines": _line(kind="custom")}, "no-product"),
        ({"lines": _line(kind="tip")}, "no-place-for-extra"),
        ({"lines": _line(sku=" ")}, "no-sku"),
        ({"lines": _line(discount_minor=1300)}, "negative-line"),
        ({"shipping": (Charge("DPD", -5),)}, "negative-line"),
        ({"lines": _line(tax_rate="0.05")}, "unmapped-tax"),
        ({"lines": _line(tax_rate="", tax_minor=200)}, "unmapped-tax"),
        ({"extras": (Charge("Tip", 300),)}, "no-place-for-extra"),
        ({"extras": (Charge("Rounding", 1, code="rounding"),)}, "no-place-for-extra"),
        ({"shipping": (Charge("By pigeon", 495),)}, "unmapped-value"),
        ({"shipping": (Charge("DPD", 1), Charge("Post", 1))}, "several-deliveries"),
        ({"currency": "EUR"}, "currency"),
        ({"key": "1~2"}, "bad-reference"),
        ({"key": " 1"}, "bad-reference"),
        ({"placed": "yesterday"}, "bad-time"),
    ],
)
def test_what_has_no_place_in_orderwise_is_held(
    target: Target[Order], order: MakeOrder, changed: dict[str, Any], code: str
) -> None:
    with pytest.raises(Hold) as held:
        target.compose(order(**changed))
    assert held.value.code == code
    assert held.value.do


@given(total=st.integers(0, 10**9), quantity=st.integers(1, 10**5))
def test_prices_per_unit_come_to_the_total(total: int, quantity: int) -> None:
    prices = per_unit(total, quantity)
    assert sum(pieces for pieces, _ in prices) == quantity
    assert sum(pieces * price for pieces, price in prices) == total
    assert len(prices) <= 2
    assert max(price for _, price in prices) - min(price for _, price in prices) <= 1
    assert all(pieces > 0 for pieces, _ in prices)


@given(st.integers(-(10**12), 10**12))
def test_an_amount_is_written_exactly(minor_units: int) -> None:
    for code, places in (("GBP", 2), ("JPY", 0)):
        written = bytes(NUMBERS[code][minor_units]).decode()
        assert Decimal(written) == Decimal(minor_units).scaleb(-places)
        assert len(written.partition(".")[2]) == places


@st.composite
def baskets(draw: st.DrawFn) -> dict[str, Any]:
    included = draw(st.booleans())

    def taxed(amount: int) -> tuple[str, int]:
        rate = draw(st.sampled_from(["0.2", "0"]))
        if rate == "0":
            return rate, 0
        return rate, rounded(amount * 2, 12 if included else 10)

    lines: list[Line] = []
    for at in range(draw(st.integers(1, 6))):
        quantity, unit = draw(st.integers(1, 500)), draw(st.integers(0, 50_000))
        discount = draw(st.integers(0, quantity * unit))
        rate, tax = taxed(quantity * unit - discount)
        code = draw(st.sampled_from(["TEE", "MUG", "CARD"]))
        lines.append(Line(str(at), code, code, quantity, unit, discount, tax, rate))

    def charge(title: str, code: str, least: int) -> Charge:
        amount = draw(st.integers(least, 5000))
        rate, tax = taxed(amount)
        return Charge(title, amount, tax, rate, code)

    return {
        "tax_included": included,
        "lines": tuple(lines),
        "shipping": tuple(charge("DPD", "", 0) for _ in range(draw(st.integers(0, 2)))),
        "extras": tuple(charge("Tip", "tip", 0) for _ in range(draw(st.integers(0, 1)))),
    }


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=150)
@given(basket=baskets(), basis=st.sampled_from(["gross", "net"]))
def test_the_parts_that_are_sent_are_the_total(
    opened: Opened, order: MakeOrder, basket: dict[str, Any], basis: str
) -> None:
    document = order(**basket)
    target = opened(price_basis=basis, extras_variant="TIP").target("order")
    intent = target.compose(document)
    sent = body(intent)
    member = "itemGross" if basis == "gross" else "itemNet"
    lines = sum(one["quantity"] * pennies(one[member]) for one in sent["orderLines"])
    delivery_tax = sum(charge.tax_minor for charge in document.shipping)
    tax = 0 if basis == "gross" else document.tax_minor - delivery_tax
    delivery = pennies(sent["orderHeader"]["deliveryGross"])
    assert lines + tax + delivery == document.total_minor
    assert pennies(sent["orderHeader"]["orderGross"]) == document.total_minor
    shown = sum(
        value
        for name, value in intent.expect.items()
        if name.endswith(".gross") and isinstance(value, int)
    )
    assert shown + delivery == document.total_minor


@pytest.mark.skipif(not SPECS.exists(), reason="the folder of vendor facts is not beside this one")
def test_every_member_has_been_seen_in_working_code(
    target: Target[Order], order: MakeOrder
) -> None:
    observed = json.loads((SPECS / "observed_api.json").read_text())["orderRequest"]
    sent = body(target.compose(order(note="Ring twice")))
    assert sent.keys() == observed.keys()
    for member in ("customer", "orderHeader", "customerDeliveryAddress"):
        assert sent[member].keys() <= set(observed[member])
    for line in sent["orderLines"]:
        assert line.keys() <= set(observed["orderLines"])


@pytest.mark.skipif(not SPECS.exists(), reason="the folder of vendor facts is not beside this one")
def test_the_example_order_is_composed_to_the_same_values(
    target: Target[Order], order: MakeOrder
) -> None:
    text = (SPECS / "examples" / "own_order_create.json").read_text()
    example = json.loads(text, parse_float=Decimal)
    sent = body(target.compose(order()))
    del example["orderHeader"]["specialInstructions"], sent["orderHeader"]["specialInstructions"]
    del example["customerDeliveryAddress"]["country"], sent["customerDeliveryAddress"]["address2"]
    assert sent == example
