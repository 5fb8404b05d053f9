"""Crash points: each once, and the end is that of the same seed without a crash."""

from __future__ import annotations

import asyncio
import os
from typing import Any

import pytest

from counterfoil.rehearse.crash import cell, uncrashed
from counterfoil.rehearse.worlds import Ground, lay_out
from counterfoil.store.server import Server
from counterfoil.values.strike import POINTS


@pytest.fixture(scope="module")
def ground(run_server: Server) -> Ground:
    return Ground(asyncio.run(lay_out(run_server, f"crash_{os.getpid()}")))


@pytest.fixture(scope="module")
def wanted(ground: Ground) -> Any:
    return uncrashed(ground, 1)[1]


@pytest.mark.parametrize("point", POINTS)
def test_a_crash_changes_nothing_in_the_end(ground: Ground, wanted: Any, point: str) -> None:
    result, found, hits = cell(ground, 1, point, "in recovery")
    assert (hits >= 1, result.wrong) == (True, [])
    assert found == wanted
