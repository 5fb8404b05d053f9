"""Amounts as people write them in exports: exact, or none."""

from __future__ import annotations

from decimal import Decimal

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from counterfoil.reconcile.amounts import Mark, mark_of, minor, number

CONNECTION = duckdb.connect()


def read(cell: str, mark: Mark = ".", currency: str = "GBP") -> int | None:
    """A cell in minor units, by the very SQL that a file is read with."""
    worth = minor(number("cell", mark), "currency", [currency])
    query = f"select {worth} from (select $1 as cell, $2 as currency)"
    row = CONNECTION.execute(query, [cell, currency]).fetchone()
    assert row is not None
    return row[0]


@pytest.mark.parametrize(
    ("cell", "worth"),
    [
        ("12.50", 1250),
        ("-12.5", -1250),
        ("12", 1200),
        ("£12.50", 1250),
        ("GBP 12.50", 1250),
        ("12.50 GBP", 1250),
        ("1,234.50", 123450),
        ("1,234,567.00", 123456700),
        ("(12.50)", -1250),
        ("12.50-", -1250),
        ("12.500", 1250),
    ],
)
def test_an_amount_as_people_write_it(cell: str, worth: int) -> None:
    assert read(cell) == worth


@pytest.mark.parametrize("cell", ["", "n/a", "12.505", "1,23.00", "12.50.00", "=1+1", "NaN", "inf"])
def test_what_is_no_amount_is_none(cell: str) -> None:
    assert read(cell) is None


def test_a_comma_before_the_decimals() -> None:
    assert mark_of(["1.234,50", "12,5"]) == ","
    assert (read("1.234,50", ","), read("12,5", ","), read("(3,00)", ",")) == (123450, 1250, -300)


def test_a_comma_between_thousands_is_no_decimal_mark() -> None:
    assert mark_of(["1,234.50", "12"]) == "."
    assert mark_of(["1,234", "1,000"]) == "."


@pytest.mark.parametrize(
    ("currency", "cell", "worth"),
    [
        ("JPY", "1200", 1200),
        ("JPY", "1200.5", None),
        ("KWD", "1.234", 1234),
        ("KWD", "1.2345", None),
    ],
)
def test_a_currency_has_its_own_decimals(currency: str, cell: str, worth: int | None) -> None:
    assert read(cell, currency=currency) == worth


@settings(deadline=None)
@given(st.integers(-(10**11), 10**11))
def test_every_amount_is_read_as_it_was_written(worth: int) -> None:
    amount = Decimal(worth).scaleb(-2)
    assert read(f"{amount:,.2f}") == worth
    assert read(f"{amount:.2f}".replace(".", ","), ",") == worth
