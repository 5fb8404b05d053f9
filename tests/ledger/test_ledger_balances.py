"""The balance: what entered always stands somewhere, in counts and to the penny."""

from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from counterfoil.ledger.account import IN_FLIGHT, MOVES, State
from counterfoil.ledger.balance import Standing, balance

CURRENCIES = ("GBP", "EUR", "JPY")
RECORD = st.tuples(
    st.integers(-(10**9), 10**9), st.sampled_from(CURRENCIES), st.lists(st.integers(0, 99))
)


def walked(choices: list[int]) -> State:
    """Where a record stands after these choices among its legal moves."""
    state = State.CAPTURED
    for choice in choices:
        ways = sorted(MOVES[state])
        state = ways[choice % len(ways)] if ways else state
    return state


def standings(records: list[tuple[int, str, list[int]]]) -> list[Standing]:
    counts: Counter[tuple[State, str]] = Counter()
    sums: Counter[tuple[State, str]] = Counter()
    for minor, currency, choices in records:
        account = walked(choices), currency
        counts[account] += 1
        sums[account] += minor
    return [Standing(*account, counts[account], sums[account]) for account in counts]


def listed(records: list[tuple[int, str, list[int]]]) -> dict[str, int]:
    money: Counter[str] = Counter()
    for minor, currency, _ in records:
        money[currency] += minor
    return dict(money)


@given(st.lists(RECORD, max_size=40))
def test_however_records_move_the_ledger_balances(
    records: list[tuple[int, str, list[int]]],
) -> None:
    found = balance(standings(records), listed=len(records), listed_minor=listed(records))
    assert found.balances
    assert found.accounted == len(records)
    assert all(one.difference_minor == 0 for one in found.money.values())
    assert found.in_flight == sum(walked(choices) in IN_FLIGHT for *_, choices in records)


@given(st.lists(RECORD, min_size=1, max_size=40), st.data())
def test_one_record_less_is_always_seen(
    records: list[tuple[int, str, list[int]]], data: st.DataObject
) -> None:
    at = data.draw(st.integers(0, len(records) - 1))
    lost = records[:at] + records[at + 1 :]
    found = balance(standings(lost), listed=len(records), listed_minor=listed(records))
    assert not found.balances


@given(st.lists(RECORD, min_size=1, max_size=40), st.integers(1, 10**6), st.booleans())
def test_one_penny_is_always_seen(
    records: list[tuple[int, str, list[int]]], pence: int, more: bool
) -> None:
    minor, currency, choices = records[0]
    changed = [(minor + (pence if more else -pence), currency, choices), *records[1:]]
    found = balance(standings(changed), listed=len(records), listed_minor=listed(records))
    assert not found.balances
    assert found.money[currency].difference_minor == (-pence if more else pence)


def test_two_errors_that_cancel_out_in_money_are_seen_by_their_keys() -> None:
    found = balance(
        [Standing(State.CONFIRMED, "GBP", 1, 100)], listed=1, listed_minor={"GBP": 100},
        missing=["a"], phantom=["b"],
    )  # fmt: skip
    assert (found.unaccounted, found.balances) == (2, False)


def test_currencies_never_make_up_for_each_other() -> None:
    found = balance([Standing(State.CONFIRMED, "EUR", 1, 100)], listed=1, listed_minor={"GBP": 100})
    assert not found.balances
    assert {code: one.difference_minor for code, one in found.money.items()} == {
        "EUR": -100,
        "GBP": 100,
    }


def test_a_source_that_was_not_asked_proves_nothing() -> None:
    found = balance([], listed=None, listed_minor={})
    assert not found.balances


def test_nothing_on_either_side_agrees_and_says_how_little_that_is() -> None:
    found = balance([], listed=0, listed_minor={})
    assert found.balances
    assert (found.listed, found.accounted, found.accounts, found.money) == (0, 0, {}, {})


def test_one_account_of_two_currencies_is_one_line() -> None:
    held = [Standing(State.HELD, "GBP", 2, 5), Standing(State.HELD, "EUR", 1, 7)]
    found = balance(held, listed=3, listed_minor={"GBP": 5, "EUR": 7})
    assert found.accounts == {"held": 3}
    assert found.balances
