"""A world with two words: what lands at the office is despatched, and the shop is told once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from copy import deepcopy
from datetime import timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from counterfoil.rehearse.cast.estate import DESPATCHES
from counterfoil.rehearse.worlds import checkers
from counterfoil.rehearse.worlds.recipe import Recipe, despatching, drawn, quiet
from counterfoil.rehearse.worlds.runner import Result, Runner
from counterfoil.rehearse.worlds.snapshot import Row, Snapshot
from tests.worlds.test_worlds import cut_short

QUIET = despatching(quiet(1, 8))
LIVELY = replace(
    QUIET,
    orders=30,
    spread_s=20.0,
    cadence_s=5.0,
    lag_s=(1.0, 4.0),
    rates={
        "warehouse.part_shipped": 0.3,
        "warehouse.short_pick": 0.3,
        "warehouse.several_parcels": 0.3,
        "warehouse.late_tracking": 0.3,
        "warehouse.corrected": 0.2,
        "warehouse.voided": 0.2,
        "warehouse.lines_late": 0.3,
        "counter.moved_elsewhere": 0.4,
        "counter.timeout_after": 0.2,
        "counter.reset_after": 0.2,
        "counter.server_error_after": 0.2,
        "counter.timeout_before": 0.1,
        "counter.server_error_before": 0.1,
    },
)
"""Everything that befalls goods, and a shop that answers badly of them."""
EARLY = replace(
    QUIET,
    orders=30,
    spread_s=60.0,
    cadence_s=5.0,
    pick_s=(0.1, 0.5),
    rates={"wire.lost_after": 0.3},
)
"""Orders land and nobody is told, and are picked at once: their despatches come first."""


@pytest.fixture(scope="module")
def lively(runner: Runner) -> tuple[Result, Snapshot]:
    return runner.play(LIVELY)


def test_whatever_befalls_goods_the_shop_is_told_once(lively: tuple[Result, Snapshot]) -> None:
    result, snapshot = lively
    assert result.wrong == []
    assert len(snapshot.despatches) > 30
    befell = {name: result.reached.get(name, 0) for name in LIVELY.rates}
    assert [name for name, count in befell.items() if not count] == []


def test_what_is_told_is_amended_and_taken_back(lively: tuple[Result, Snapshot]) -> None:
    _, snapshot = lively
    details = [row["detail"] or "" for row in _beside(snapshot).entries()]
    assert sum('"act":"amend"' in detail for detail in details) > 0
    assert sum('"act":"cancel"' in detail for detail in details) > 0
    assert sum('"step":"place-2"' in detail for detail in details) > 0, "of two places two calls"


def test_a_despatch_that_comes_before_its_order_goes_when_that_has_landed(runner: Runner) -> None:
    result, snapshot = runner.play(EARLY)
    assert result.wrong == []
    assert result.fired["waits-for-another"] > 0
    assert result.fired["woken"] > 0
    assert {row["state"] for row in _beside(snapshot).newest().values()} == {CONFIRMED}


@pytest.mark.parametrize("seed", [2, 6, 8, 11])
def test_a_drawn_world_tells_every_despatch_once(runner: Runner, seed: int) -> None:
    result, _ = runner.play(despatching(cut_short(drawn(seed))))
    assert result.wrong == []


def test_twice_the_same_seed_is_the_same_world(runner: Runner) -> None:
    recipe: Recipe = replace(LIVELY, orders=12)
    first, second = (runner.play(recipe)[0] for _ in range(2))
    assert (first.digest, first.reached) == (second.digest, second.reached)


# --- every law can see ---

CONFIRMED = 5
Doctor = Callable[[Snapshot], object]
DOCTORS: dict[str, tuple[Doctor, str]] = {}


def _beside(snapshot: Snapshot) -> Snapshot:
    return snapshot.beside[DESPATCHES]


@pytest.fixture(scope="module")
def sound(runner: Runner) -> Snapshot:
    result, whole = runner.play(QUIET)
    assert result.wrong == []
    snapshot = _beside(whole)
    snapshot.tables = {name: [dict(row) for row in rows] for name, rows in snapshot.tables.items()}
    snapshot.told = list(snapshot.told)
    snapshot.despatches = list(snapshot.despatches)
    return snapshot


def doctor(begins: str) -> Callable[[Doctor], Doctor]:
    """What it does to a world must be found, in a sentence that begins so."""

    def noted(made: Doctor) -> Doctor:
        DOCTORS[made.__name__] = (made, begins)
        return made

    return noted


@doctor("f1")
def a_despatch_is_nowhere(snapshot: Snapshot) -> None:
    snapshot.tables["thread"].pop()


@doctor("f1")
def the_last_change_of_a_despatch_is_nowhere(snapshot: Snapshot) -> None:
    snapshot.tables["record"][0]["version"] -= timedelta(seconds=1)


@doctor("f1")
def a_record_is_of_no_despatch(snapshot: Snapshot) -> None:
    snapshot.despatches = snapshot.despatches[1:]


@doctor("f2")
def the_shop_was_not_told(snapshot: Snapshot) -> None:
    snapshot.told = snapshot.told[1:]


@doctor("f2")
def the_shop_was_told_twice(snapshot: Snapshot) -> None:
    first = snapshot.told[0]
    snapshot.told = [*snapshot.told, replace(first, key="9", tracking=())]


@doctor("f2")
def the_shop_was_told_of_what_never_left(snapshot: Snapshot) -> None:
    snapshot.told = [*snapshot.told, replace(snapshot.told[0], key="9", order="5")]


@doctor("f2")
def what_was_made_void_is_told_all_the_same(snapshot: Snapshot) -> None:
    snapshot.despatches = [
        replace(despatch, void=despatch is snapshot.despatches[0])
        for despatch in snapshot.despatches
    ]
    rows = [
        {**row, "state": 11 if row["key"] == snapshot.despatches[0].key else row["state"]}
        for row in snapshot.tables["record"]
    ]
    snapshot.tables = {**snapshot.tables, "record": rows}


def no_news(snapshot: Snapshot) -> Row:
    """The source says once more what the first despatch's target was sent; the record of that."""
    thread = snapshot.tables["thread"][0]
    (sent,) = (row for row in snapshot.tables["record"] if row["id"] == thread["sent"])
    newer = {**sent, "id": max(row["id"] for row in snapshot.tables["record"]) + 1, "state": 11}
    snapshot.tables["record"].append(newer)
    thread["newest"] = newer["id"]
    return sent


