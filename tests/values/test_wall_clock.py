"""Local times without an offset: an hour that comes twice, and one that never comes."""

from __future__ import annotations

import pytest

from counterfoil.values.clock import from_wall_clock, instant, local_since, wall_clock
from counterfoil.values.errors import Hold, Misconfigured

LONDON = "Europe/London"
BACK = instant("2026-10-25T01:00:00Z")  # the clock goes back from 02:00 to 01:00


def read(local: str, at: str) -> str:
    return from_wall_clock(local, LONDON, instant(at)).format_iso()


def test_a_local_time_is_the_moment_that_it_names() -> None:
    assert read("2026-07-01T09:00:00", "2026-07-02T00:00:00Z") == "2026-07-01T08:00:00Z"
    assert read("2026-12-01 09:00:00.000", "2026-12-02T00:00:00Z") == "2026-12-01T09:00:00Z"


def test_a_local_hour_that_comes_twice_is_the_later_one_that_is_past() -> None:
    assert read("2026-10-25T01:30:00", "2026-10-25T00:31:00Z") == "2026-10-25T00:30:00Z"
    assert read("2026-10-25T01:30:00", "2026-10-25T01:31:00Z") == "2026-10-25T01:30:00Z"


def test_a_change_in_the_second_hour_is_never_older_than_one_in_the_first() -> None:
    first = read("2026-10-25T01:50:00", "2026-10-25T00:51:00Z")
    second = read("2026-10-25T01:10:00", "2026-10-25T01:11:00Z")
    assert first < second


@pytest.mark.parametrize("minutes", range(0, 180, 7))
def test_whatever_changes_after_a_mark_is_in_the_listing_from_it(minutes: int) -> None:
    mark = instant("2026-10-24T23:30:00Z").add(nanoseconds=minutes * 60 * 10**9)
    since = local_since(mark, LONDON)
    for later in range(0, 200, 3):
        changed = mark.add(nanoseconds=later * 60 * 10**9)
        assert wall_clock(changed, LONDON) >= since


def test_the_listing_begins_no_earlier_than_it_must() -> None:
    assert local_since(instant("2026-07-01T08:00:00Z"), LONDON) == "2026-07-01T09:00:00"


@pytest.mark.parametrize("text", ["", "yesterday", "2026-10-05", "2026-10-05T09:00:00Z", "09:00"])
def test_what_is_no_local_time_is_held(text: str) -> None:
    with pytest.raises(Hold) as held:
        read(text, "2026-10-06T00:00:00Z")
    assert held.value.code == "bad-time"


def test_an_unknown_zone_is_named() -> None:
    with pytest.raises(Misconfigured, match="'Nowhere/Else' is not a time zone"):
        from_wall_clock("2026-10-05T09:00:00", "Nowhere/Else", BACK)
