"""A listing by whole seconds has a place after every page; what is remembered is not endless."""

from __future__ import annotations

from counterfoil.kit.api.paging import Seconds
from counterfoil.kit.api.recent import Recent
from counterfoil.values.clock import instant


def test_a_listing_begins_at_its_mark_or_at_the_beginning() -> None:
    assert Seconds.at(None, None) == Seconds(0)
    assert Seconds.at(instant("1990-01-01T00:00:01.9Z"), None) == Seconds(631152001)
    assert Seconds.at(None, "17/3") == Seconds(17, 3)


def test_the_next_page_begins_at_the_last_second_of_this_one() -> None:
    assert Seconds(10).beyond((12, 7)) == "12"
    assert Seconds(10).beyond(None) is None


def test_a_second_with_more_changes_than_a_page_is_read_by_its_keys_to_its_end() -> None:
    assert Seconds(10).beyond((10, 7)) == "10/0"
    assert Seconds(10, 0).beyond((10, 7)) == "10/7"
    assert Seconds(10, 7).beyond(None) == "11"


def test_what_was_kept_first_is_forgotten_first() -> None:
    recent = Recent[int](2)
    for at, mark in enumerate((b"a", b"b", b"c")):
        recent.keep(mark, at)
    assert [recent.get(mark) for mark in (b"a", b"b", b"c")] == [None, 1, 2]
