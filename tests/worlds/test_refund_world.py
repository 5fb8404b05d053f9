"""A world in which money goes back: each refund is credited once, and to the penny."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pytest
from msgspec.structs import replace

from counterfoil.rehearse.cast.estate import REFUNDS
from counterfoil.rehearse.worlds import checkers
from counterfoil.rehearse.worlds.recipe import drawn, quiet, repaying
from counterfoil.rehearse.worlds.runner import Result, Runner
from counterfoil.rehearse.worlds.snapshot import Snapshot

QUIET = repaying(quiet(1, 12))
BAD = replace(
    QUIET,
    orders=24,
    spread_s=12.0,
    cadence_s=5.0,
    rates={
        **QUIET.rates,
        "office.timeout_after": 0.2,
        "office.reset_after": 0.1,
        "wire.lost_after": 0.1,
        "shop.read_timeout": 0.05,
    },
)
"""Answers are lost on both sides while money goes back in every way."""


@pytest.fixture(scope="module")
def played(runner: Runner) -> tuple[Result, Snapshot]:
    return runner.play(BAD)


def judged(snapshot: Snapshot, **changes: Any) -> list[str]:
    """What is wrong with the refunds of a world, were these of its members otherwise."""
    beside = replace(snapshot.beside[REFUNDS], **changes)
    return [sentence.partition(":")[0] for sentence in checkers.judge(beside, "refund").wrong]


def test_whatever_befalls_them_refunds_are_credited_once(played: tuple[Result, Snapshot]) -> None:
    result, snapshot = played
    assert result.wrong == []
    assert result.documents["refund"] == len(snapshot.paid_back) > 5
    assert len(snapshot.credited) > 2
    assert result.reached["office.timeout_after"]


def test_some_worlds_are_drawn_so() -> None:
    words = [drawn(seed).words for seed in range(60)]
    assert 3 <= sum("refund" in row for row in words) < 20
    assert all(len(row) <= 3 for row in words)


WRONG: dict[str, tuple[str, Callable[[Snapshot], dict[str, Any]]]] = {
    "one is nowhere": (
        "r1_nothing_lost",
        lambda whole: {"paid_back": (*whole.paid_back, whole.paid_back[0]._replace(key="1"))},
    ),
    "its last change is nowhere": (
        "r1_nothing_lost",
        lambda whole: {"paid_back": [row._replace(changed_s=2**31) for row in whole.paid_back]},
    ),
    "one is of no shop": ("r1_nothing_lost", lambda whole: {"paid_back": whole.paid_back[1:]}),
    "one is credited twice": (
        "r2_once",
        lambda whole: {"credited": (*whole.credited, whole.credited[0])},
    ),
    "one is not there": ("r3_to_the_penny", lambda whole: {"credited": whole.credited[1:]}),
    "a penny is missing": (
        "r3_to_the_penny",
        lambda whole: {
            "credited": [
                row._replace(measure=row.measure._replace(amount=row.measure.amount - 1))
                for row in whole.credited
            ]
        },
    ),
    "a credit is of nothing": (
        "r4_of_refunds_alone",
        lambda whole: {"credited": (*whole.credited, whole.credited[0]._replace(reference="R-1"))},
    ),
}


@pytest.mark.parametrize("what", WRONG)
def test_each_law_is_red_where_it_is_broken(what: str, played: tuple[Result, Snapshot]) -> None:
    law, spoil = WRONG[what]
    snapshot = deepcopy(played[1])
    assert judged(snapshot) == []
    assert law in judged(snapshot, **spoil(snapshot))
