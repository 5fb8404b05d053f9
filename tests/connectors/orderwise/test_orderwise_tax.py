"""Tax as it is: what was charged is sent; what was only stated, or is another's, is asked about."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from counterfoil.connectors.orderwise.profile import Profile
from counterfoil.kit.connector import Intent, Session
from counterfoil.mapping import tax_cases
from counterfoil.model.line import Charge, Line, Tax
from counterfoil.model.order import Order, check
from counterfoil.values.errors import Hold
from tests.connectors.orderwise.orderwise_honest import body

MakeOrder = Callable[..., Order]
Opened = Callable[..., Session]

STATED = (Tax("GB VAT", 0, "0.2"),)
CANDLE = Line("1", "CANDLE", "Candle", 1, 3800, tax_rate="0", taxes=STATED)
POST = Charge("DPD", 495, 0, "0", "", STATED)


def sent(opened: Opened, document: Order, **settings: Any) -> Intent:
    check(document)
    return opened(payment_method_id=4, **settings).target("order").compose(document)


def refused(opened: Opened, document: Order, **settings: Any) -> Hold:
    with pytest.raises(Hold) as held:
        sent(opened, document, **settings)
    return held.value


# --- stated, not charged ---


@pytest.mark.parametrize("included", [True, False])
@pytest.mark.parametrize(
    "parts",
    [
        {"lines": (CANDLE,), "shipping": ()},
        {"lines": (CANDLE,), "shipping": (POST,)},
        {"lines": (replace(CANDLE, taxes=()),), "shipping": (POST,)},
        {"lines": (CANDLE, replace(CANDLE, key="2", exempt=True)), "shipping": ()},
    ],
)
def test_a_rate_without_any_tax_is_asked_about(
    opened: Opened, order: MakeOrder, included: bool, parts: dict[str, Any]
) -> None:
    held = refused(opened, order(tax_included=included, **parts))
    assert held.code == "rate-without-tax"
    assert all(word in held.do for word in ("rate_without_tax", "'taxed'", "'not-taxed'"))


@pytest.mark.parametrize(
    "parts",
    [
        {"lines": (replace(CANDLE, exempt=True),)},
        {"lines": (replace(CANDLE, kind="gift-card"),), "shipping": (POST,)},
        {"lines": (replace(CANDLE, exempt=True), Line("2", "TEE", "Tee", 1, 1200))},
        {"lines": (replace(CANDLE, unit_minor=2),)},  # 20 % of it is no penny
        {"lines": (replace(CANDLE, taxes=(Tax("Zero", 0, "0"),)),)},
        {"lines": (replace(CANDLE, taxes=(Tax("Not told", 0),)),)},
        {"lines": (replace(CANDLE, taxes=(Tax("Theirs", 0, "0.2", "channel"),)),)},
        {"lines": (CANDLE, Line("2", "TEE", "Tee", 1, 1200, 0, 200, "0.2"))},
        {"lines": (replace(CANDLE, exempt=True), CANDLE), "shipping": (
            Charge("DPD", 495, 83, "0.2"),)},
    ],
)  # fmt: skip
def test_lines_that_are_not_taxed_are_sent_at_rate_nothing(
    opened: Opened, order: MakeOrder, parts: dict[str, Any]
) -> None:
    document = order(**{"shipping": ()} | parts)
    intent = sent(opened, document, gift_card_variant="CARD")
    code = "CARD" if document.lines[0].kind == "gift-card" else "CANDLE"
    assert intent.expect[f"lines[{code}].tax_rate"] == 2
    assert intent.expect["tax"] == document.tax_minor


def test_a_shop_that_is_not_taxed(opened: Opened, order: MakeOrder) -> None:
    document = order(lines=(CANDLE,), shipping=(POST,))
    intent = sent(opened, document, rate_without_tax="not-taxed")
    assert intent.expect["lines[CANDLE].tax_rate"] == 2
    assert (intent.expect["tax"], intent.losses) == (0, ())


@pytest.mark.parametrize("included", [True, False])
@pytest.mark.parametrize("basis", ["gross", "net"])
def test_a_shop_whose_prices_have_tax_in_them(
    opened: Opened, order: MakeOrder, included: bool, basis: str
) -> None:
    document = order(lines=(CANDLE,), shipping=(POST,), tax_included=included)
    intent = sent(opened, document, rate_without_tax="taxed", price_basis=basis)
    assert intent.expect["lines[CANDLE].tax_rate"] == 1
    assert intent.expect["lines[CANDLE].gross"] == 3800
    assert intent.expect["total"] == document.total_minor == 4295
    assert intent.expect["tax"] == 633 + 83
    price = body(intent)["orderLines"][0]
    assert str(price.get("itemGross", price.get("itemNet"))) == (
        "38.00" if basis == "gross" else "31.67"
    )
    ((field, minor),) = [(one.field, one.minor) for one in intent.losses]
    assert (field, minor) == ("tax_minor", 716)


# --- collected by a marketplace ---

THEIRS = (Tax("VAT", 200, "0.2", "channel"),)


@pytest.mark.parametrize("included", [True, False])
def test_tax_that_a_marketplace_pays_is_asked_about_or_taken_off(
    opened: Opened, order: MakeOrder, included: bool
) -> None:
    line = Line("1", "TEE", "Tee", 1, 1200 if included else 1000, 0, 200, "0.2", taxes=THEIRS)
    post = Charge(
        "DPD", 120 if included else 100, 20, "0.2", "", (Tax("VAT", 20, "0.2", "channel"),)
    )
    document = order(lines=(line,), shipping=(post,), tax_included=included)
    held = refused(opened, document)
    assert (held.code, "marketplace_tax" in held.do) == ("marketplace-tax", True)
    assert "£2.20" in held.said
    intent = sent(opened, document, marketplace_tax="less-tax")
    assert intent.expect["lines[TEE].gross"] == 1000
    assert intent.expect["lines[TEE].tax_rate"] == 2
    assert (intent.expect["delivery"], intent.expect["total"]) == (100, 1100)
    assert intent.expect["tax"] == 0
    losses = {one.field: (one.code, one.minor) for one in intent.losses}
    assert losses == {"lines.taxes": ("no-member", 200), "shipping.taxes": ("no-member", 20)}
    assert intent.losses[0].value == "VAT 0.2 (£2.00)"


def test_a_line_that_is_taxed_by_both_keeps_the_shops_own(opened: Opened, order: MakeOrder) -> None:
    taxes = (Tax("Fee", 50, "0.05", "channel"), Tax("VAT", 200, "0.2"))
    line = Line("1", "TEE", "Tee", 1, 1250, 0, 250, "0.25", taxes=taxes)
    intent = sent(opened, order(lines=(line,), shipping=()), marketplace_tax="less-tax")
    assert intent.expect["lines[TEE].gross"] == 1200
    assert intent.expect["lines[TEE].tax_rate"] == 1
    assert (intent.expect["tax"], intent.expect["total"]) == (200, 1200)


def test_several_taxes_go_as_one_rate_and_are_named(opened: Opened, order: MakeOrder) -> None:
    taxes = (Tax("GST", 50, "0.05"), Tax("PST", 70, "0.07"))
    line = Line("1", "TEE", "Tee", 1, 1000, 0, 120, "0.12", taxes=taxes)
    document = order(lines=(line,), shipping=(), tax_included=False)
    intent = sent(opened, document, tax_map={"0.12": 4})
    assert intent.expect["lines[TEE].tax_rate"] == 4
    assert [(one.field, one.value) for one in intent.losses] == [
        ("lines.taxes", "GST 0.05 (£0.50) + PST 0.07 (£0.70)")
    ]


def test_an_order_is_left_as_it_is_where_there_is_nothing_to_settle(
    order: MakeOrder, chosen: Profile
) -> None:
    document = order()
    assert tax_cases.settled(document, chosen.decided("ow")) == (document, ())


@pytest.fixture
def chosen(settings_with: Callable[..., dict[str, Any]]) -> Profile:
    given = settings_with(marketplace_tax="less-tax", rate_without_tax="taxed")
    return msgspec.convert(given, Profile)


@st.composite
def taxes(draw: st.DrawFn) -> tuple[Tax, ...]:
    return tuple(
        Tax("T", draw(st.integers(0, 300)), "0.1", draw(st.sampled_from(["", "channel"])))
        for _ in range(draw(st.integers(0, 3)))
    )


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    rows=st.lists(st.tuples(taxes(), st.integers(1, 9), st.integers(0, 5000)), min_size=1),
    included=st.booleans(),
    shipped=taxes(),
)
def test_what_is_settled_still_adds_up(
    order: MakeOrder, chosen: Profile, rows: list[Any], included: bool, shipped: tuple[Tax, ...]
) -> None:
    def total(found: tuple[Tax, ...]) -> int:
        return sum(tax.amount_minor for tax in found)

    lines = tuple(
        Line(str(at), "TEE", "", count, unit, 0, total(found), "0.1", taxes=found)
        for at, (found, count, unit) in enumerate(rows)
    )
    document = order(
        lines=lines,
        shipping=(Charge("DPD", 900, total(shipped), "0.1", "", shipped),),
        tax_included=included,
    )
    check(document)
    after, losses = tax_cases.settled(document, chosen.decided("ow"))
    check(after)
    if document.tax_minor:
        gone = sum(one.minor for one in losses)
        assert document.total_minor - after.total_minor == gone
        assert document.tax_minor - after.tax_minor == gone
        left = [tax for line in after.lines for tax in line.taxes if tax.collected_by]
        assert not any(tax.amount_minor for tax in left)
    else:
        assert after.total_minor == document.total_minor


def test_advice_about_a_rate_can_be_followed(opened: Opened, order: MakeOrder) -> None:
    """A rate that is told can be mapped, that of no tax at all too; one that is not told cannot."""
    taxed = replace(CANDLE, taxes=(), tax_rate="", tax_minor=633)
    untold = refused(opened, order(lines=(taxed,), shipping=(), tax_included=True))
    assert (untold.code, "by hand" in untold.do, "tax_map" in untold.do) == (
        "unmapped-tax",
        True,
        False,
    )
    free = order(lines=(replace(CANDLE, taxes=(), tax_rate=""),), shipping=())
    unmapped = refused(opened, free, tax_map={"0.2": 1})
    assert (unmapped.code, "rate 0 " in unmapped.said) == ("unmapped-tax", True)
    assert sent(opened, free, tax_map={"0.2": 1, "0": 2}).payload
