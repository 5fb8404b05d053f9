"""What is not carried is named by default: no field of an order is left behind in silence."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from counterfoil.connectors.orderwise.order import UNTOLD
from counterfoil.kit.connector import Session, Target
from counterfoil.mapping.losses import Loss
from counterfoil.model.address import Address
from counterfoil.model.line import Charge, Line, Payment, Tax
from counterfoil.model.order import Company, Order, Presentment, Terms
from counterfoil.values.errors import Hold
from tests.connectors.orderwise.orderwise_honest import body

MakeOrder = Callable[..., Order]
Opened = Callable[..., Session]

SITE: dict[str, Any] = {
    "payment_map": "payments",
    "company_map": "companies",
    "variant_map": "variants",
    "extras_variant": "EXTRA",
    "marketplace_tax": "less-tax",
    "tax_map": {"0.2": 1, "0": 2, "0.12": 3},
    "currency_field": "orderHeader.currencyId",
    "currencies": {"GBP": 1, "JPY": 7},
}
TAXES = (Tax("GST", 100, "0.05"), Tax("PST", 140, "0.07"))
PLACE = Address(
    *("Ada Byron", "Engines Ltd", "12 St James Square", "Flat 2", "London", "Middlesex"),
    *("SW1Y 4LB", "GB", "07700900123", "MDX"),
)
LINE = Line(
    key="1",
    sku="TEE-RED-M",
    title="Tee",
    quantity=2,
    unit_minor=1200,
    discount_minor=160,
    tax_minor=240,
    tax_rate="0.12",
    kind="product",
    variant="4001",
    taxes=TAXES,
    properties=(("Engraving", "Ada"),),
    service="third-party",
    sent=2,
    ships=False,
    exempt=True,
)


def full() -> Order:
    """An order with something in every field of the model."""
    charge = Charge("DPD", 2240, 240, "0.12", "dpd", TAXES)
    return Order(
        key="5778316361911",
        number="#1042",
        placed="2026-10-05T09:12:33Z",
        created="2026-10-05T09:12:34Z",
        updated="2026-10-05T09:12:35Z",
        currency="GBP",
        tax_included=True,
        lines=(LINE,),
        total_minor=2240 * 3,
        tax_minor=720,
        shipping=(charge,),
        extras=(replace(charge, title="Duty", code="duty"),),
        payments=(
            Payment("card", 5000, "manual", "received", "ch_1"),
            Payment("gift_card", 1720, "gift-card", "received", "gc_1"),
        ),
        email="ada@example.com",
        deliver_to=PLACE,
        invoice_to=replace(PLACE, name="Charles"),
        note="By the gate",
        cancelled=True,
        test=True,
        paid="paid",
        channel="web",
        location="Lincoln",
        phone="0123",
        customer="9001",
        locale="en-GB",
        company=Company("77", "north"),
        po_number="PO-77",
        terms=Terms("Net 30", "net", 30),
        tags=("wholesale",),
        attributes=(("Gift message", "Happy birthday"),),
        discount_codes=("SUMMER",),
        presentment=Presentment("EUR", 7800),
    )


def fields(value: Any, at: str = "") -> Iterator[str]:
    """The path of every field of the model that is a value, not a struct or structs."""
    for name in value.__struct_fields__:
        path, one = (f"{at}.{name}" if at else name), getattr(value, name)
        inner = one[0] if isinstance(one, tuple) and one else one
        if isinstance(inner, msgspec.Struct):
            yield from fields(inner, path)
        else:
            yield path


IGNORES = UNTOLD.ignored
OTHER: dict[str, Any] = {
    "currency": "JPY",
    "placed": "2026-10-05T09:12:34Z",
    "lines.kind": "tip",
    "lines.tax_rate": "0.2",
    "shipping.title": "Post",
    "shipping.tax_rate": "0.2",
    "extras.tax_rate": "0.2",
    "payments.gateway": "bank",
    "payments.kind": "store-credit",
    "payments.state": "authorised",
    "company.key": "78",
    "company.location": "south",
    "lines.taxes.collected_by": "channel",
    "shipping.taxes.collected_by": "channel",
    "extras.taxes.collected_by": "channel",
    "presentment.currency": "USD",
    "paid": "pending",
}


def another(value: Any, path: str) -> Any:
    if path in OTHER:
        return OTHER[path]
    match value:
        case bool():
            return not value
        case int():
            return value + 1
        case str():
            return value + "9"
        case tuple():
            return ()
    raise AssertionError(f"{path} is of a kind that this test does not know")


def changed(value: Any, path: list[str], made: Callable[[Any], Any]) -> Any:
    """`value` with what stands at `path` (in a list: of its first) made another."""
    if not path:
        return made(value)
    if isinstance(value, tuple):
        return (changed(value[0], path, made), *value[1:])
    name, *rest = path
    return replace(value, **{name: changed(getattr(value, name), rest, made)})


def blank(path: str) -> bool:
    found: Any = full()
    for name in path.split("."):
        found = getattr(found[0] if isinstance(found, tuple) else found, name)
    return found in ("", 0, (), False) and path not in ("lines.ships", "lines.taxes.collected_by")


def test_the_full_order_has_something_everywhere() -> None:
    empty = {path for path in fields(full()) if blank(path)}
    assert empty <= {"shipping.taxes.collected_by", "extras.taxes.collected_by"}
    assert not full().lines[0].ships


@pytest.mark.parametrize("path", list(fields(full())))
def test_every_field_is_carried_or_named_or_left_with_a_reason(opened: Opened, path: str) -> None:
    target = opened(**SITE).target("order")
    order = full()
    other = changed(order, path.split("."), lambda value: another(value, path))
    assert other != order
    try:
        intent = target.compose(other)
    except Hold:
        return  # a person meets it
    first = target.compose(order)
    told = (first.payload, first.expect, first.losses) != (
        intent.payload,
        intent.expect,
        intent.losses,
    )
    assert told or path in IGNORES


def test_what_is_left_with_a_reason_is_a_field_of_the_model() -> None:
    assert IGNORES.keys() <= set(fields(full()))
    assert all(reason.endswith(".") for reason in IGNORES.values())


def test_everything_that_is_lost_is_named_with_what_it_was(opened: Opened) -> None:
    losses = {one.field: one for one in opened(**SITE).target("order").compose(full()).losses}
    assert losses.keys() == {
        *("terms", "tags", "attributes", "discount_codes", "location", "presentment"),
        *("invoice_to", "payments", "lines.properties"),
        *("lines.taxes", "shipping.taxes", "extras.taxes"),
    }
    values = {name: one.value for name, one in losses.items()}
    assert values["terms"] == "Net 30, net, 30 days"
    assert values["tags"] == "wholesale"
    assert values["attributes"] == "Gift message: Happy birthday"
    assert values["lines.properties"] == "TEE-RED-M: Engraving: Ada"
    assert values["presentment"] == "€78.00"
    assert values["invoice_to"].startswith("Charles, Engines Ltd, 12 St James Square")
    assert values["lines.taxes"] == "GST 0.05 (£1.00) + PST 0.07 (£1.40)"
    assert losses["payments"].minor == 1720
    assert {one.code for one in losses.values()} == {"no-member"}


ALONE = ("terms", "tags", "attributes", "discount_codes", "location", "presentment", "invoice_to")


@pytest.mark.parametrize("field", ALONE)
def test_each_is_named_also_where_it_is_alone(opened: Opened, order: MakeOrder, field: str) -> None:
    document = order(**{field: getattr(full(), field)})
    intent = opened(payment_method_id=4).target("order").compose(document)
    assert [(one.field, bool(one.value)) for one in intent.losses] == [(field, True)]


@pytest.mark.parametrize("name", ["lines", "shipping", "extras"])
def test_several_taxes_are_named_also_where_they_are_alone(
    opened: Opened, order: MakeOrder, name: str
) -> None:
    rows = replace(getattr(full(), name)[0], **({"properties": ()} if name == "lines" else {}))
    site = opened(payment_method_id=4, **{key: SITE[key] for key in ("tax_map", "extras_variant")})
    intent = site.target("order").compose(order(**{name: (rows,)}))
    assert [one.field for one in intent.losses] == [f"{name}.taxes"]


def test_a_plain_order_loses_nothing(opened: Opened, order: MakeOrder) -> None:
    assert opened(payment_method_id=4).target("order").compose(order()).losses == ()


def test_what_was_written_beside_a_line_that_is_gone_is_no_loss(
    opened: Opened, order: MakeOrder
) -> None:
    gone = Line("3", "MUG", "Mug", 0, 900, properties=(("Engraving", "Ada"),))
    document = order(lines=(*order().lines, gone))
    assert opened(payment_method_id=4).target("order").compose(document).losses == ()


def test_a_second_tax_that_is_nothing_is_no_loss(opened: Opened, order: MakeOrder) -> None:
    taxes = (Tax("State", 60, "0.06"), Tax("County", 0, "0.025"))
    line = Line("1", "TEE", "Tee", 1, 1060, 0, 60, "0.06", taxes=taxes)
    site = opened(payment_method_id=4, tax_map={"0.06": 1, "0.2": 2})
    assert site.target("order").compose(order(lines=(line,))).losses == ()


def test_the_customers_number_has_a_member_unless_ours_takes_it(
    opened: Opened, order: MakeOrder
) -> None:
    document = order(po_number=" PO-77 ")
    intent = opened(payment_method_id=4).target("order").compose(document)
    assert (intent.expect["customer_ref"], intent.losses) == ("PO-77", ())
    site = opened(payment_method_id=4, external_ref_field="orderHeader.customerOrderRef")
    intent = site.target("order").compose(document)
    assert "customer_ref" not in intent.expect
    assert intent.expect["reference"] == intent.reference == document.key
    assert body(intent)["orderHeader"]["customerOrderRef"] == document.key
    assert [(one.field, one.code, one.value) for one in intent.losses] == [
        ("po_number", "no-member", " PO-77 ")
    ]


def test_the_telephone_is_the_addresss_else_the_orders_else_the_buyers(
    target: Target[Order], order: MakeOrder
) -> None:
    assert target.compose(order(phone="+4420")).expect["telephone"] == "07700900123"
    silent = order(phone="+4420", deliver_to=Address(name="Ada"))
    assert target.compose(silent).expect["telephone"] == "+4420"
    billed = replace(silent, phone="", invoice_to=replace(PLACE, phone="+4430"))
    assert target.compose(billed).expect["telephone"] == "+4430"


def test_an_order_that_goes_nowhere_loses_whom_to_write_to(
    target: Target[Order], order: MakeOrder
) -> None:
    intent = target.compose(order(deliver_to=Address(), shipping=(), phone="0123"))
    assert {"email", "phone"} <= {one.field for one in intent.losses}
    assert "email" not in intent.expect


def test_a_currency_that_orderwise_is_not_told_is_a_loss(opened: Opened, order: MakeOrder) -> None:
    both = {"currencies": {"GBP": 1, "EUR": 2}, "payment_method_id": 4}
    silent = opened(**both).target("order").compose(order(currency="EUR"))
    assert silent.losses == (
        Loss("currency", "no-member", "The setting currency_field names no member for it.", "EUR"),
    )
    told = opened(**both, currency_field="orderHeader.currencyId").target("order")
    assert told.compose(order(currency="EUR")).losses == ()
    assert opened(**both).target("order").compose(order()).losses == ()


def test_tax_that_is_rounded_otherwise_has_its_difference(
    target: Target[Order], order: MakeOrder
) -> None:
    line = Line("1", "CARD", "Card", 2, 8, 1, 3, "0.2")
    (loss,) = [
        one
        for one in target.compose(order(lines=(line,), shipping=(), payments=())).losses
        if one.field == "tax_minor"
    ]
    assert (loss.code, loss.minor, loss.value) == ("rounded", 1, "£0.03")
