"""Moments: with an offset, within reason, exact to the nanosecond."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from counterfoil.values.clock import (
    SystemClock,
    from_stdlib,
    instant,
    later,
    nanoseconds,
    seconds_between,
    wall_clock,
    wall_date,
)
from counterfoil.values.errors import Hold, Misconfigured

MOMENTS = st.datetimes(datetime(1990, 1, 1), datetime(2099, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001


@pytest.mark.parametrize(
    ("text", "utc"),
    [
        ("2026-11-02T09:14:06Z", "2026-11-02T09:14:06Z"),
        ("2026-11-02T09:14:06+00:00", "2026-11-02T09:14:06Z"),
        ("2026-11-02T04:14:06-05:00", "2026-11-02T09:14:06Z"),
        ("2026-11-02T14:44:06+05:30", "2026-11-02T09:14:06Z"),
        ("2026-11-02T09:14:06.123Z", "2026-11-02T09:14:06.123Z"),
        ("2026-11-02T09:14:06.123456789Z", "2026-11-02T09:14:06.123456789Z"),
        ("2026-10-25T01:30:00+01:00", "2026-10-25T00:30:00Z"),
        ("2026-10-25T01:30:00+00:00", "2026-10-25T01:30:00Z"),
        ("2028-02-29T23:59:59Z", "2028-02-29T23:59:59Z"),
        ("1990-01-01T00:00:00Z", "1990-01-01T00:00:00Z"),
        ("2099-12-31T23:59:59Z", "2099-12-31T23:59:59Z"),
    ],
)
def test_a_moment_with_its_offset_is_one_moment(text: str, utc: str) -> None:
    assert instant(text).format_iso() == utc


@pytest.mark.parametrize(
    "text",
    ["", "now", "2026-11-02", "2026-11-02T09:14:06", "2026-11-02 09:14", "02/11/2026 09:14",
     "2026-02-30T00:00:00Z", "2026-13-01T00:00:00Z", "2026-11-02T24:00:01Z", "2026-11-02T23:60:00Z",
     "2026-11-02T09:14:06+25:00", "1793610846", "\uff12026-11-02T09:14:06Z", "2026-11-02T09:14Z\n",
     "2026-11-02T09:14:06Z" * 10_000],
    ids=lambda text: repr(text[:25]),
)  # fmt: skip
def test_what_names_no_moment_is_held(text: str) -> None:
    with pytest.raises(Hold) as held:
        instant(text)
    assert held.value.code == "bad-time"
    assert len(str(held.value)) < 300


@pytest.mark.parametrize(
    "text",
    ["1970-01-01T00:00:00Z", "1989-12-31T23:59:59Z", "2100-01-01T00:00:00Z", "9999-12-31T23:59:59Z",
     "0001-01-01T00:00:00Z", "2100-01-01T00:30:00+00:29"],
)  # fmt: skip
def test_a_moment_beyond_reason_is_held(text: str) -> None:
    with pytest.raises(Hold, match="1990 to 2100"):
        instant(text)


def test_a_leap_second_is_the_second_before_it() -> None:
    assert instant("2016-12-31T23:59:60Z") == instant("2016-12-31T23:59:59Z")


@given(MOMENTS, st.floats(-1e6, 1e6))
def test_what_is_moved_by_seconds_is_that_far_away(moment: datetime, seconds: float) -> None:
    start = from_stdlib(moment)
    assert seconds_between(start, later(start, seconds)) == pytest.approx(seconds, abs=1e-6)


@given(MOMENTS)
def test_a_moment_survives_the_standard_library(moment: datetime) -> None:
    assert from_stdlib(moment).to_stdlib() == moment
    assert nanoseconds(from_stdlib(moment)) % 1000 == 0


def test_the_wall_clock_is_the_one_of_its_zone_in_summer_and_winter() -> None:
    assert wall_clock(instant("2026-07-01T12:00:00Z"), "Europe/London") == "2026-07-01T13:00:00"
    assert wall_clock(instant("2026-12-01T12:00:00Z"), "Europe/London") == "2026-12-01T12:00:00"
    assert wall_date(instant("2026-07-01T23:30:00Z"), "Europe/London") == "2026-07-02"
    assert wall_date(instant("2026-12-31T12:00:00Z"), "Europe/London", days=1) == "2027-01-01"


@pytest.mark.parametrize("zone", ["", "Mars/Olympus", "../../etc/passwd", "europe london"])
def test_a_zone_that_nobody_knows_is_a_mistake_in_the_settings(zone: str) -> None:
    with pytest.raises(Misconfigured):
        wall_clock(instant("2026-07-01T12:00:00Z"), zone)


async def test_the_machine_s_clock_goes_forward() -> None:
    clock = SystemClock()
    start, began = clock.now(), clock.monotonic()
    await clock.sleep(0.01)
    await clock.sleep(-1)
    assert seconds_between(start, clock.now()) >= 0.009
    assert clock.monotonic() - began >= 0.009
