"""P16: of two targets one hangs, and the route to the other keeps its latency."""

from __future__ import annotations

import pytest

from counterfoil.rehearse.worlds import hanging
from counterfoil.rehearse.worlds.recipe import Recipe
from counterfoil.rehearse.worlds.runner import Runner

HANGS = Recipe(
    seed=16,
    orders=60,
    spread_s=120.0,
    workers=2,
    kind="C",
    settle_s=12.0,
    lag_s=(0.1, 1.0),
    rates={},
    burst=5,
    hanging=True,
)
"""One target answers none of its calls for two minutes."""


def test_a_target_that_hangs_slows_no_other_route(runner: Runner) -> None:
    result, _ = runner.play(HANGS)
    assert result.wrong == []
    assert result.reached["office.hangs"] > 10
    assert result.fired["breaker-opened"] > 0
    assert result.fired["breaker-closed"] > 0


def test_an_order_that_is_late_would_be_told(
    runner: Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hanging, "LATENCY_S", 0.0)
    result, _ = runner.play(HANGS)
    assert any(one.startswith("p16_others_go_on") for one in result.wrong)
