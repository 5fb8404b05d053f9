"""Converters take what vendors send, exactly, and refuse the rest."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from counterfoil.kit.formats.strict_json import DecimalText
from counterfoil.mapping import convert
from counterfoil.mapping.convert import (
    both,
    local_midnight,
    local_moment,
    mail_date,
    per_cent,
    searchable,
    spelt,
    trimmed,
)
from counterfoil.mapping.valuemap import ValueMap
from counterfoil.values.errors import Hold
from counterfoil.values.money import exponent

HUGE = pytest.param(10**5000, id="a number of 5,001 digits")


@pytest.mark.parametrize(
    ("given_rate", "rate"),
    [
        (DecimalText("0.2"), "0.2"),
        ("0.20", "0.2"),
        (0, "0"),
        ("0.000", "0"),
        (1, "1"),
        ("10.0", "10"),
        (DecimalText("5.0e-05"), "0.00005"),
        ("0.0725", "0.0725"),
    ],
)
def test_a_rate_has_one_spelling(given_rate: Any, rate: str) -> None:
    assert convert.rate(given_rate, "GBP") == rate


@pytest.mark.parametrize("bad", ["NaN", "-0.2", "20%", "", None, True, "1e999", [], 10**19])
def test_what_is_no_rate_is_held(bad: Any) -> None:
    with pytest.raises(Hold):
        convert.rate(bad, "GBP")


@pytest.mark.parametrize("bad", [None, True, [], {}, "1,50", "12.505", HUGE, DecimalText("1e2")])
def test_what_is_no_money_is_held(bad: Any) -> None:
    with pytest.raises(Hold):
        convert.money(bad, "GBP")


@given(st.integers(-(10**14), 10**14), st.sampled_from(["GBP", "JPY", "KWD"]))
def test_money_goes_out_and_comes_back_unchanged(minor: int, currency: str) -> None:
    assert convert.money(convert.decimal(minor, currency), currency) == minor


@given(st.integers(0, 10**9), st.sampled_from(["GBP", "JPY", "KWD"]))
def test_a_whole_json_number_is_so_many_whole_units(units: int, currency: str) -> None:
    assert convert.money(units, currency) == units * 10 ** exponent(currency)


def test_the_memory_for_amounts_is_bounded() -> None:
    memo = convert.PLAIN["XTS"]
    for minor in range(40_000):
        convert.decimal(minor, "XTS")
    assert len(memo) < 20_000
    assert memo[4321] == "43.21"


@pytest.mark.parametrize("bad", [1.5, None, "-1", -1, True, "1.5", HUGE, "nine"])
def test_what_is_no_number_of_pieces_is_held(bad: Any) -> None:
    with pytest.raises(Hold):
        convert.whole(bad, "GBP")


def test_moments_are_told_in_utc() -> None:
    assert convert.when("2026-11-02T05:14:06-04:00", "") == "2026-11-02T09:14:06Z"


def test_text_is_kept_to_the_letter() -> None:
    assert convert.text("  Jo\t", "") == "  Jo\t"
    assert convert.text(None, "") == ""
    with pytest.raises(Hold):
        convert.text(DecimalText("1.5"), "")


def test_moments_of_mail_are_told_in_utc() -> None:
    assert mail_date("Mon, 02 Nov 2026 10:14:20 +0100", "") == "2026-11-02T09:14:20Z"
    for bad in ("2026-11-02", "yesterday", None, 7, "Mon, 99 Nov 2026 10:14:20 +0100"):
        with pytest.raises(Hold):
            mail_date(bad, "")


def test_a_percentage_is_a_rate() -> None:
    rates = [per_cent(value, "") for value in ("20.0000", "8.25", 7, "0")]
    assert rates == ["0.2", "0.0825", "0.07", "0"]


def test_a_name_has_one_spelling() -> None:
    assert spelt("Cash on Delivery") == spelt("cash-on  delivery") == "cash_on_delivery"


def test_a_local_moment_has_no_offset_and_its_midnight_lies_some_days_later() -> None:
    local = local_moment("Europe/London")
    assert local("2026-10-24T23:30:00Z", "") == "2026-10-25T00:30:00"
    assert local_midnight(local, 1)("2026-10-24T23:30:00Z", "") == "2026-10-26T00:00:00"


@pytest.mark.parametrize("wrong", ["", " 1", "1~2"])
def test_a_reference_that_cannot_be_searched_for_is_held(wrong: str) -> None:
    reference = searchable("Acme", "~")
    assert reference("1", "") == "1"
    with pytest.raises(Hold, match="cannot be searched for in Acme") as held:
        reference(wrong, "")
    assert held.value.code == "bad-reference"


def test_two_words_for_one_thing_are_it_or_a_text_of_both() -> None:
    assert (both(1, 1), both(10, 9), both("1, 2", 2)) == (1, "9, 10", "1, 2")


def test_a_text_is_trimmed_and_an_empty_one_needs_no_word() -> None:
    assert trimmed(" a ", "") == "a"
    words = ValueMap("words", {"a": "b"})
    assert (words.convert("a", ""), words.convert("", "")) == ("b", "")
