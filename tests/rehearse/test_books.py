"""The books of a route: both systems' own, document by document, and the journal for the rest."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest
from msgspec.structs import replace

from counterfoil.ledger.account import State
from counterfoil.rehearse.cast.book import Booked
from counterfoil.rehearse.cast.estates import Way
from counterfoil.rehearse.demo.books import Books, Money, Pieces, Played, compare

WAY = Way("shop", "office", "shop-")
HERE = (Booked("1", "#1001", 1250, "GBP", 3), Booked("2", "#1002", 5, "GBP", 1))
THERE = (Booked("91", "shop-1", 1250, "", 3), Booked("92", "shop-2", 5, "", 1))
CONFIRMED = {"1": State.CONFIRMED, "2": State.CONFIRMED}


def books(
    here: Sequence[Booked] = HERE,
    there: Sequence[Booked] = THERE,
    states: Mapping[str, State] = CONFIRMED,
) -> Books:
    return compare(WAY.prefix, here, there, states)


def played(found: Books, **balance: int) -> Played:
    """A route with these books, and a journal that has accounted for everything but `balance`."""
    return Played(
        document="order",
        source=WAY.source,
        target=WAY.target,
        balance={"unaccounted": 0, "in_flight": 0, **balance},
        money=found.money,
        pieces=found.pieces,
        difference=found.difference,
        strays=found.strays,
        holds=[],
    )


def test_what_is_on_both_sides_balances() -> None:
    found = books()
    assert found.money == {"GBP": Money(1255, 1255, 0, 0, 0)}
    assert found.pieces == Pieces(4, 4, 0, 0, 0)
    assert played(found).balanced


@pytest.mark.parametrize(
    "state", [State.HELD, State.IN_DOUBT, State.REFUSED, State.EXCLUDED, State.WAITING]
)
def test_what_the_journal_says_did_not_arrive_is_not_there(state: State) -> None:
    found = books(there=THERE[:1], states={**CONFIRMED, "2": state})
    assert found.money == {"GBP": Money(1255, 1250, 5, 0, 0)}
    assert found.pieces == Pieces(4, 3, 1, 0, 0)
    assert played(found).balanced


@pytest.mark.parametrize("state", [State.DRIFTED, State.HELD, State.IN_DOUBT])
def test_what_the_journal_says_differs_is_told(state: State) -> None:
    there = (THERE[0], replace(THERE[1], minor=6, pieces=2))
    found = books(there=there, states={**CONFIRMED, "2": state})
    assert found.money == {"GBP": Money(1255, 1256, 0, -1, 0)}
    assert found.pieces == Pieces(4, 5, 0, -1, 0)
    assert played(found).balanced


@pytest.mark.parametrize("state", [State.CONFIRMED, State.DELIVERED, State.MERGED])
def test_a_penny_that_nobody_tells_of_is_a_difference(state: State) -> None:
    there = (THERE[0], replace(THERE[1], minor=6))
    found = books(there=there, states={**CONFIRMED, "2": state})
    assert found.difference == {"GBP": 1}
    assert not played(found).balanced


def test_a_piece_that_nobody_tells_of_is_one_too() -> None:
    found = books(there=(replace(THERE[0], pieces=2), THERE[1]))
    assert (found.difference, found.pieces.difference) == ({"GBP": 0}, 1)
    assert not played(found).balanced


def test_two_mistakes_do_not_make_nought() -> None:
    found = books(there=(replace(THERE[0], minor=1249), replace(THERE[1], minor=6)))
    assert found.money["GBP"].target_minor == found.money["GBP"].source_minor
    assert found.difference == {"GBP": 2}


@pytest.mark.parametrize("state", [None, State.CAPTURED, State.SENDING, State.CONFIRMED])
def test_what_is_not_there_and_should_be_is_a_difference(state: State | None) -> None:
    states = {"1": State.CONFIRMED} | ({} if state is None else {"2": state})
    assert books(there=THERE[:1], states=states).difference == {"GBP": 5}


def test_what_is_there_and_the_journal_has_never_heard_of_is_told_by_nobody() -> None:
    there = (THERE[0], replace(THERE[1], minor=6))
    assert books(there=there, states={"1": State.CONFIRMED}).difference == {"GBP": 1}


def test_what_landed_twice_is_twice_the_money() -> None:
    found = books(there=(*THERE, replace(THERE[0], key="93")))
    assert found.difference == {"GBP": 1250}


def test_another_sources_documents_are_none_of_this_route() -> None:
    other = Booked("94", "store-1", 999, "", 9)
    assert books(there=(*THERE, other)) == books()


def test_a_reference_that_the_source_does_not_know_is_a_stray() -> None:
    found = books(there=(*THERE, Booked("94", "shop-3", 999, "", 9)))
    assert found.strays == 1
    assert not played(found).balanced


@pytest.mark.parametrize("word", ["unaccounted", "in_flight"])
def test_the_journal_must_balance_too(word: str) -> None:
    assert not played(books(), **{word: 1}).balanced
