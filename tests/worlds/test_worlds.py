"""Worlds: a few seeds, and those that once showed a defect, judged and repeated."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest

from counterfoil.rehearse.recipe import drawn
from counterfoil.rehearse.worlds import Ground, lay_out
from counterfoil.store.server import Server

KEPT = sorted(int(file.stem) for file in (Path(__file__).parent / "seeds").glob("*.txt"))


@pytest.fixture(scope="module")
def ground(run_server: Server) -> Ground:
    return Ground(asyncio.run(lay_out(run_server, f"worlds_{os.getpid()}")))


@pytest.mark.parametrize("seed", KEPT)
def test_a_seed_that_once_failed_stays_sound(ground: Ground, seed: int) -> None:
    result, _ = ground.play(drawn(seed))
    assert result.wrong == []


def test_twice_the_same_seed_is_the_same_world(ground: Ground) -> None:
    first, _ = ground.play(drawn(2))
    second, _ = ground.play(drawn(2))
    assert first.digest == second.digest
    assert first.reached == second.reached
    assert first.wrong == []
