"""A period is what a person means by days, and is said so that nobody can mistake it."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from counterfoil.surfaces.desk.period import Period, moment, period
from counterfoil.values.clock import seconds_between
from counterfoil.values.errors import Misconfigured

DAYS = st.dates(date(1990, 1, 1), date(2099, 12, 30))


@given(DAYS, st.integers(0, 400))
def test_both_days_are_in_it_whole(first: date, more: int) -> None:
    last = min(first + timedelta(more), date(2099, 12, 31))
    found = period(first.isoformat(), last.isoformat())
    assert found.start is not None
    assert found.until is not None
    days = (last - first).days + 1
    assert seconds_between(found.start, found.until) == days * 86_400


def test_a_moment_is_itself_on_either_side() -> None:
    found = period("2026-09-01T18:00:00+01:00", "2026-09-02T00:00:00Z")
    assert str(found) == "from 2026-09-01 17:00 UTC and before 2026-09-02 00:00 UTC"


def test_an_open_side_is_said() -> None:
    assert str(Period()) == "from the first one and up to now"
    assert str(period("2026-09-01", None)) == "from 2026-09-01 00:00 UTC and up to now"


@pytest.mark.parametrize(
    "text", ["yesterday", "", "2026-9-1", "2026-02-30", "1989-12-31", "2100-01-01", "1759400000",
             "2026-09-01T10:00:00", "202\u0666-09-01"],
)  # fmt: skip
def test_what_is_no_day_is_told_what_one_looks_like(text: str) -> None:
    with pytest.raises(Misconfigured) as caught:
        moment(text, "--from")
    assert "2026-09-30" in caught.value.do
    assert caught.value.where == "--from"


@pytest.mark.parametrize("end", ["2026-08-31", "2026-09-01T00:00:00Z"])
def test_a_period_that_ends_before_it_begins_is_none(end: str) -> None:
    with pytest.raises(Misconfigured, match="ends before it begins"):
        period("2026-09-01", end)
