"""The rate that was really charged, of the rates that a source states."""

from __future__ import annotations

import pytest

from counterfoil.mapping.tax import charged_rate, together
from counterfoil.model.line import Tax


@pytest.mark.parametrize(
    ("stated", "amount_minor", "rate"),
    [
        ([("0.2", 100)], 600, "0.2"),
        ([("0.2", 0)], 600, "0"),
        ([("0.2", 0)], 2, "0.2"),  # too small for a minor unit
        ([("", 100)], 600, ""),
        ([("0.0625", 188), ("0.01", 30)], 3000, "0.0725"),
        ([("0.05", 5), ("0.05", 5)], 110, "0.1"),
        ([("0.2", 100), ("0.05", 0)], 600, "0.2"),
        ([("0.2", 0), ("0.05", 0)], 600, "0"),
        ([("", 5), ("", 5)], 600, ""),
        ([("0.2", 100), ("", 5)], 600, ""),  # a part of it nobody tells
        ([("0.2", 100), ("", 0)], 600, "0.2"),
        ([("", 0)], 600, ""),
    ],
)
def test_a_rate_counts_where_it_came_to_something(
    stated: list[tuple[str, int]], amount_minor: int, rate: str
) -> None:
    taxes = [Tax("VAT", amount, text) for text, amount in stated]
    assert charged_rate(taxes, amount_minor) == rate


def test_rates_together_have_no_trailing_zeros() -> None:
    assert together(["0.5", "0.5"]) == "1"
    assert together(["0.0025", "0.0975"]) == "0.1"
    assert together(["10", "10"]) == "20"
    assert together(["", "0.20"]) == "0.2"
    assert together([]) == "0"
