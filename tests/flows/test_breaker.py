"""The breaker's count: what opens it, what never does, and how long it is open."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from counterfoil.flows.breaker import APART_S, LASTING_S, MISSES, Breaker, gives_up, wait_s
from counterfoil.kit.connector import Written
from counterfoil.values.clock import Instant, instant, later, seconds_between
from counterfoil.values.errors import (
    QUOTA_SPENT,
    CounterfoilError,
    Hold,
    Refuse,
    Retry,
    Settle,
    SignIn,
)

START = instant("2026-11-02T12:00:00Z")
SILENCES = [
    Retry("It could not be reached.", code="unreachable"),
    Retry("It did not answer.", code="no-answer"),
    Settle("It did not answer."),
    SignIn("It lets nobody in."),
]
ANSWERS = [
    Written("id-1"),
    Retry("It is busy.", code="busy"),
    Retry("Try later."),
    Hold("Nobody knows."),
    Refuse("Never."),
]

calls = st.lists(st.tuples(st.booleans(), st.floats(0.0, 2 * APART_S)), max_size=40)
"""Calls one after another: whether each was answered, and the seconds since the one before."""


@given(calls)
def test_it_opens_where_only_silence_was_met_for_long_enough_and_only_there(
    played: list[tuple[bool, float]],
) -> None:
    breaker, now, silence = Breaker(), START, list[Instant]()
    for answered, after_s in played:
        now = later(now, after_s)
        if answered:
            breaker.heard()
            silence = []
        else:
            apart = bool(silence) and seconds_between(silence[-1], now) > APART_S
            silence = [now] if apart else [*silence, now]
            breaker.missed(now, "nothing")
        long = bool(silence) and seconds_between(silence[0], now) >= LASTING_S
        assert breaker.opens is (len(silence) >= MISSES and long)


@given(calls)
def test_one_answer_begins_the_count_anew(played: list[tuple[bool, float]]) -> None:
    breaker, now = Breaker(), START
    for _, after_s in played:
        now = later(now, after_s)
        breaker.missed(now, "nothing")
    breaker.heard()
    for _ in range(MISSES - 1):
        now = later(now, LASTING_S)
        breaker.missed(now, "nothing")
        assert not breaker.opens
    breaker.missed(now, "nothing")
    assert breaker.opens


@given(st.integers(0, 10_000))
def test_a_probe_comes_within_a_minute_and_never_at_once(probes: int) -> None:
    assert 5.0 <= wait_s(probes) <= wait_s(probes + 1) <= 60.0


def test_a_page_of_many_that_fail_together_is_a_blip() -> None:
    breaker = Breaker()
    for _ in range(250):
        breaker.met([SILENCES[0]], START)
    assert not breaker.opens


@pytest.mark.parametrize("answer", ANSWERS)
def test_one_answer_in_a_batch_tells_that_somebody_is_there(
    answer: Written | CounterfoilError,
) -> None:
    breaker = Breaker()
    breaker.met(SILENCES, START)
    assert breaker.misses == 1
    breaker.met([*SILENCES, answer], START)
    assert breaker.misses == 0


@pytest.mark.parametrize("error", SILENCES)
def test_silence_gives_up_no_record(error: CounterfoilError) -> None:
    assert not gives_up(error)


def test_a_call_without_results_says_nothing_of_silence() -> None:
    breaker = Breaker()
    breaker.met([], START)
    assert not breaker.misses


def test_a_quota_that_is_spent_opens_it_at_once_and_until_it_is_there_again() -> None:
    breaker, spent = Breaker(), Retry("The calls are spent.", after_s=7200.0, code=QUOTA_SPENT)
    breaker.met([spent, spent], START)
    assert breaker.opens
    assert breaker.rests == later(START, 7200)
    assert not gives_up(spent)
    breaker.met([spent, Written("id-1")], START)
    assert not breaker.opens
    assert breaker.rests is None
