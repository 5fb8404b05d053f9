"""A call goes where most would be sold that is not there; what is certain costs nothing."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from counterfoil.flows.oversell import (
    Demand,
    Expected,
    Stale,
    beyond,
    choose,
    loss,
    share,
    together,
    worth_a_call,
)

PIECES = st.integers(0, 1000)
EXPECTED = st.builds(Expected, st.floats(0, 50), st.floats(1, 500))
STALE = st.builds(Stale, st.text("AB", min_size=1, max_size=3), st.sampled_from(["web", "store"]),
                  st.floats(0, 9), PIECES)  # fmt: skip
WEEK_S = 604_800.0


@given(PIECES, PIECES, EXPECTED)
def test_a_pool_that_shows_no_more_than_there_is_oversells_nothing(
    shown: int, true: int, expected: Expected
) -> None:
    pieces = loss(shown, true, expected)
    assert pieces >= 0
    assert pieces <= expected.purchases * expected.usual
    if shown <= true:
        assert pieces == 0


@given(PIECES, st.integers(1, 100), st.integers(1, 100), EXPECTED)
def test_the_less_there_is_and_the_more_is_shown_the_more_it_costs(
    true: int, over: int, more: int, expected: Expected
) -> None:
    assert loss(true + over + more, true, expected) >= loss(true + over, true, expected)
    assert loss(true + over, true, expected) >= loss(true + over + more, true + more, expected)


def test_a_negative_level_costs_what_an_empty_shelf_costs() -> None:
    assert beyond(-5, Expected(1, 4)) == beyond(0, Expected(1, 4)) == 4


def test_what_was_bought_long_ago_counts_less() -> None:
    demand = Demand()
    demand.bought(10, 0.0)
    nobody = Expected(0, 1)
    today = demand.expected(nobody, WEEK_S, 0.0)
    later = demand.expected(nobody, WEEK_S, WEEK_S)
    assert later.purchases == pytest.approx(today.purchases / 2)


def test_what_nobody_bought_yet_may_still_be_bought() -> None:
    prior = Expected(0.1, 10)
    assert Demand().expected(prior, 600, 0.0) == prior


def test_a_sku_that_sells_each_hour_is_expected_to_sell_again() -> None:
    demand = Demand()
    for hour in range(24 * 7 * 20):
        demand.bought(3, hour * 3600.0)
    expected = demand.expected(Expected(0, 1), 3600, 24 * 7 * 20 * 3600.0)
    assert expected.purchases == pytest.approx(1, rel=0.02)
    assert expected.usual == pytest.approx(3, rel=0.02)


@given(st.lists(STALE, unique_by=lambda level: (level.sku, level.pool)), st.integers(0, 3))
def test_the_costliest_pools_are_told_and_none_twice(stale: list[Stale], calls: int) -> None:
    chosen = choose(stale, calls, 2)
    assert len(chosen) == min(len(stale), calls * 2)
    rest = [level for level in stale if level not in chosen]
    assert all(told.loss >= level.loss for told in chosen for level in rest)
    assert choose(list(reversed(stale)), calls, 2) == chosen


@given(st.floats(0, 10), st.floats(0, 3), st.floats(0, 3))
def test_the_more_calls_are_left_the_less_must_be_at_stake(
    expected: float, left: float, more: float
) -> None:
    assert worth_a_call(expected, 1.0, left + more) or not worth_a_call(expected, 1.0, left)


def test_with_most_of_a_day_s_calls_left_what_is_usual_is_worth_one() -> None:
    assert worth_a_call(1.0, 1.0, 0.7)
    assert not worth_a_call(0.99, 1.0, 0.7)


@given(PIECES, st.lists(EXPECTED, min_size=2, max_size=5))
def test_shares_of_what_is_scarce_never_come_to_more_than_there_is(
    true: int, pools: list[Expected]
) -> None:
    others = [together(pools[:at] + pools[at + 1 :]) for at in range(len(pools))]
    shares = [share(true, mine, theirs) for mine, theirs in zip(pools, others, strict=True)]
    assert all(0 <= pieces <= true for pieces in shares)
    if all(pieces < true for pieces in shares):
        assert sum(shares) <= true


def test_what_others_will_not_miss_is_shown_whole() -> None:
    assert share(100_000, Expected(1, 4), Expected(1, 4)) == 100_000
    assert share(7, Expected(1, 4), together([])) == 7
    assert share(8, Expected(3, 4), Expected(1, 4)) == 6
    assert share(-2, Expected(3, 4), Expected(1, 4)) == 0
