"""Money: exact or not at all, in whole minor units, and never of two currencies."""

from __future__ import annotations

import time
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from counterfoil.values.errors import Hold
from counterfoil.values.money import (
    Money,
    allocate,
    exponent,
    minor,
    plain,
    rounded,
    totals,
)

PLACES = {"GBP": 2, "EUR": 2, "JPY": 0, "KWD": 3, "CLF": 4}
CURRENCY = st.sampled_from(sorted(PLACES))
AMOUNT = st.integers(-(10**15) + 1, 10**15 - 1)
WEIGHTS = st.lists(st.integers(0, 10**6), min_size=1, max_size=30).filter(any)

NO_AMOUNT = [
    "", " ", ".", "-", "-.", "--1", "+1", ".5", "5.", "-.5", "-5.", " 1", "1 ", "1\n", "\n1",
    "1,50", "1_000", "1e2", "1E2", "1e999999", "NaN", "nan", "Infinity", "-Infinity", "inf", "0x10",
    "\u0661\u0662", "1\u066b5", "\uff11", "²", "½", "1.\u0665", "\u22121", "£1", "1\x00", "1.5-",
    "1" * 25, "9" * 5_000, "1" * 5_000_000, "-" + "0" * 24, "None", "True",
]  # fmt: skip


def test_the_minor_unit_is_the_one_of_the_currency() -> None:
    assert {code: exponent(code) for code in PLACES} == PLACES
    assert exponent("XYZ") == 2


@pytest.mark.parametrize("text", NO_AMOUNT, ids=lambda text: repr(text[:12]))
@pytest.mark.parametrize("currency", ["GBP", "JPY"])
def test_what_is_no_plain_decimal_is_held_at_once(text: str, currency: str) -> None:
    start = time.perf_counter()
    with pytest.raises(Hold) as held:
        minor(text, currency)
    assert time.perf_counter() - start < 0.05
    assert held.value.code == "bad-amount"
    assert len(str(held.value)) < 300


@given(st.text(max_size=30))
@example("1" * 24)
def test_any_text_is_the_decimal_that_it_says_or_held(text: str) -> None:
    try:
        found = minor(text, "GBP")
    except Hold:
        return
    assert type(found) is int
    assert Decimal(found) == Decimal(text) * 100
    assert text.isascii()


@given(AMOUNT, CURRENCY)
def test_an_amount_that_is_written_is_read_again(amount: int, currency: str) -> None:
    text = plain(amount, currency)
    assert minor(text, currency) == amount
    assert Decimal(text) == Decimal(amount).scaleb(-PLACES[currency])
    assert len(text.partition(".")[2]) == PLACES[currency]


@given(AMOUNT, CURRENCY, st.integers(0, 3))
def test_zeros_at_the_end_change_nothing(amount: int, currency: str, zeros: int) -> None:
    text = plain(amount, currency)
    text += ("." if "." not in text and zeros else "") + "0" * zeros
    if len(text) <= 24:
        assert minor(text, currency) == amount


