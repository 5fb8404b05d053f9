"""What is not carried is named, with what it was."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from msgspec.structs import replace

from counterfoil.kit.connector import Session, Target
from counterfoil.mapping.losses import Loss
from counterfoil.model.address import Address
from counterfoil.model.line import Line, Tax
from counterfoil.model.order import Order
from tests.connectors.full_order import PLACE, SITE, full
from tests.connectors.orderwise.orderwise_honest import body

MakeOrder = Callable[..., Order]
Opened = Callable[..., Session]


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
