"""The accounts: a record enters once, moves by the map, and leaves no closed account."""

from __future__ import annotations

import pytest
from entries import entry
from hypothesis import given
from hypothesis import strategies as st

from counterfoil.ledger.account import IN_FLIGHT, MOVES, NEEDS_A_PERSON, State, legal
from counterfoil.values.errors import Halt

CLOSED = {State.CONFIRMED, State.EXCLUDED, State.MERGED, State.SUPERSEDED}
STATES = list(State)
PATHS = st.lists(st.sampled_from(STATES), min_size=1, max_size=5).map(tuple)


def reachable(start: State) -> set[State]:
    found, ahead = {start}, [start]
    while ahead:
        new = MOVES[ahead.pop()] - found
        found |= new
        ahead += new
    return found


def test_every_account_is_on_the_map_and_can_be_reached() -> None:
    assert set(MOVES) == set(STATES)
    assert reachable(State.CAPTURED) == set(STATES)


def test_nothing_leaves_a_closed_account_and_everything_else_does() -> None:
    assert {state for state, after in MOVES.items() if not after} == CLOSED


def test_from_every_open_account_a_record_can_come_to_an_end() -> None:
    for state in set(STATES) - CLOSED:
        assert reachable(state) & CLOSED


def test_what_waits_for_a_person_is_open_and_not_on_its_way() -> None:
    assert not NEEDS_A_PERSON & CLOSED
    assert not NEEDS_A_PERSON & IN_FLIGHT


def test_nothing_is_called_delivered_that_was_never_sent() -> None:
    assert {state for state, after in MOVES.items() if State.DELIVERED in after} == {
        State.SENDING,
        State.IN_DOUBT,
        State.HELD,  # what was sent, and held before it was read back
    }
    assert {state for state, after in MOVES.items() if State.CONFIRMED in after} == {
        State.DELIVERED,
        State.DRIFTED,
    }


def test_what_may_have_left_the_house_is_never_simply_forgotten() -> None:
    by_the_house = {State.CAPTURED, State.MERGED, State.SUPERSEDED}
    for state in (State.SENDING, State.DELIVERED):
        assert not MOVES[state] & by_the_house
    # A level of which nobody knows whether it landed: a newer one stands, and is sent in its place.
    assert MOVES[State.IN_DOUBT] & by_the_house == {State.SUPERSEDED}
    assert {state for state, after in MOVES.items() if State.EXCLUDED in after} == {
        State.CAPTURED,
        State.MAPPED,
        *NEEDS_A_PERSON,
        State.WAITING,
        State.REFUSED,
    }


@pytest.mark.parametrize("before", STATES)
@pytest.mark.parametrize("after", STATES)
def test_an_entry_is_made_of_legal_moves_and_of_no_others(before: State, after: State) -> None:
    if after in MOVES[before]:
        assert entry(1, 2, before, (after,)).after is after
    else:
        with pytest.raises(Halt, match="cannot move"):
            entry(1, 2, before, (after,))


@given(st.sampled_from(STATES), PATHS)
def test_a_path_is_legal_where_each_of_its_steps_is(before: State, path: tuple[State, ...]) -> None:
    steps = zip((before, *path), path, strict=False)
    assert legal((before, *path)) == all(after in MOVES[start] for start, after in steps)


@given(PATHS)
def test_a_record_enters_by_being_captured(path: tuple[State, ...]) -> None:
    if path[0] is State.CAPTURED and legal(path):
        assert entry(1, 1, 0, path).after is path[-1]
    else:
        with pytest.raises(Halt):
            entry(1, 1, 0, path)


def test_the_words_and_the_numbers_of_the_accounts_are_kept_by_the_database() -> None:
    assert {state.word: int(state) for state in STATES} == {
        "captured": 1, "mapped": 2, "sending": 3, "delivered": 4, "confirmed": 5, "drifted": 6,
        "in_doubt": 7, "held": 8, "refused": 9, "excluded": 10, "merged": 11, "superseded": 12,
        "waiting": 13,
    }  # fmt: skip
