"""Entries, sums and stubs are what they were made as: their defaults say nothing, and they stay."""

from __future__ import annotations

import hashlib

import pytest
from entries import entry

from counterfoil.ledger.account import IN_FLIGHT, MOVES, NEEDS_A_PERSON, State, legal
from counterfoil.ledger.balance import Balance, Standing, Sum, balance
from counterfoil.ledger.counterfoil import Counterfoil
from counterfoil.ledger.run import Run, chain, gathered
from counterfoil.values.errors import Halt
from counterfoil.values.ids import RecordId

AT = "2026-11-02T12:00:00Z"
C, M, S = State.CAPTURED, State.MAPPED, State.SENDING
NEW = entry(7, 1, 0, (C, M))

MAP = """
captured: mapped held waiting refused excluded merged superseded
mapped: sending drifted held waiting refused excluded merged superseded
sending: sending mapped delivered in_doubt held refused
delivered: confirmed drifted held
confirmed:
drifted: confirmed excluded
in_doubt: mapped delivered held excluded superseded
held: captured delivered excluded superseded
waiting: captured excluded superseded
refused: captured excluded superseded
excluded:
merged:
superseded:
"""


def test_the_map_of_the_accounts_is_this_one() -> None:
    rows = [row.partition(":") for row in MAP.strip().splitlines()]
    assert {state.word: {after.word for after in MOVES[state]} for state in State} == {
        word: set(after.split()) for word, _, after in rows
    }


def test_the_accounts_on_their_way_and_those_of_people_are_these() -> None:
    assert {C, M, S} == IN_FLIGHT
    assert {State.HELD, State.IN_DOUBT, State.DRIFTED} == NEEDS_A_PERSON


def test_a_path_of_one_account_makes_no_move() -> None:
    assert legal((State.MERGED,))
    assert legal((C, M, S))
    assert not legal((C, M, C))
    assert not legal((C, S, State.DELIVERED))


def test_an_illegal_move_is_told_with_its_record_and_its_steps() -> None:
    with pytest.raises(Halt) as caught:
        entry(7, 2, State.MERGED, (C, M))
    assert caught.value.said == "Record 7 cannot move from 11 to captured → mapped."
    assert caught.value.code == "illegal-move"


@pytest.mark.parametrize(
    "one",
    [NEW, Standing(C, "GBP", 1, 100), Sum(1, 1), Counterfoil("ab", "OR1"),
     balance([], listed=0, listed_minor={})],
    ids=lambda one: type(one).__name__,
)  # fmt: skip
def test_what_is_in_the_ledger_cannot_be_changed(one: object) -> None:
    for name in one.__struct_fields__:  # type: ignore[attr-defined]
        with pytest.raises(AttributeError):
            setattr(one, name, None)


def test_an_entry_stands_on_the_last_account_of_its_path_and_says_nothing_by_itself() -> None:
    assert (NEW.after, NEW.details) == (M, [""])


def told(text: str, before: bytes = b"before") -> bytes:
    """The digest of a posting that says this."""
    return hashlib.sha256(before + AT.encode() + text.encode()).digest()


def test_the_line_of_an_entry_is_told_to_the_letter() -> None:
    assert chain(b"before", AT, [NEW]) == told("7|1|0|1,2|")
    why = entry(7, 2, M, (S, State.HELD), '{"why":1}')
    assert chain(b"before", AT, [why]) == told('7|2|2|3,8|{"why":1}')


def test_a_digest_is_made_of_what_went_before_the_moment_and_the_lines_in_order() -> None:
    tenth, second = entry(10, 1, 0, (C,)), entry(7, 2, M, (S,))
    assert chain(b"before", AT, [tenth, second, NEW]) == told("7|1|0|1,2|\n7|2|2|3|\n10|1|0|1|")


def test_a_run_is_the_lines_of_its_records() -> None:
    several = Run(2, M, (S,), [RecordId(10), RecordId(7)], ["b", "a"])
    assert chain(b"before", AT, [several]) == told("7|2|2|3|a\n10|2|2|3|b")
    alike = Run(2, M, (S,), [RecordId(10), RecordId(7)], ["x"])
    assert chain(b"before", AT, [alike]) == told("7|2|2|3|x\n10|2|2|3|x")