@doctor("f2")
def one_that_says_nothing_new_was_told_never(snapshot: Snapshot) -> None:
    """What is merged stands where it was sent: it is owed as before."""
    identity = snapshot.tables["thread"][0]["identity"]
    no_news(snapshot)
    snapshot.told = [told for told in snapshot.told if told.key != identity]


@pytest.mark.parametrize("state", [4, 5, 6, 7, 8])
def test_what_says_nothing_new_stands_where_it_was_sent(sound: Snapshot, state: int) -> None:
    snapshot = deepcopy(sound)
    sent = no_news(snapshot)
    sent["state"] = state
    row = snapshot.deciding()[sent["key"]]
    assert (row["id"], row["state"]) == (sent["id"], state)
    snapshot.tables["thread"][0]["sent"] = None
    assert snapshot.deciding()[sent["key"]]["state"] == 11, "nothing was sent of it"


@doctor("f3")
def more_was_told_than_ordered(snapshot: Snapshot) -> None:
    first = snapshot.told[0]
    more = {sku: count + 100 for sku, count in first.pieces.items()}
    snapshot.told = [replace(first, pieces=more), *snapshot.told[1:]]


@doctor("f4")
def a_number_is_nobodys(snapshot: Snapshot) -> None:
    snapshot.told = [replace(snapshot.told[0], tracking=("5",)), *snapshot.told[1:]]


@doctor("f5")
def what_is_called_told_is_not_there(snapshot: Snapshot) -> None:
    snapshot.tables["thread"][0]["identity"] = "5"


@doctor("p9")
def a_despatch_that_is_held_has_no_owner(snapshot: Snapshot) -> None:
    snapshot.tables["record"][0]["state"] = 8


@pytest.mark.parametrize(("made", "begins"), DOCTORS.values(), ids=DOCTORS.keys())
def test_what_is_wrong_in_one_thing_is_found(sound: Snapshot, made: Doctor, begins: str) -> None:
    snapshot = deepcopy(sound)
    made(snapshot)
    wrong = checkers.judge(snapshot, "fulfilment").wrong
    assert [sentence for sentence in wrong if sentence.startswith(begins)], wrong


def test_every_law_of_despatches_has_a_world_in_which_it_sees() -> None:
    laws = {name for name in _names() if name.startswith("f")}
    assert laws == {
        name for name in laws if any(name.startswith(begins) for _, begins in DOCTORS.values())
    }


def _names() -> Iterator[str]:
    checks: Any = checkers.CHECKS["fulfilment"]
    yield from (check.__name__.lstrip("_") for check in checks)
