"""Who is on duty at an instant, by the clocks on the wall, whatever these do."""

from __future__ import annotations

from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from counterfoil.govern.rota import DAYS, Rota, Shift, Uneven, Weeks, on_duty, unevens
from counterfoil.values.clock import Instant, instant, later
from counterfoil.values.errors import Misconfigured

EARLY = Shift(("anna",), "06:00", "14:00")
LATE = Shift(("raj",), "14:00", "22:00")
NIGHT = Shift(("sam",), "22:00", "06:00")


def rota(otherwise: str = "", zone: str = "Europe/London", **shifts: Shift) -> Rota:
    return Rota(zone, shifts, otherwise)


def on(rota: Rota, *moments: str) -> list[tuple[str, ...]]:
    return [on_duty(rota, instant(moment)).people for moment in moments]


def test_each_shift_is_on_from_its_beginning_up_to_its_end() -> None:
    three = rota(early=EARLY, late=LATE, night=NIGHT)
    moments = ("2026-01-07T05:59:59Z", "2026-01-07T06:00:00Z", "2026-01-07T13:59:59Z",
               "2026-01-07T14:00:00Z", "2026-01-07T22:00:00Z")  # fmt: skip
    assert on(three, *moments) == [("sam",), ("anna",), ("anna",), ("raj",), ("sam",)]
    assert on(three, "2026-07-07T05:00:00Z") == [("anna",)], "at six by the clock on the wall"


def test_it_is_said_until_when_and_who_comes_then() -> None:
    watch = on_duty(rota(early=EARLY, late=LATE, night=NIGHT), instant("2026-01-07T23:30:00Z"))
    assert (watch.people, watch.shift) == (("sam",), "night")
    assert watch.until == instant("2026-01-08T06:00:00Z")


def test_who_is_asked_otherwise_is_asked_until_the_next_shift() -> None:
    week = rota("fay", early=Shift(("anna",), "09:00", "17:00", ("mon", "fri")))
    friday_night = on_duty(week, instant("2026-01-09T17:00:00Z"))
    assert (friday_night.people, friday_night.shift) == (("fay",), "")
    assert friday_night.until == instant("2026-01-12T09:00:00Z")


def test_weeks_are_those_of_the_calendar() -> None:
    turns = rota(
        odd=Shift(("anna",), "00:00", "24:00", weeks="odd"),
        even=Shift(("raj",), "00:00", "24:00", weeks="even"),
    )
    # 2026 has 53 weeks: the last one and the first of the next year are both odd.
    assert on(turns, "2026-12-25T12:00:00Z", "2026-12-31T12:00:00Z", "2027-01-05T12:00:00Z",
              "2027-01-12T12:00:00Z") == [("raj",), ("anna",), ("anna",), ("raj",)]  # fmt: skip


def test_the_hour_that_comes_twice_is_handed_over_once() -> None:
    """On 25 October 2026 the clocks of London show 01:00 to 02:00 twice."""
    half = rota(early=Shift(("anna",), "01:30", "13:30"), late=Shift(("raj",), "13:30", "01:30"))
    moments = [f"2026-10-25T{time}:00Z" for time in ("00:29", "00:30", "01:15", "01:45")]
    assert on(half, *moments) == [("raj",), ("anna",), ("anna",), ("anna",)]


def test_an_hour_that_never_comes_leaves_nobody_out() -> None:
    """On 29 March 2026 the clocks of London go from 01:00 to 02:00."""
    half = rota(early=Shift(("anna",), "01:30", "13:30"), late=Shift(("raj",), "13:30", "01:30"))
    moments = [f"2026-03-29T{time}Z" for time in ("00:59:59", "01:00:00", "01:20:00")]
    assert on(half, *moments) == [("raj",), ("anna",), ("anna",)]


def test_a_zone_that_there_is_not_is_named() -> None:
    with pytest.raises(Misconfigured, match="'Europe/Londn' is not a time zone"):
        on_duty(rota(early=EARLY, zone="Europe/Londn"), instant("2026-01-07T06:00:00Z"))


def test_what_is_even_has_nothing_to_tell() -> None:
    assert [*unevens(rota(early=EARLY, late=LATE, night=NIGHT))] == []


def test_an_hour_without_anybody_is_told_unless_somebody_is_asked_otherwise() -> None:
    lone = Shift(("anna",), "00:00", "24:00", DAYS[:6])
    assert [*unevens(rota(lone=lone))] == [Uneven("sun", "00:00", "every", ())]
    assert [*unevens(rota("fay", lone=lone))] == []


def test_two_shifts_at_once_are_told_once_for_each_day() -> None:
    both = rota("fay", early=EARLY, noon=Shift(("mia",), "12:00", "13:00", ("wed",)))
    assert [*unevens(both)] == [Uneven("wed", "12:00", "every", ("early", "noon"))]


def test_a_shift_by_weeks_is_held_against_each_week_that_can_follow() -> None:
    night = Shift(("sam",), "22:00", "06:00", ("sun",), "odd")
    monday = Shift(("anna",), "00:00", "12:00", ("mon",), "odd")
    found = [*unevens(rota("fay", night=night, monday=monday))]
    assert found == [Uneven("mon", "00:00", "odd", ("monday", "night"))], "after week 53"


TIMES = [f"{hour:02}:{minute:02}" for hour in range(24) for minute in (0, 30)] + ["24:00"]
SHIFTS: Any = st.builds(
    Shift,
    people=st.sampled_from([("anna",), ("raj",), ("sam",)]),
    start=st.sampled_from(TIMES),
    until=st.sampled_from(TIMES),
    days=st.lists(st.sampled_from(DAYS), min_size=1, unique=True).map(tuple),
    weeks=st.sampled_from(get_args(Weeks)),
)
MOMENTS = st.floats(0, 86_400 * 365 * 3).map(
    lambda seconds: later(instant("2025-06-01T00:00:00Z"), seconds)
)


@given(st.lists(SHIFTS, min_size=1, max_size=4), MOMENTS)
def test_where_two_shifts_are_on_a_double_is_told(shifts: list[Shift], at: Instant) -> None:
    named = {f"s{place}": shift for place, shift in enumerate(shifts)}
    whole = Rota("Europe/London", named, "fay")
    alone = [on_duty(rota("fay", only=shift), at).shift for shift in shifts]
    if sum(map(bool, alone)) > 1:
        assert [*unevens(whole)]


CUTS = st.lists(st.sampled_from(TIMES[:-1]), min_size=2, max_size=6, unique=True).map(sorted)


@given(CUTS, MOMENTS, st.sampled_from(["Europe/London", "America/New_York", "Australia/Lord_Howe"]))
def test_a_day_that_is_cut_into_shifts_always_has_one_of_them(
    cuts: list[str], at: Instant, zone: str
) -> None:
    ends = [*cuts[1:], cuts[0]]
    shifts = {
        f"s{place}": Shift((f"p{place}",), start, until)
        for place, (start, until) in enumerate(zip(cuts, ends, strict=True))
    }
    assert [*unevens(Rota(zone, shifts))] == []
    alone = [on_duty(rota(zone=zone, only=shift), at).shift for shift in shifts.values()]
    assert sum(map(bool, alone)) == 1
    assert on_duty(Rota(zone, shifts), at).shift
