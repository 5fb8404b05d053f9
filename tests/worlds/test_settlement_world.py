"""A world with payouts: each comes to the bank once, and leaves the clearing account at zero."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pytest
from msgspec.structs import replace

from counterfoil.rehearse.cast import books
from counterfoil.rehearse.cast.estate import BANK, PAYOUTS
from counterfoil.rehearse.worlds import checkers
from counterfoil.rehearse.worlds.recipe import paying_out, quiet
from counterfoil.rehearse.worlds.runner import Result, Runner
from counterfoil.rehearse.worlds.snapshot import Snapshot

BAD = replace(
    paying_out(replace(quiet(1, 24), spread_s=60.0, unmapped=0)),
    kind="B",
    cadence_s=5.0,
    workers=2,
    rates={
        "life.goodwill": 0.1,
        "life.returned": 0.1,
        f"{books.SIDE}.timeout_after": 0.15,
        f"{books.SIDE}.reset_after": 0.15,
        f"{books.SIDE}.server_error_after": 0.15,
        "wire.lost_after": 0.05,
    },
    kill_every_s=15.0,
)
"""Answers of the books are lost, and workers die, while money comes, goes back and is paid out."""


@pytest.fixture(scope="module")
def played(runner: Runner) -> tuple[Result, Snapshot]:
    return runner.play(BAD)


def judged(snapshot: Snapshot, **changes: Any) -> list[str]:
    """What is wrong with the payouts of a world, were these of its members otherwise."""
    beside = replace(snapshot.beside[PAYOUTS], **changes)
    return [sentence.partition(":")[0] for sentence in checkers.judge(beside, "settlement").wrong]


def test_whatever_befalls_them_payouts_come_to_the_bank_once(
    played: tuple[Result, Snapshot],
) -> None:
    result, snapshot = played
    assert result.wrong == []
    paid = [payout for payout in snapshot.payouts if payout.facts["status"] == "PAID"]
    assert len(paid) > 1
    assert result.documents["settlement"] == len(snapshot.payouts)
    assert result.documents["refund"] > 0
    assert any(row.facts["account"] == BANK for row in snapshot.accounts)
    met = [name for name in result.reached if name.startswith(f"{books.SIDE}.")]
    assert len(met) > 1


def at_bank(snapshot: Snapshot) -> Any:
    return next(row for row in snapshot.accounts if row.facts["account"] == BANK)


WRONG: dict[str, tuple[str, Callable[[Snapshot], dict[str, Any]]]] = {
    "one is nowhere": (
        "s1_nothing_lost",
        lambda whole: {"payouts": (*whole.payouts, whole.payouts[0]._replace(key="1"))},
    ),
    "what became of it is nowhere": (
        "s1_nothing_lost",
        lambda whole: {"payouts": [row._replace(changed_s=2**31) for row in whole.payouts]},
    ),
    "one was never made": ("s1_nothing_lost", lambda whole: {"payouts": whole.payouts[1:]}),
    "one is posted twice": (
        "s2_at_the_bank_once",
        lambda whole: {"accounts": (*whole.accounts, at_bank(whole))},
    ),
    "one did not come": (
        "s2_at_the_bank_once",
        lambda whole: {"accounts": [row for row in whole.accounts if row is not at_bank(whole)]},
    ),
    "one is not paid": (
        "s2_at_the_bank_once",
        lambda whole: {
            "payouts": [row._replace(facts={"status": "SCHEDULED"}) for row in whole.payouts]
        },
    ),
    "what the provider kept is not posted": (
        "s3_cleared",
        lambda whole: {
            "accounts": [row for row in whole.accounts if not row.reference.endswith("-costs")]
        },
    ),
}


@pytest.mark.parametrize("what", WRONG)
def test_each_law_is_red_where_it_is_broken(what: str, played: tuple[Result, Snapshot]) -> None:
    law, spoil = WRONG[what]
    snapshot = deepcopy(played[1])
    assert judged(snapshot) == []
    assert law in judged(snapshot, **spoil(snapshot))
