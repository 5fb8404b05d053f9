"""Orders out of OrderWise: to the penny, with the shop's reference, released by status."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from counterfoil.connectors.orderwise import CONNECTOR
from counterfoil.kit.connector import Reading, Source, Written
from counterfoil.kit.contract import at_stage
from counterfoil.mapping.entered import REFERENCE
from counterfoil.model.address import Address
from counterfoil.model.line import Charge, Line, Payment
from counterfoil.model.order import Order, check
from counterfoil.values.clock import instant
from counterfoil.values.errors import Hold, Misconfigured, Refuse
from tests.connectors.orderwise.conftest import CannedWire
from tests.connectors.orderwise.orderwise_stage import RELEASES, sold, stage

NOW = instant("2026-11-02T12:00:00Z")
HEAD: dict[str, object] = {
    "orderId": 90001, "orderNo": "OR104001", "extRef": "5778316361911", "custRef": "PO 7 ",
    "statusText": "DPD", "orderType": 1, "orderedAt": "2026-10-05T10:12:33.000",
    "enteredAt": "2026-10-05T10:15:00", "amendedAt": "2026-11-02T09:00:00", "currencyId": 1,
    "gross": "60.65", "tax": "8.03", "deliveryGross": "4.95", "deliveryTax": "0.83",
    "deliveryMethod": "DPD 24", "paymentMethod": "PayPal",
    "specialInstructions": "Shop order #1042", "deliveryName": "Engines Ltd ",
    "contactName": "Ada Byron", "address1": "12 St James Square",
    "address2": "Flat 2", "address3": None, "town": "London", "county": "",
    "deliveryPostcode": "SW1Y 4LB ", "deliveryCountryCode": "GB", "email": "ada@example.com",
    "telephone": None,
}  # fmt: skip
LINES: list[dict[str, object]] = [
    {"orderId": 90001, "lineId": 1, "sku": "TEE-RED-M ", "title": "Tee", "qty": 2, "qtyToSend": 1,
     "itemGross": "21.60", "lineGross": "43.20", "lineTax": "7.20", "taxRateId": 1},
    {"orderId": 90001, "lineId": 2, "sku": "BOOK", "title": "Book", "qty": 1, "qtyToSend": 1,
     "itemGross": "12.50", "lineGross": "12.50", "lineTax": "0.00", "taxRateId": 2},
]  # fmt: skip
Orders = Source[Order]
WAYS = {"release": "", "wait": "wait", "never": "never", "cancelled": ""}


@pytest.fixture
def source(opened: Callable[..., Any]) -> Orders:
    """Of a connection whose map knows the statuses DPD (release) and three others."""
    agreed = {"extras_variant": "EXTRA", "rounding_line_variant": "ROUND"}
    session = opened(**{**RELEASES, "release_map": "ways"}, **agreed, gift_card_variant="GIFT")
    orders: Orders = session.source("order")
    return orders


def read(source: Orders, lines: list[dict[str, object]] | None = None, **head: object) -> Any:
    rows = {"heads": [{**HEAD, **head}], "lines": LINES if lines is None else lines}
    return source.reread(msgspec.json.encode(rows), NOW)


def whole(reading: Reading[Order]) -> Order:
    assert reading.document is not None, reading.problem
    return reading.document


def test_an_order_as_orderwise_tells_it(source: Orders) -> None:
    order = whole(read(source))
    assert order == Order(
        key="90001", number="OR104001", placed="2026-10-05T09:12:33Z",
        created="2026-10-05T09:15:00Z", updated="2026-11-02T09:00:00Z", currency="GBP",
        tax_included=True, total_minor=6065, tax_minor=803,
        lines=(
            Line("1", "TEE-RED-M", "Tee", 2, 2160, tax_minor=720, tax_rate="0.2", sent=1),
            Line("2", "BOOK", "Book", 1, 1250, tax_rate="0"),
        ),
        shipping=(Charge("DPD 24", 495, 83),),
        payments=(Payment("PayPal", 6065, state="received"),),
        email="ada@example.com",
        deliver_to=Address("Ada Byron", "Engines Ltd", "12 St James Square", "Flat 2", "London",
                           postcode="SW1Y 4LB", country="GB"),
        note="Shop order #1042", po_number="PO 7",
        attributes=((REFERENCE, "5778316361911"),),
    )  # fmt: skip
    check(order)


def test_what_was_agreed_for_extras_is_no_line_to_pick(source: Orders) -> None:
    more = {**LINES[1], "qty": 1, "qtyToSend": 0}
    lines = [{**more, "lineId": place, "sku": sku} for place, sku in enumerate(
        ("EXTRA", "ROUND", "GIFT"), 3)]  # fmt: skip
    order = whole(read(source, [*LINES, *lines]))
    assert [(charge.title, charge.code) for charge in order.extras] == [
        ("Book", ""), ("Book", "rounding"),
    ]  # fmt: skip
    assert [line.kind for line in order.lines] == ["product", "product", "gift-card"]


@pytest.mark.parametrize(
    ("status", "release", "cancelled"),
    [("DPD", "", False), ("Held", "wait", False), ("Gone", "never", False), ("Off", "", True)],
)
def test_a_status_says_what_becomes_of_its_orders(
    source: Orders, status: str, release: str, cancelled: bool
) -> None:
    order = whole(read(source, statusText=status))
    assert (order.release, order.cancelled) == (release, cancelled)


def test_a_status_that_nobody_mapped_is_held_with_its_money_and_says_so(source: Orders) -> None:
    reading = read(source, statusText="Awaiting credit check")
    assert isinstance(reading.problem, Hold)
    assert reading.problem.code == "unmapped-value"
    assert "'Awaiting credit check' is not in the value map 'ways'" in reading.problem.said
    assert (reading.minor, reading.currency) == (6065, "GBP")
    assert str(reading.created) == "2026-10-05T09:15:00Z", "so that the count still finds it"


def test_a_word_that_says_nothing_of_an_order_is_held(opened: Callable[..., Any]) -> None:
    source = opened(**{**RELEASES, "release_map": "others"}).source("order")
    assert "does not say what becomes of an order" in read(source).problem.said


def test_without_a_map_every_order_is_held(opened: Callable[..., Any]) -> None:
    source = opened(**{**RELEASES, "release_map": ""}).source("order")
    assert "is not in the value map 'release_map'" in read(source).problem.said


@pytest.mark.parametrize("kind", [2, 3, 4])
def test_a_quote_a_pause_and_a_credit_are_never_released(source: Orders, kind: int) -> None:
    assert whole(read(source, orderType=kind, statusText="Unknown")).release == "never"


def test_a_currency_is_known_by_its_id(opened: Callable[..., Any]) -> None:
    two = {**RELEASES, "release_map": "ways", "currencies": {"GBP": 1, "JPY": 7}}
    source = opened(**two).source("order")
    assert whole(read(source, [], currencyId=7, gross="606", tax="0", deliveryGross="0",
                      deliveryTax="0")).total_minor == 606  # fmt: skip
    assert whole(read(source, currencyId=None)).currency == "GBP"


@pytest.mark.parametrize("amount", ["1,000.00", "1e3", "NaN", None, "0.005"])
def test_an_amount_that_is_none_is_held(source: Orders, amount: object) -> None:
    assert isinstance(read(source, gross=amount).problem, Hold)
    assert isinstance(read(source, [{**LINES[0], "lineGross": amount}]).problem, Hold)


async def test_where_no_definition_is_set_it_is_said(opened: Callable[..., Any]) -> None:
    with pytest.raises(Misconfigured, match="which export definition holds CF_RELEASE") as wrong:
        await opened().source("order").since(None, None)
    assert "set release_definition" in wrong.value.do


async def test_a_definition_that_lacks_a_column_is_named(source: Orders, wire: CannedWire) -> None:
    wire.will(200, msgspec.json.encode([{"orderId": 7}]))
    with pytest.raises(Misconfigured, match="CF_RELEASE gives no column 'orderNo'"):
        await source.read(["7"])


def test_no_message_of_an_order_is_taken(source: Orders) -> None:
    with pytest.raises(Refuse):
        source.parse(b"{}", NOW)


async def test_an_order_that_a_shop_sent_comes_out_to_the_penny() -> None:
    """What is written by the one direction is read by the other: both are of one connector."""
    with at_stage(CONNECTOR, stage) as case:
        session = case.open()
        target, source = session.target("order"), session.source("order")
        for number in range(1, 9):
            sent = sold(number)
            (answer,) = await target.write([target.compose(sent)])
            assert isinstance(answer, Written)
            (reading,) = await source.read([answer.identity])
            order = whole(reading)
            check(order)
            assert (order.total_minor, order.currency) == (sent.total_minor, "GBP")
            assert order.attributes == ((REFERENCE, sent.key),)
            assert order.shipping[0].title == "DPD 24"
            pieces = {line.sku: 0 for line in sent.lines}
            for line in order.lines:
                pieces[line.sku] += line.quantity
            for line in sent.lines:
                pieces[line.sku] -= line.quantity
            assert not any(pieces.values())
