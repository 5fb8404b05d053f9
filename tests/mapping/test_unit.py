"""Units come out exact or not at all: no piece appears, and none gets lost, on the way."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from counterfoil.mapping.unit import EACH, Pack, Packs
from counterfoil.values.errors import Hold

PACKS = Packs("SCREW", "1", {"case": Pack("case", 12), "kg": Pack("kg", 1000, 3)})
UNITS = st.sampled_from([EACH, "case"])


@given(st.integers(0, 10**6), UNITS)
def test_whole_units_make_pieces_and_the_pieces_the_same_units(count: int, unit: str) -> None:
    pieces = PACKS.in_pieces(Decimal(count), unit)
    assert pieces == count * (1 if unit == EACH else 12)
    assert PACKS.whole(int(pieces), unit) == count


@given(st.integers(1, 10**6))
def test_pieces_that_fill_no_case_are_held(count: int) -> None:
    if count % 12 == 0:
        assert PACKS.whole(count, "case") == count // 12
        return
    with pytest.raises(Hold) as held:
        PACKS.whole(count, "case")
    assert held.value.code == "not-whole"


def test_half_a_case_is_six_pieces() -> None:
    assert PACKS.in_pieces(Decimal("0.5"), "case") == 6


def test_a_ratio_that_no_decimal_says_is_held() -> None:
    assert PACKS.in_pieces(Decimal(3), "kg") == 1000
    with pytest.raises(Hold) as held:
        PACKS.in_pieces(Decimal(1), "kg")
    assert held.value.code == "not-exact"


@pytest.mark.parametrize("unit", ["pallet", "", "CASE"])
def test_a_unit_that_nobody_has_sized_is_held(unit: str) -> None:
    with pytest.raises(Hold) as held:
        PACKS.in_pieces(Decimal(1), unit)
    assert held.value.code == "unknown-unit"
    with pytest.raises(Hold):
        PACKS.whole(1, unit)