@given(AMOUNT, CURRENCY, st.integers(1, 9))
def test_more_decimals_than_the_currency_has_are_held_and_never_rounded(
    amount: int, currency: str, digit: int
) -> None:
    text = plain(amount // 10**6, currency)
    with pytest.raises(Hold):
        minor(f"{text}{'' if '.' in text else '.'}{digit}", currency)


@pytest.mark.parametrize("text", ["10000000000000.00", "-10000000000000.00", "9" * 24])
def test_more_money_than_there_is_is_held(text: str) -> None:
    with pytest.raises(Hold, match="larger than any amount"):
        minor(text, "GBP")


def test_a_negative_zero_is_zero() -> None:
    assert minor("-0.00", "GBP") == 0
    assert plain(0, "GBP") == "0.00"


# --- rounding ---


@given(st.integers(-(10**18), 10**18), st.integers(1, 10**9))
@example(5, 2)
@example(-5, 2)
@example(-1, 3)
def test_halves_are_rounded_away_from_zero(numerator: int, denominator: int) -> None:
    exact = Fraction(numerator, denominator)
    whole = (abs(exact) + Fraction(1, 2)).__floor__()
    assert rounded(numerator, denominator) == (whole if exact >= 0 else -whole)


@given(st.integers(-(10**9), 10**9), st.sampled_from([2, 4, 5, 8, 10, 100, 1000]))
def test_it_rounds_as_the_trade_does(numerator: int, denominator: int) -> None:
    exact = Decimal(numerator) / Decimal(denominator)
    assert rounded(numerator, denominator) == int(exact.to_integral_value(ROUND_HALF_UP))


@pytest.mark.parametrize("denominator", [0, -1])
def test_nothing_is_divided_by_nothing(denominator: int) -> None:
    with pytest.raises(ValueError, match="positive"):
        rounded(1, denominator)


# --- sharing out ---


@given(AMOUNT, WEIGHTS)
def test_the_parts_are_the_whole_and_each_is_fair_within_one_unit(
    total: int, weights: list[int]
) -> None:
    parts = allocate(total, weights)
    assert sum(parts) == total
    assert len(parts) == len(weights)
    assert all(type(part) is int for part in parts)
    for part, weight in zip(parts, weights, strict=True):
        assert abs(Fraction(total * weight, sum(weights)) - part) < 1


@given(AMOUNT, WEIGHTS)
def test_no_weight_no_share_and_no_part_against_the_sign(total: int, weights: list[int]) -> None:
    for part, weight in zip(allocate(total, weights), weights, strict=True):
        assert weight or not part
        assert part * total >= 0


@given(AMOUNT, WEIGHTS)
def test_a_debt_is_shared_as_the_credit_is(total: int, weights: list[int]) -> None:
    assert allocate(-total, weights) == [-part for part in allocate(total, weights)]


@given(st.integers(0, 10**6), WEIGHTS)
def test_the_heavier_never_gets_less(total: int, weights: list[int]) -> None:
    shares = sorted(zip(weights, allocate(total, weights), strict=True))
    for (weight, part), (heavier, more) in pairwise(shares):
        assert weight == heavier or part <= more


def test_of_equals_the_earlier_gets_the_penny() -> None:
    assert allocate(100, [1, 1, 1]) == [34, 33, 33]
    assert allocate(-100, [1, 1, 1]) == [-34, -33, -33]


@pytest.mark.parametrize("weights", [[], [0], [0, 0], [-1, 2]])
def test_nothing_is_shared_by_no_weight(weights: list[int]) -> None:
    with pytest.raises(ValueError, match="weights"):
        allocate(100, weights)


# --- currencies ---


@given(AMOUNT, AMOUNT)
def test_money_of_one_currency_adds_up(left: int, right: int) -> None:
    one, other = Money(left, "GBP"), Money(right, "GBP")
    assert (one + other).minor == left + right
    assert (one - other) == one + -other


def test_currencies_never_mix() -> None:
    pound, euro = Money(1, "GBP"), Money(1, "EUR")
    for mixing in (lambda: pound + euro, lambda: pound - euro):
        with pytest.raises(ValueError, match="GBP and EUR"):
            mixing()
    with pytest.raises(TypeError):
        assert pound < euro  # type: ignore[operator]
    assert pound != euro
    assert totals([pound, euro, pound]) == {"GBP": 2, "EUR": 1}


@pytest.mark.parametrize("code", ["", "GB", "GBPP", "gbp", "£££", "ÄÖÜ", "G1P", "123"])
def test_a_currency_is_three_capital_letters(code: str) -> None:
    with pytest.raises(ValueError, match="not a currency"):
        Money(1, code)


@pytest.mark.parametrize(
    ("money", "said"),
    [
        (Money(123450, "GBP"), "£1,234.50"),
        (Money(-5, "EUR"), "-€0.05"),
        (Money(1200, "JPY"), "JPY 1,200"),
        (Money(1234, "KWD"), "KWD 1.234"),
        (Money(0, "USD"), "$0.00"),
    ],
)
def test_people_read_it_as_they_write_it(money: Money, said: str) -> None:
    assert str(money) == said
