"""Times by a wall clock: read in their sequence, and listed so that no hour is missed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as some

from counterfoil.mapping.zoned import Zoned
from counterfoil.values.clock import instant, later, wall_clock
from counterfoil.values.errors import Hold, Misconfigured

FORMS = ("%d/%m/%Y %H:%M:%S", "%d/%m/%Y %H:%M")
LONDON = Zoned("Europe/London", FORMS)
BACK = instant("2026-10-25T01:00:00Z")
"""When the clocks of London go back."""


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("'03/07/2017 10:52:21'", "2017-07-03T09:52:21Z"),
        ("'03/07/2017 06:03'", "2017-07-03T05:03:00Z"),
        ("03/01/2017 06:03", "2017-01-03T06:03:00Z"),
        ("'25/10/2026 01:30:00'", "2026-10-25T01:30:00Z"),
    ],
)
def test_a_local_time_is_a_moment(text: str, moment: str) -> None:
    assert LONDON.convert(text, "") == moment


@pytest.mark.parametrize("text", ["", "soon", "2017-07-03T10:52:21", "32/01/2017 10:00", None, 5])
def test_what_is_no_local_time_is_held(text: object) -> None:
    with pytest.raises(Hold):
        LONDON.convert(text, "")


def test_a_time_that_never_comes_is_held_in_one_sentence() -> None:
    with pytest.raises(Hold, match="No clock in Europe/London ever shows 2026-03-29T01:30:00"):
        LONDON.convert("29/03/2026 01:30", "")


def test_only_the_hour_that_comes_twice_is_told() -> None:
    (loss,) = LONDON.losses("moved", "'25/10/2026 01:30'")
    assert (loss.field, loss.code, loss.value) == ("moved", "rounded", "'25/10/2026 01:30'")
    assert LONDON.losses("moved", "'25/10/2026 02:30'") == LONDON.losses("moved", "") == ()


def test_a_zone_that_there_is_none_is_a_mistake_in_the_settings() -> None:
    with pytest.raises(Misconfigured, match="Mars"):
        Zoned("Mars/Base", FORMS)


around = some.integers(-7_200, 7_200).map(lambda seconds: later(BACK, seconds))


def shown(moment: object) -> str:
    """How the wall shows it."""
    local = wall_clock(moment, LONDON.zone)  # type: ignore[arg-type]
    date, time = local.split("T")
    return "/".join(reversed(date.split("-"))) + " " + time


@given(around, around)
def test_nothing_that_was_written_at_a_mark_or_later_is_before_it(
    first: object, second: object
) -> None:
    """The mark is what a reading made of the wall's time."""
    earlier, written = sorted([first, second])  # type: ignore[type-var]
    mark = instant(LONDON.convert(shown(earlier), ""))
    assert wall_clock(written, LONDON.zone) >= LONDON.since(mark)  # type: ignore[arg-type]
