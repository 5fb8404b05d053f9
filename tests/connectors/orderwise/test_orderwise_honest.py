"""Confirmed says what was compared: an honest OrderWise shows what is expected, all of it."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from counterfoil.connectors.orderwise import CONNECTOR
from counterfoil.connectors.orderwise.fields import KINDS, line_members, members
from counterfoil.connectors.orderwise.profile import Profile
from counterfoil.kit.connector import Intent, Seen, Session, Target
from counterfoil.kit.field import family
from counterfoil.mapping.valuemap import ValueMap
from counterfoil.model.address import Address
from counterfoil.model.line import Charge, Line, Payment
from counterfoil.model.order import Company, Order, check
from counterfoil.values.money import rounded
from tests.connectors.orderwise.orderwise_honest import body, minor, rows

MakeOrder = Callable[..., Order]
Opened = Callable[..., Session]

FULL: dict[str, Any] = {
    "payment_method_id": 4,
    "currency_field": "orderHeader.currencyId",
    "currencies": {"GBP": 1, "JPY": 7},
    "country_map": "countries",
    "company_map": "companies",
    "extras_variant": "EXTRA",
    "tax_map": {"0.2": 1, "0": 2, "0.05": 3},
}
"""The settings of a site that is sent every member there is."""


def full(order: MakeOrder) -> Order:
    """An order with something in every member."""
    where = Address(
        *("Ada Byron", "Engines Ltd", "12 St James Square", "Flat 2", "London", "Middlesex"),
        *("SW1Y 4LB", "GB", "07700900123"),
    )
    return order(
        deliver_to=where,
        po_number="PO-77",
        company=Company("77", "north"),
        note="By the gate",
        payments=(Payment("card", 6065, state="received"),),
        extras=(Charge("Tip", 300, 50, "0.2", "tip"),),
    )


async def read(target: Target[Order], wire: Any, intent: Intent, shown: Any) -> Seen:
    for part in shown:
        wire.will(200, json.dumps(part))
    (seen,) = (await target.read([intent.reference]))[intent.reference]
    return seen


def differing(intent: Intent, seen: Seen) -> dict[str, Any]:
    return {
        name: (value, seen.fields.get(name))
        for name, value in intent.expect.items()
        if seen.fields.get(name) != value
    }


def leaves(value: Any, at: str = "") -> set[str]:
    """The path of every member of a payload, lists left out of it."""
    if isinstance(value, dict):
        below = [leaves(one, f"{at}.{name}" if at else name) for name, one in value.items()]
        return set[str]().union(*below)
    if isinstance(value, list):
        return set[str]().union(*(leaves(one, at) for one in value))
    return {at}


ELSEWHERE: dict[str, Any] = {
    "customer_id": 0,
    "account_number": "WEBSHOP",
    "external_ref_field": "orderHeader.customerOrderRef",
    "payment_field": "payment.method.id",
    "currency_field": "currencyId",
    "price_basis": "net",
}


@pytest.mark.parametrize("changed", [{}, ELSEWHERE])
@pytest.mark.parametrize("company", [Company(), Company("77", "north")])
def test_every_member_that_is_sent_is_compared_or_named(
    opened: Opened,
    settings_with: Callable[..., dict[str, Any]],
    order: MakeOrder,
    changed: dict[str, Any],
    company: Company,
) -> None:
    chosen = msgspec.convert(settings_with(**FULL | changed), Profile)
    document = replace(full(order), company=company)
    intent = opened(**FULL | changed).target("order").compose(document)
    names = named(chosen)
    sent = leaves(body(intent))
    assert sent <= names.keys()
    expected = {family(name) for name in intent.expect}
    for member in sent:
        name = names[member]
        assert name in (expected if name in KINDS else intent.not_compared), member
    assert set(intent.not_compared) == {names[member] for member in sent} - KINDS.keys()


def named(chosen: Profile) -> dict[str, str]:
    """Each member that may be sent, with the name under which it is compared or told as not."""
    heads = {one.entry.target: one.name for one in members(chosen, ValueMap("countries", {}))}
    lines = {f"orderLines.{one.entry.target}": one.name for one in line_members(chosen)}
    return heads | lines


def test_the_walk_would_meet_a_member_that_was_forgotten(
    target: Target[Order], order: MakeOrder
) -> None:
    sent = body(target.compose(order())) | {"notes": [{"text": "new"}]}
    assert leaves(sent) - named(by_default()).keys() == {"notes.text"}


def by_default() -> Profile:
    settings = {name: one.default for name, one in CONNECTOR.manifest.settings.items()}
    given = {"session_id": 1, "orders_definition": 1, "lines_definition": 2, "customer_id": 1}
    chosen = {**settings, **given, "stock_location_id": 3, "tax_map": {"0": 1}}
    return msgspec.convert(chosen, Profile)


def test_the_manifest_says_why_a_member_is_not_compared() -> None:
    told = CONNECTOR.manifest.documents["order"].not_compared
    assert told.keys() == set(named(by_default()).values()) - {*KINDS, ""}
    assert all(reason.endswith(".") for reason in told.values())


def test_every_field_that_is_expected_has_its_kind(opened: Opened, order: MakeOrder) -> None:
    intent = opened(**FULL).target("order").compose(full(order))
    assert {family(name) for name in intent.expect} == set(KINDS)
    assert intent.kinds is KINDS


def test_a_code_with_brackets_keeps_its_family(target: Target[Order], order: MakeOrder) -> None:
    line = Line("1", "TEE[RED]", "Tee", 1, 1200, 0, 200, "0.2")
    expect = target.compose(order(lines=(line,))).expect
    assert {family(name) for name in expect} <= set(KINDS)
    assert expect["lines[TEE(RED)].quantity"] == 1


@pytest.mark.parametrize("split", [False, True])
async def test_a_full_order_is_seen_as_it_was_sent(
    opened: Opened, order: MakeOrder, wire: Any, split: bool
) -> None:
    target = opened(**FULL).target("order")
    intent = target.compose(full(order))
    shown = rows(intent, "GBP", delivery_tax=83, split=split)
    assert differing(intent, await read(target, wire, intent, shown)) == {}


COLUMNS = [
    *("custRef", "deliveryMethodId", "orderType", "orderedAt", "requiredAt", "tax", "gross"),
    *("deliveryGross", "specialInstructions", "paymentMethodId", "currencyId", "deliveryName"),
    *("contactName", "address1", "address2", "town", "county", "country", "deliveryPostcode"),
    *("deliveryCountryCode", "email", "telephone", "customerId"),
]


@pytest.mark.parametrize("column", COLUMNS)
async def test_a_column_that_lost_what_was_sent_differs(
    opened: Opened, order: MakeOrder, wire: Any, column: str
) -> None:
    target = opened(**FULL).target("order")
    intent = target.compose(full(order))
    (row,), lines = rows(intent, "GBP", delivery_tax=83)
    seen = await read(target, wire, intent, ([row | {column: None}], lines))
    assert len(differing(intent, seen)) == 1


@dataclass
class Sale:
    order: dict[str, Any]
    delivery_tax: int


@st.composite
def sales(draw: st.DrawFn) -> Sale:
    """An order whose taxes are what its shop reckons; in pounds or yen, with or without tax."""
    included = draw(st.booleans())
    currency = draw(st.sampled_from(["GBP", "JPY"]))

    def taxed(amount: int) -> tuple[int, str]:
        over, under = draw(st.sampled_from([(20, 100), (0, 100), (5, 100)]))
        tax = rounded(amount * over, under + over if included else under)
        return tax, {20: "0.2", 0: "0", 5: "0.05"}[over]

    lines: list[Line] = []
    for at in range(draw(st.integers(1, 5))):
        quantity, unit = draw(st.integers(0, 60)), draw(st.integers(0, 50_000))
        discount = draw(st.integers(0, quantity * unit))
        code = draw(st.sampled_from(["TEE", "MUG", " CARD "]))
        tax, rate = taxed(quantity * unit - discount)
        lines.append(Line(str(at), code, code, quantity, unit, discount, tax, rate))

    def charge(title: str) -> Charge:
        amount = draw(st.integers(0, 5000))
        return Charge(title, amount, *taxed(amount))

    shipping = tuple(charge("DPD") for _ in range(draw(st.integers(0, 1))))
    order = {
        "currency": currency,
        "tax_included": included,
        "lines": tuple(lines),
        "shipping": shipping,
        "extras": tuple(charge("Duty") for _ in range(draw(st.integers(0, 1)))),
        "po_number": draw(st.sampled_from(["", "PO 9"])),
        "note": draw(st.sampled_from(["", "  Ring twice\nplease  "])),
        "phone": draw(st.sampled_from(["", "0123"])),
        "deliver_to": draw(st.sampled_from([Address(), Address(name="Ada", town=" Ely ")])),
        "payments": draw(st.sampled_from([(), (Payment("card", 1),)])),
        "company": draw(st.sampled_from([Company(), Company("77")])),
    }
    return Sale(order, sum(one.tax_minor for one in shipping))


FIXTURES = settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=150, deadline=None
)


@FIXTURES
@given(sale=sales(), split=st.booleans(), stock=st.sampled_from([0, 3]))
async def test_whatever_is_expected_is_what_an_honest_orderwise_shows(
    opened: Opened, order: MakeOrder, wire: Any, sale: Sale, split: bool, stock: int
) -> None:
    target = opened(**FULL, stock_location_id=stock).target("order")
    document = order(**sale.order)
    intent = target.compose(document)
    shown = rows(intent, document.currency, delivery_tax=sale.delivery_tax, split=split)
    seen = await read(target, wire, intent, shown)
    assert differing(intent, seen) == {}
    assert seen.unseen == frozenset()


@FIXTURES
@given(sale=sales(), basis=st.sampled_from(["gross", "net"]))
def test_no_penny_is_lost_between_the_parts_and_the_total(
    opened: Opened, order: MakeOrder, sale: Sale, basis: str
) -> None:
    document = order(**sale.order)
    check(document)
    sent = body(opened(**FULL, price_basis=basis).target("order").compose(document))
    price = "itemGross" if basis == "gross" else "itemNet"
    currency = document.currency
    lines = sum(one["quantity"] * minor(one[price], currency) for one in sent["orderLines"])
    tax = 0 if basis == "gross" else document.tax_minor - sale.delivery_tax
    delivery = minor(sent["orderHeader"]["deliveryGross"], currency)
    assert lines + tax + delivery == document.total_minor
    assert minor(sent["orderHeader"]["orderGross"], currency) == document.total_minor