def test_what_moved_alike_is_gathered_and_what_is_said_of_all_is_said_once() -> None:
    moves = [
        (7, 1, 0, (C,), ""),
        (8, 1, 0, (C, M), "a"),
        (9, 1, 0, (C,), ""),
        (6, 1, 0, (C, M), "b"),
        (5, 2, M, (S,), ""),
    ]
    assert gathered((RecordId(one), *more) for one, *more in moves) == [
        Run(1, 0, (C,), [RecordId(7), RecordId(9)], [""]),
        Run(1, 0, (C, M), [RecordId(8), RecordId(6)], ["a", "b"]),
        Run(2, M, (S,), [RecordId(5)], [""]),
    ]
    assert gathered([]) == []


@pytest.mark.parametrize(("records", "details"), [([7, 8], []), ([7, 8, 9], ["a", "b"]),
                                                  ([7], ["a", "b"]), ([], [])])  # fmt: skip
def test_what_a_run_says_fits_its_records(records: list[int], details: list[str]) -> None:
    with pytest.raises(Halt) as caught:
        Run(1, 0, (C,), [RecordId(one) for one in records], details)
    assert caught.value.code == "uneven-run"


def test_a_stub_of_which_little_is_known_says_little() -> None:
    assert Counterfoil("ab", "OR1").text() == '{"counterfoil":{"identity":"OR1","sent":"ab"}}'
    stub = Counterfoil("ab", "OR1")
    assert (stub.number, stub.answered, stub.attempt, stub.looked_up) == ("", "", 1, False)
    full = Counterfoil("ab", "OR1", "1001", "cd", 3, looked_up=True)
    assert full.text() == (
        '{"counterfoil":{"answered":"cd","attempt":3,"found":true,"identity":"OR1",'
        '"number":"1001","sent":"ab"}}'
    )


def test_a_balance_counts_and_sums_each_account_and_names_what_stands_on_one_side() -> None:
    found = balance(
        [Standing(C, "GBP", 2, 30), Standing(M, "GBP", 1, 5), Standing(S, "JPY", 4, 7),
         Standing(State.HELD, "GBP", 3, 11), Standing(C, "JPY", 1, 1)],
        listed=12, listed_minor={"GBP": 50, "USD": 9}, missing=["a", "b"], phantom=["c"],
    )  # fmt: skip
    assert found.accounts == {"captured": 3, "mapped": 1, "sending": 4, "held": 3}
    assert (found.accounted, found.in_flight, found.unaccounted) == (11, 8, 3)
    assert found.money == {"GBP": Sum(50, 46), "JPY": Sum(0, 8), "USD": Sum(9, 0)}
    assert list(found.money) == ["GBP", "JPY", "USD"]
    assert (found.missing, found.phantom) == (("a", "b"), ("c",))
    assert [one.difference_minor for one in found.money.values()] == [4, -8, 9]


@pytest.mark.parametrize(
    ("listed", "pence", "missing", "phantom", "agrees"),
    [
        (2, 30, [], [], True),
        (3, 30, [], [], False),
        (1, 30, [], [], False),
        (2, 29, [], [], False),
        (2, 31, [], [], False),
        (2, 30, ["a"], [], False),
        (2, 30, [], ["a"], False),
        (None, 30, [], [], False),
    ],
)
def test_a_route_balances_where_everything_agrees_and_nowhere_else(
    listed: int | None, pence: int, missing: list[str], phantom: list[str], agrees: bool
) -> None:
    found = balance(
        [Standing(State.CONFIRMED, "GBP", 2, 30)],
        listed=listed, listed_minor={"GBP": pence}, missing=missing, phantom=phantom,
    )  # fmt: skip
    assert found.balances is agrees


def test_a_balance_that_names_nobody_has_nobody_on_one_side() -> None:
    found = Balance(listed=0, accounts={}, money={})
    assert (found.missing, found.phantom, found.unaccounted) == ((), (), 0)
