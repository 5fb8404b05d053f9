"""Pieces: whole, none or more, whatever way a vendor writes them."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from counterfoil.values.errors import Hold
from counterfoil.values.quantity import exact, pieces, sellable


@given(st.integers(0, 10**9), st.integers(0, 3))
def test_whole_pieces_are_read_as_number_and_as_text(count: int, zeros: int) -> None:
    assert pieces(count) == pieces(str(count)) == count
    assert pieces(f"{count}.{'0' * (zeros + 1)}") == count


@pytest.mark.parametrize(
    "value",
    [None, True, False, "", " ", "-1", -1, "1.5", 1.5, "+1", "1e3", "1_0", " 1", "\u0661", "²",
     [], {}, "NaN", 10**9 + 1, 10**15, "9" * 17, "0x1", "1.0.0", "1,0"],
    ids=repr,
)  # fmt: skip
def test_what_is_no_number_of_pieces_is_held(value: object) -> None:
    with pytest.raises(Hold) as held:
        pieces(value)
    assert held.value.code == "bad-quantity"


@given(st.text(max_size=12))
def test_any_text_is_a_whole_number_or_held(text: str) -> None:
    try:
        count = pieces(text)
    except Hold:
        return
    assert type(count) is int
    assert count == float(text)


@pytest.mark.parametrize(
    ("value", "amount"),
    [(0, "0"), ("-3", "-3"), (-3, "-3"), ("0.125", "0.125"), ("12.50", "12.5"),
     ("-0.5000000", "-0.5"), ("999999999999.999999", "999999999999.999999")],
)  # fmt: skip
def test_a_level_is_read_exactly_with_its_sign(value: object, amount: str) -> None:
    assert exact(value) == Decimal(amount)


@pytest.mark.parametrize(
    "value",
    [None, True, 1.5, "", " 1", "1 ", "+1", "1,000", "1.000,5", "1e3", "NaN", "Infinity", "--1",
     "1.", ".5", "0x1", "\u0661", "1.0000001", "9" * 13, 10**12, [], {}],
    ids=repr,
)  # fmt: skip
def test_what_is_no_plain_decimal_is_held(value: object) -> None:
    with pytest.raises(Hold) as held:
        exact(value)
    assert held.value.code == "bad-quantity"


@given(st.decimals(-(10**6), 10**6, places=4))
def test_what_can_be_sold_is_floored_and_never_below_zero(amount: Decimal) -> None:
    assert sellable(amount) <= max(amount, Decimal(0)) < sellable(amount) + 1
