"""An amount that is sought is whole minor units of the order's own currency, nothing near it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from counterfoil.store.search import DocumentRow
from counterfoil.surfaces.desk.amount import Amount, amount_of
from counterfoil.surfaces.desk.search import states_of
from counterfoil.values.errors import Misconfigured
from counterfoil.values.ids import RecordId
from counterfoil.values.money import plain


def row(minor: int, currency: str) -> DocumentRow:
    created = datetime(2026, 11, 2, tzinfo=UTC)
    return DocumentRow(RecordId(1), "1", "#1", minor, currency, created, 1, 0, "orders", 1)


@given(st.integers(0, 10**12), st.sampled_from(["GBP", "EUR", "JPY", "KWD", "CLF"]))
def test_an_order_is_found_by_its_amount_with_or_without_its_currency(
    minor: int, currency: str
) -> None:
    text = plain(minor, currency)
    for asked in (
        amount_of(text),
        amount_of(f"{text} {currency}"),
        amount_of(f"{currency} {text}"),
    ):
        assert asked is not None
        assert asked.fits(row(minor, currency))
        assert minor in asked.minors()
        assert not asked.fits(row(minor + 1, currency))


def test_one_figure_is_another_sum_in_another_currency() -> None:
    asked = Amount("12.50", "")
    assert asked.fits(row(1250, "GBP"))
    assert asked.fits(row(12500, "KWD"))
    assert not asked.fits(row(12500, "GBP"))
    assert not asked.fits(row(1250, "JPY"))
    assert not Amount("12.50", "GBP").fits(row(1250, "EUR"))


@pytest.mark.parametrize(
    "text",
    ["", "  ", "twelve", "12,50", "12.5.0", "1 2", "12.50 POUNDS", "£€1", "1e3", "12.505 GBP"],
)
def test_what_is_no_amount_is_told_how_one_is_written(text: str) -> None:
    with pytest.raises(Misconfigured, match="no amount of money") as caught:
        amount_of(text)
    assert '"12.50 GBP"' in caught.value.do


def test_a_state_is_found_in_either_spelling() -> None:
    assert states_of("In-Doubt") == states_of("in_doubt") == (7,)
    assert states_of(None) == ()
