"""A refund's parts are the money that goes back, to the minor unit; goods move apart from it."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from msgspec.structs import replace

from counterfoil.model.document import Measure, Ref
from counterfoil.model.line import Charge
from counterfoil.model.refund import (
    Adjustment,
    AdjustmentKind,
    Back,
    Credit,
    Progress,
    Refund,
    Repayment,
    RepaymentState,
    adds_up,
    check,
    net_minor,
)
from counterfoil.values.errors import Hold

AMOUNTS = st.integers(0, 10**9)
KINDS: st.SearchStrategy[AdjustmentKind] = st.sampled_from(
    ["goodwill", "fee", "duty", "exchange", "rate", "difference"]
)
CREDITS = st.builds(
    Credit, st.sampled_from(["11", "12"]), st.sampled_from(["MUG", "CAP"]), st.integers(0, 20),
    AMOUNTS, AMOUNTS,
)  # fmt: skip
CHARGES = st.builds(Charge, st.just("Postage"), AMOUNTS, AMOUNTS)
ADJUSTMENTS = st.builds(Adjustment, KINDS, st.integers(-(10**9), 10**9), st.just(0))

REFUND = Refund(
    key="907", number="#1042-R1", order="5778", order_number="#1042",
    created="2026-03-03T14:22:05Z", updated="2026-03-03T14:23:05Z",
    currency="GBP", tax_included=True, total_minor=2160, tax_minor=360,
    lines=(Credit("11", "MUG", 2, 1560, 260),),
    shipping=(Charge("Postage", 600, 100),),
    repayments=(Repayment("31", "shopify_payments", 2160, "succeeded"),),
    goods=(Back("11", "MUG", 2, "return"),),
)  # fmt: skip


@st.composite
def refunds(draw: st.DrawFn) -> Refund:
    """Refunds of any parts in any currency whose parts come to their total."""
    included = draw(st.booleans())
    lines = tuple(draw(st.lists(CREDITS, max_size=4)))
    shipping = tuple(draw(st.lists(CHARGES, max_size=2)))
    adjustments = tuple(draw(st.lists(ADJUSTMENTS, max_size=3)))
    parts = (*lines, *shipping, *adjustments)
    tax = sum(part.tax_minor for part in parts)
    total = sum(part.amount_minor for part in parts) + (0 if included else tax)
    assume(total > 0)
    return replace(
        REFUND, currency=draw(st.sampled_from(["GBP", "JPY", "KWD"])), tax_included=included,
        lines=lines, shipping=shipping, adjustments=adjustments, total_minor=total, tax_minor=tax,
        repayments=(),
    )  # fmt: skip


def test_what_is_at_stake_is_its_money_and_it_follows_its_order() -> None:
    assert REFUND.measure == Measure(2160, "GBP")
    assert REFUND.refs == (Ref("order", "5778"),)
    assert REFUND.turn == Ref("order", "5778")
    assert str(REFUND.total) == "£21.60"
    assert net_minor(REFUND) == 1800


@given(refunds())
def test_parts_that_come_to_the_total_are_right_in_every_currency(refund: Refund) -> None:
    check(refund)
    assert adds_up(refund)


@given(refunds(), st.sampled_from([-1, 1]))
def test_one_minor_unit_off_is_held(refund: Refund, off: int) -> None:
    for field, code in (("total_minor", "total-differs"), ("tax_minor", "tax-differs")):
        wrong = replace(refund, **{field: getattr(refund, field) + off})
        with pytest.raises(Hold) as held:
            check(wrong)
        assert held.value.code == code
        assert refund.number in held.value.said
        assert not adds_up(wrong)


@given(refunds(), st.integers(0, 10**6))
def test_tax_that_is_not_included_is_part_of_what_goes_back(refund: Refund, tax: int) -> None:
    credit = Credit("13", "TEE", 1, 0, tax)
    more = 0 if refund.tax_included else tax
    check(
        replace(
            refund,
            lines=(*refund.lines, credit),
            total_minor=refund.total_minor + more,
            tax_minor=refund.tax_minor + tax,
        )
    )


@pytest.mark.parametrize(
    "change",
    [{"lines": (Credit("11", "MUG", -1, 2160, 360),), "shipping": ()},
     {"lines": (Credit("11", "MUG", 2, 3000, 360),), "shipping": (Charge("Postage", -840),)},
     {"goods": (Back("11", "MUG", -2),)}, {"adjustments": (Adjustment("fee", -3000),),
                                           "total_minor": -840, "repayments": ()}],
)  # fmt: skip
def test_a_line_postage_or_a_whole_that_is_negative_is_held(change: dict[str, object]) -> None:
    with pytest.raises(Hold) as held:
        check(replace(REFUND, **change))
    assert held.value.code == "bad-line"


def test_what_is_kept_back_is_a_negative_adjustment() -> None:
    kept = replace(REFUND, adjustments=(Adjustment("fee", -500),), total_minor=1660, repayments=())
    check(kept)


def test_more_money_than_the_refund_says_is_held() -> None:
    twice = replace(REFUND, repayments=REFUND.repayments * 2)
    with pytest.raises(Hold) as held:
        check(twice)
    assert held.value.code == "money-differs"
    assert "£43.20" in held.value.said


@pytest.mark.parametrize(
    ("total", "moves", "progress"),
    [(2160, [], "failed"), (0, [], "none"),
     (2160, [(2160, "pending")], "pending"), (2160, [(2160, "succeeded")], "succeeded"),
     (2160, [(2160, "failed")], "failed"), (2160, [(2000, "succeeded"), (160, "failed")], "part"),
     (2160, [(2000, "succeeded"), (160, "pending")], "pending"),
     (2160, [(2160, "failed"), (2160, "succeeded")], "succeeded"),
     (2160, [(2000, "succeeded"), (160, "succeeded")], "succeeded"),
     (2160, [(2000, "succeeded")], "part")],
)  # fmt: skip
def test_how_far_its_money_is(
    total: int, moves: list[tuple[int, RepaymentState]], progress: Progress
) -> None:
    repayments = tuple(
        Repayment(str(place), "card", minor, state) for place, (minor, state) in enumerate(moves)
    )
    assert replace(REFUND, total_minor=total, repayments=repayments).progress == progress


def test_goods_move_without_money_and_money_without_goods() -> None:
    goods_only = replace(
        REFUND, lines=(), shipping=(), total_minor=0, tax_minor=0, repayments=(),
    )  # fmt: skip
    check(goods_only)
    assert (goods_only.progress, goods_only.measure) == ("none", Measure(0, "GBP"))
    money_only = replace(REFUND, goods=(), lines=(Credit("11", "MUG", 0, 1560, 260),))
    check(money_only)
    assert money_only.measure == REFUND.measure


@given(refunds())
def test_it_comes_back_from_its_bytes_as_it_was(refund: Refund) -> None:
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(refund), type=Refund) == refund


def test_a_credited_line_tells_its_money_as_a_line_of_an_order_does() -> None:
    assert [line.total_minor for line in REFUND.lines] == [1560]
