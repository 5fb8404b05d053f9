"""Pieces: whole, none or more, whatever way a vendor writes them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from counterfoil.values.errors import Hold
from counterfoil.values.quantity import pieces


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
