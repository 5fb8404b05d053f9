"""Who buys, how they paid, and what shops sell beside goods: settings, and holds that name them."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from counterfoil.connectors.orderwise import CONNECTOR
from counterfoil.kit.connector import Session, Target
from counterfoil.model.line import Charge, Line, Payment
from counterfoil.model.order import Company, Order
from counterfoil.values.errors import Hold
from tests.connectors.orderwise.orderwise_honest import body

MakeOrder = Callable[..., Order]
Opened = Callable[..., Session]


def refused(target: Target[Order], document: Order) -> Hold:
    with pytest.raises(Hold) as held:
        target.compose(document)
    return held.value


# --- payments ---

CARD = Payment("card", 4000, state="received")
GIFT = Payment("gift_card", 2065, "gift-card", "received")


def paid(opened: Opened, document: Order, **settings: Any) -> tuple[int | None, list[Any]]:
    """The method that is sent, and the losses as (field, code, money)."""
    intent = opened(**settings).target("order").compose(document)
    method = body(intent).get("paymentMethodId")
    assert intent.expect.get("payment_method") == method
    return method, [(one.field, one.code, one.minor) for one in intent.losses]


@pytest.mark.parametrize(
    ("payments", "method", "losses"),
    [
        ((), None, []),
        ((Payment("card", 6065),), 4, []),
        ((Payment("card", 6065, state="received"),), 4, []),
        ((Payment("bank deposit", 6065, "manual", "received"),), 4, []),
        ((Payment("card", 6065, state="authorised"),), None, [("no-member", 6065)]),
        ((CARD, GIFT), 4, [("no-member", 2065)]),
        ((GIFT, CARD), 4, [("no-member", 2065)]),
        ((Payment("card", 65), GIFT), 4, [("no-member", 2065)]),
        ((CARD, CARD), 4, []),
        ((GIFT,), 4, [("no-member", 2065)]),
        ((CARD, Payment("paypal", 2065)), 4, [("no-member", 2065)]),
        ((CARD, Payment("card", 2065, state="authorised")), 4, [("no-member", 2065)]),
        ((Payment("card, gift_card", 6065),), 4, [("not-told", 6065)]),
    ],
)
def test_one_method_for_all(
    opened: Opened, order: MakeOrder, payments: Any, method: int | None, losses: list[Any]
) -> None:
    found = paid(opened, order(payments=payments), payment_method_id=4)
    assert found == (method, [("payments", *one) for one in losses])


@pytest.mark.parametrize(
    ("payments", "method", "losses"),
    [
        ((), None, []),
        ((Payment("bank", 6065),), 5, []),
        ((GIFT,), 6, []),
        ((CARD, GIFT), 4, [("no-member", 2065)]),
        ((Payment("bank", 10), CARD), 4, [("no-member", 10)]),
        ((Payment("bank", 10), GIFT), 5, [("no-member", 2065)]),
        ((CARD, CARD), 4, []),
        ((Payment("card", 6065, state="authorised"),), None, [("no-member", 6065)]),
        ((Payment("bank, gift_card", 6065),), 5, [("not-told", 6065)]),
    ],
)
def test_a_method_for_each_gateway(
    opened: Opened, order: MakeOrder, payments: Any, method: int | None, losses: list[Any]
) -> None:
    found = paid(opened, order(payments=payments), payment_map="payments")
    assert found == (method, [("payments", *one) for one in losses])


@pytest.mark.parametrize("gateway", ["cheque", "card, cheque", "cheque, card"])
def test_a_gateway_that_nobody_mapped_is_held(
    opened: Opened, order: MakeOrder, gateway: str
) -> None:
    target = opened(payment_map="payments").target("order")
    held = refused(target, order(payments=(Payment(gateway, 6065),)))
    assert (held.code, "payments" in held.do) == ("unmapped-value", True)


def test_no_method_at_all_is_a_loss_with_its_money(opened: Opened, order: MakeOrder) -> None:
    intent = opened().target("order").compose(order(payments=(CARD, GIFT)))
    (loss,) = intent.losses
    assert (loss.field, loss.code, loss.minor) == ("payments", "no-member", 6065)
    assert loss.value == "card: £40.00; gift_card: £20.65"


# --- businesses ---


@pytest.mark.parametrize(
    ("company", "customer"),
    [
        (Company("77"), 2001),
        (Company("77", "south"), 2001),
        (Company("77", "north"), 2002),
        (Company(), 1044),
    ],
)
def test_a_business_has_its_own_account(
    opened: Opened, order: MakeOrder, company: Company, customer: int
) -> None:
    target = opened(company_map="companies").target("order")
    intent = target.compose(order(company=company))
    assert body(intent)["customer"] == {"id": customer}
    assert intent.expect["customer"] == customer


def test_a_business_has_its_account_also_where_others_share_a_number(
    opened: Opened, order: MakeOrder
) -> None:
    site = opened(company_map="companies", customer_id=0, account_number="WEB").target("order")
    assert body(site.compose(order(company=Company("77"))))["customer"] == {"id": 2001}
    plain = site.compose(order())
    assert body(plain)["customer"] == {"accountNumber": "WEB"}
    assert "customer.account_number" in plain.not_compared


def test_a_business_that_nobody_mapped_is_held(opened: Opened, order: MakeOrder) -> None:
    document = order(company=Company("78", "x"))
    held = refused(opened().target("order"), document)
    assert (held.code, "company_map" in held.do) == ("company-unmapped", True)
    held = refused(opened(company_map="companies").target("order"), document)
    assert (held.code, "companies" in held.do) == ("unmapped-value", True)


# --- what shops sell ---


def line(**changed: Any) -> Line:
    given: dict[str, Any] = {"sku": "", "quantity": 1, "unit_minor": 500, "tax_rate": "0"}
    return Line(key="9", title="Gift wrap", **given | changed)


SOLD = [
    ("custom_variant", line(kind="custom"), "no-product"),
    ("custom_variant", line(kind="custom", sku="WRAP"), "no-product"),
    ("gift_card_variant", line(kind="gift-card", sku="GC-25"), "gift-card"),
    ("extras_variant", line(kind="tip"), "no-place-for-extra"),
]


@pytest.mark.parametrize(("setting", "one", "code"), SOLD)
def test_an_agreed_variant_takes_what_has_no_stock_code(
    opened: Opened, order: MakeOrder, setting: str, one: Line, code: str
) -> None:
    document = order(lines=(*order().lines, one))
    held = refused(opened().target("order"), document)
    assert held.code == code
    followed = set(re.findall(r"\b\w+_variant\b", held.do))
    assert followed == {setting} <= set(CONNECTOR.manifest.settings)
    intent = opened(**{setting: "AGREED"}).target("order").compose(document)
    last = body(intent)["orderLines"][-1]
    assert (last["variantCode"], str(last["itemGross"]), last["taxRateId"]) == ("AGREED", "5.00", 2)
    assert intent.expect["lines[AGREED].gross"] == 500


def test_a_gift_card_among_goods_has_no_tax_and_its_own_line(
    opened: Opened, order: MakeOrder
) -> None:
    card = line(kind="gift-card", sku="GC", unit_minor=2500, tax_rate="")
    intent = (
        opened(gift_card_variant="CARD")
        .target("order")
        .compose(order(lines=(*order().lines, card)))
    )
    assert intent.expect["lines[CARD].tax_rate"] == 2


def test_tips_and_duties_share_the_variant_of_extras(opened: Opened, order: MakeOrder) -> None:
    duty = Charge("Duty", 2000, 400, "0.2", "duty")
    document = order(
        tax_included=False, lines=(line(kind="tip"), line(sku="TEE")), extras=(duty,), shipping=()
    )
    assert document.total_minor == 500 + 500 + 2400
    intent = opened(extras_variant="EXTRA").target("order").compose(document)
    assert intent.expect["lines[EXTRA].gross"] == 500 + 2400
    assert intent.expect["lines[EXTRA].tax_rate"] == "1, 2"
    assert intent.expect["tax"] == 400


def test_a_line_without_a_sku_is_found_by_its_variant(opened: Opened, order: MakeOrder) -> None:
    document = order(lines=(line(variant="4001"),))
    intent = opened(variant_map="variants").target("order").compose(document)
    assert body(intent)["orderLines"][0]["variantCode"] == "TEE-RED-M"


@pytest.mark.parametrize(
    ("settings", "variant", "said"),
    [
        ({}, "4001", ("variant_map", "4001")),
        ({"variant_map": "variants"}, "4002", ("variant_map", "variants", "4002")),
        ({"variant_map": "variants"}, "", ("by hand",)),
        ({}, "", ("by hand",)),
    ],
)
def test_a_line_that_nobody_can_name_is_held_with_advice_that_can_be_followed(
    opened: Opened, order: MakeOrder, settings: Any, variant: str, said: tuple[str, ...]
) -> None:
    document = order(lines=(line(variant=variant),))
    held = refused(opened(**settings).target("order"), document)
    assert held.code == "no-sku"
    assert all(word in held.do for word in said)
    assert "at the shop" not in held.do  # a line that is sold keeps the SKU that it was sold with


def test_a_code_from_a_setting_or_a_map_loses_the_spaces_at_its_ends(
    opened: Opened, order: MakeOrder
) -> None:
    site = opened(variant_map="padded", custom_variant=" WRAP ").target("order")
    intent = site.compose(order(lines=(line(variant="1"), line(kind="custom"))))
    codes = [one["variantCode"] for one in body(intent)["orderLines"]]
    assert codes == ["TEE", "WRAP"]


def test_a_blank_setting_names_no_variant(opened: Opened, order: MakeOrder) -> None:
    held = refused(opened(custom_variant=" ").target("order"), order(lines=(line(kind="custom"),)))
    assert held.code == "no-product"


# --- currencies ---


def test_an_order_in_yen_has_no_decimals(opened: Opened, order: MakeOrder) -> None:
    target = opened(currencies={"JPY": 7}).target("order")
    payload = target.compose(order(currency="JPY")).payload
    assert b'"orderGross":6065,' in payload
    assert b'"itemGross":2160}' in payload


@pytest.mark.parametrize("currency", ["EUR", "USD", "JPY", "ISK", "KRW", "KWD", "BHD", "CLF"])
def test_the_advice_for_a_currency_can_be_followed(
    opened: Opened, order: MakeOrder, currency: str
) -> None:
    document = order(currency=currency)
    held = refused(opened().target("order"), document)
    assert held.code == "currency"
    if "setting currencies" in held.do:
        opened(currencies={"GBP": 1, currency: 9}).target("order").compose(document)
    else:
        assert "by hand" in held.do
        assert currency in {"KWD", "BHD", "CLF"}
