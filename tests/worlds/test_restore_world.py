"""Restores: an old copy is put back, and the end is that of the same hours without any restore."""

from __future__ import annotations

import asyncio
import os

import pytest

from counterfoil.rehearse.worlds import drill, restore
from counterfoil.rehearse.worlds.drill import BROKEN, KINDS, MOMENTS, Drill
from counterfoil.rehearse.worlds.restore import End, play, undisturbed
from counterfoil.rehearse.worlds.runner import Runner, new_database
from counterfoil.store.server import Server

LOST_S = 400.0  # of virtual time: here an hour of a smaller shop
SEED = 1
FEW = (0, 2, 3, 4, 5, 16)


@pytest.fixture(scope="module")
def runner(run_server: Server) -> Runner:
    return Runner(asyncio.run(new_database(run_server, f"restores_{os.getpid()}")))


@pytest.fixture(scope="module")
def wanted(runner: Runner) -> End:
    result, end = undisturbed(runner, Drill.of(SEED, 0, LOST_S))
    assert result.wrong == []
    return end


@pytest.mark.parametrize("number", FEW)
def test_a_restore_changes_nothing_in_the_end(runner: Runner, wanted: End, number: int) -> None:
    found = play(runner, Drill.of(SEED, number, LOST_S), wanted)
    assert found.wrong == []
    assert found.told.lost > 5
    assert found.told.refused >= 1
    assert bool(found.shown) is (found.drill.kind == "D")


def test_the_few_meet_every_moment_and_every_broken_attempt() -> None:
    drills = [Drill.of(SEED, number) for number in FEW]
    assert {one.moment for one in drills} == set(MOMENTS)
    assert {one.broken for one in drills} == set(BROKEN)
    everyone = [Drill.of(SEED, number) for number in range(restore.DRILLS)]
    assert len({(one.kind, one.moment) for one in everyone}) == len(KINDS) * len(MOMENTS)


def test_a_database_that_does_not_know_that_it_is_a_copy_is_noticed(
    runner: Runner, wanted: End, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(drill, "script", lambda at, by: "")
    found = play(runner, Drill.of(SEED, 0, LOST_S), wanted)
    told = "; ".join(found.wrong)
    assert "could be switched on before anything was counted" in told
    assert "writes before a person switched on" in told
    assert "is at the target 2 times" in told


def test_the_same_drill_twice_is_the_same_world(runner: Runner, wanted: End) -> None:
    first, second = (play(runner, Drill.of(SEED, 0, LOST_S), wanted) for _ in range(2))
    assert first.result.digest == second.result.digest
