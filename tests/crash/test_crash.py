"""Crash points: each once, and the end is that of the same seed without a crash."""

from __future__ import annotations

import asyncio
import os
import shlex
from itertools import islice
from typing import Any

import msgspec
import pytest

from counterfoil.model.words import Word
from counterfoil.rehearse.worlds import crash
from counterfoil.rehearse.worlds.crash import (
    ROUND,
    Cell,
    Form,
    Found,
    Struck,
    cells,
    struck,
    uncrashed,
)
from counterfoil.rehearse.worlds.runner import Runner, new_database
from counterfoil.store.server import Server
from counterfoil.values.strike import POINTS


@pytest.fixture(scope="module")
def runner(run_server: Server) -> Runner:
    return Runner(asyncio.run(new_database(run_server, f"crash_{os.getpid()}")))


@pytest.fixture(scope="module")
def wanted(runner: Runner) -> Any:
    return uncrashed(runner, 1)[1]


@pytest.fixture(scope="module")
def ends(runner: Runner) -> Any:
    """The end without a crash of each word that moves beside orders."""
    return {word: uncrashed(runner, 1, word)[1] for word in crash.PLAYED[1:]}


@pytest.mark.parametrize("form", crash.FORMS)
@pytest.mark.parametrize("point", POINTS)
def test_a_crash_changes_nothing_in_the_end(
    runner: Runner, wanted: Any, point: str, form: Form
) -> None:
    found = struck(runner, Cell(1, point, form), wanted)
    assert found.wrong == ()
    assert found.hits >= 1


@pytest.mark.parametrize(
    ("word", "form", "point"),
    [
        (word, form, point)
        for word in crash.PLAYED[1:]
        for form in crash.FORMS
        for point in POINTS
        if (word, point) not in crash.UNREACHED
        and (word == "fulfilment" or form == "recovery")  # which dies as often, and once more
    ],
)
def test_a_crash_over_what_moves_beside_orders_changes_nothing_in_the_end(
    runner: Runner, ends: Any, word: Word, point: str, form: Form
) -> None:
    found = struck(runner, Cell(1, point, form, word=word), ends[word])
    assert found.wrong == ()
    assert found.hits >= 1


def test_in_these_worlds_all_of_it_is_told(ends: Any) -> None:
    assert sum(len(told) for *_, told in ends["fulfilment"].values()) >= 5
    assert len(ends["stock"]["shop"][-1]) >= 3
    assert len(ends["product"]["shop"][-1]) >= 12


def test_another_end_than_without_the_crash_is_wrong(runner: Runner, wanted: Any) -> None:
    (first, *_) = wanted
    found = struck(runner, Cell(1, "C9", "first"), {**wanted, first: (0, 0, "", (), ())})
    assert found.wrong == ("another end than without the crash",)


def test_in_recovery_a_worker_dies_where_the_one_before_it_died() -> None:
    assert sorted(Cell(1, "C9", "first", 3).strikes) == [3, 7, 11, 15]
    assert sorted(Cell(1, "C9", "recovery", 3).strikes) == [3, 4, 7, 8, 11, 12, 15, 16]


def test_every_point_has_had_its_turn_in_both_forms_before_any_has_another() -> None:
    first = [(cell.word, cell.point, cell.form) for cell in islice(cells(1), ROUND)]
    reached = [
        (word, point)
        for word in crash.PLAYED
        for point in POINTS
        if (word, point) not in crash.UNREACHED
    ]
    assert sorted(first) == sorted((*place, form) for place in reached for form in crash.FORMS)


def test_a_failure_ends_with_the_command_that_plays_this_cell_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    cell = Cell(7, "C9", "recovery", 3)
    found = Found(7)
    found.hear(msgspec.json.encode(Struck(cell, 1, ("an order is nowhere",))))
    (failure,) = found.layer(1.0, 2).failures
    said, _, command = failure.removesuffix(")").partition(" (")
    assert said == "order C9 recovery, pass 3, seed 7: an order is nowhere"
    asked: list[Cell] = []
    monkeypatch.setattr(crash, "runners", _nowhere)
    monkeypatch.setattr(crash, "uncrashed", lambda *_: (None, None))
    monkeypatch.setattr(crash, "struck", lambda _, one, __: asked.append(one) or Struck(one, 0, ()))
    assert crash.main(shlex.split(command)[3:]) == 0
    assert asked == [cell]


def test_a_point_that_was_never_struck_is_red_after_a_whole_round() -> None:
    found = Found(1)
    for cell in islice(cells(1), ROUND):
        hits = int((cell.word, cell.point, cell.form) != ("order", "C16", "recovery"))
        found.hear(msgspec.json.encode(Struck(cell, hits, ())))
    (failure,) = found.layer(1.0, 2).failures
    assert failure.startswith(f"Never struck in {ROUND} cells: order C16 recovery ")


def test_too_little_time_for_a_round_is_said_and_is_no_failure() -> None:
    layer = Found(1).layer(1.0, 2)
    assert layer.failures == ()
    assert layer.notes == (f"Too little time for the whole matrix: 0 of {ROUND} cells.",)


class _nowhere:
    def __init__(self, count: int) -> None: ...
    def __enter__(self) -> tuple[None]:
        return (None,)

    def __exit__(self, *_: object) -> None: ...
