"""What a target keeps without a reference of ours: found by what it holds, and by nothing less."""

from __future__ import annotations

from typing import NamedTuple

import pytest

from counterfoil.kit.api.unreferenced import changed, intent, made, owner_of, sighted
from counterfoil.kit.connector import Step


class Parcel(NamedTuple):
    """A part, known by its goods; beside others by its place too."""

    id: str
    goods: str
    place: str

    def mark(self, *, beside: bool = False) -> str:
        return f"{self.goods}@{self.place}" if beside else self.goods


OLD = Parcel("1", "tee", "north")
NEW = Parcel("2", "tee", "north")
CAP = Parcel("3", "cap", "south")


def test_what_was_there_before_is_not_what_was_made() -> None:
    (reference,) = made("55", ["1"], ["tee"])
    assert sighted(reference, [OLD]) == []
    assert sighted(reference, [OLD, NEW, CAP]) == [[NEW]]


def test_two_that_were_made_are_both_seen() -> None:
    (reference,) = made("55", [], ["tee"])
    assert sighted(reference, [OLD, NEW]) == [[OLD], [NEW]]


def test_parts_that_are_made_together_are_each_first_in_a_reference_of_their_own() -> None:
    north, south = made("55", ["1"], ["tee@north", "cap@south"])
    assert sighted(north, [OLD, NEW, CAP]) == [[NEW, CAP]]
    assert sighted(south, [OLD, NEW, CAP]) == [[CAP, NEW]]
    assert sighted(south, [OLD, NEW]) == [], "its own is not there, whatever else is"


def test_what_is_changed_is_found_by_its_id_alone() -> None:
    first, second = changed("55", ["2", "3"])
    assert sighted(first, [OLD, NEW, CAP]) == [[NEW, CAP]]
    assert sighted(second, [CAP]) == [[CAP]]
    assert sighted(second, [NEW]) == []


@pytest.mark.parametrize("reference", [*made("55", ["1"], ["tee"]), *changed("55", ["2"])])
def test_a_reference_says_under_what_it_is_read(reference: str) -> None:
    assert owner_of(reference) == "55"


def test_one_call_is_no_steps_and_two_are() -> None:
    one, two = Step("a", "55/=1", b"1"), Step("b", "55/=2", b"2")
    assert (intent([one], {}, [], {}).payload, intent([one], {}, [], {}).steps) == (b"1", ())
    both = intent([one, two], {}, [], {})
    assert (both.reference, both.payload, both.steps) == ("55/=1", b"", (one, two))
