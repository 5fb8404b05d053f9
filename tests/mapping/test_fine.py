"""Four decimals: read exactly, and settled together or not at all."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as some

from counterfoil.kit.formats.strict_json import DecimalText
from counterfoil.mapping.fine import (
    exact,
    fine,
    first_settled,
    nearest,
    settled,
    size,
    unit_price,
)
from counterfoil.values.errors import Hold


@pytest.mark.parametrize(
    ("given", "amount"),
    [
        ("1.8333", 18_333),
        ("-0.0001", -1),
        ("59.4000", 594_000),
        ("12", 120_000),
        (12, 120_000),
        (DecimalText("6.05"), 60_500),
        ("1.000000000", 10_000),
    ],
)
def test_four_decimals_are_read_exactly(given: object, amount: int) -> None:
    assert fine(given, "GBP") == amount


@pytest.mark.parametrize(
    "given", ["1.00001", "1e3", "", ".5", "1.", None, True, 1.5, "\u0661.\u0662", "1,00"]
)
def test_what_is_no_amount_is_held(given: object) -> None:
    with pytest.raises(Hold):
        fine(given, "GBP")


def test_a_sum_that_was_paid_is_whole() -> None:
    assert exact(594_000, "GBP") == 5940
    assert exact(1_000_000, "JPY") == 100
    with pytest.raises(Hold, match=r"59\.4001 GBP is no whole amount"):
        exact(594_001, "GBP")
    assert nearest(12_350, "GBP") == 124


def test_the_largest_rest_goes_up() -> None:
    assert settled([18_333, 18_333, 18_334], 550, "GBP") == [183, 183, 184]
    assert settled([5_000, 5_000], 1, "JPY") == [1, 0]


def test_more_than_a_rounding_is_not_settled() -> None:
    assert settled([18_333], 185, "GBP") is None
    assert settled([18_300], 184, "GBP") is None
    assert settled([], 0, "GBP") == []


@given(some.lists(some.integers(-(10**9), 10**9), max_size=30), some.sampled_from(["GBP", "JPY"]))
def test_what_a_vendor_rounded_once_is_always_found_again(amounts: list[int], code: str) -> None:
    total = nearest(sum(amounts), code)
    parts = settled(amounts, total, code)
    assert parts is not None
    assert sum(parts) == total
    apart = [abs(part * size(code) - amount) for part, amount in zip(parts, amounts, strict=True)]
    assert all(one < size(code) for one in apart)


def test_the_first_way_that_comes_to_the_total_is_taken() -> None:
    assert first_settled([[10_000], [18_333]], 183, "GBP") == ([183], True)
    assert first_settled([[10_000], [18_333]], 500, "GBP") == ([183], False)
    assert first_settled([], 0, "GBP") == ([], False)


@given(some.integers(0, 10**8), some.integers(1, 50), some.integers(0, 10**6))
def test_a_unit_and_its_discount_are_the_amount(price: int, quantity: int, amount: int) -> None:
    unit, discount = unit_price(price, quantity, amount, "GBP")
    assert quantity * unit - discount == amount
    assert discount >= 0
    assert unit * size("GBP") >= price
