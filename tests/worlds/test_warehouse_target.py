"""Worlds whose target is a warehouse: heads and rows by three calls, of which nothing is lost."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from counterfoil.rehearse.cast import warehouse
from counterfoil.rehearse.worlds.recipe import Recipe, lively
from counterfoil.rehearse.worlds.runner import Runner

RARE = ("lines_failed", "row_refused")
"""What leaves a part of an order there, which a person finishes."""

BAD = Recipe(
    seed=1,
    orders=24,
    spread_s=6.0,
    workers=2,
    kind="B",
    settle_s=12.0,
    lag_s=(0.3, 3.0),
    rates={
        **{f"wms.{name}": 0.05 for name in warehouse.CATALOGUE if name not in RARE},
        **{f"wms.{name}": 0.01 for name in RARE},
        **{f"picking.{name}": 0.2 for name in warehouse.DAY},
        "wire.lost_after": 0.05,
        "wire.lost_before": 0.05,
        "hook.unheard": 0.1,
    },
    database=0.003,
    pause_every_s=10.0,
    kill_every_s=10.0,
    target=warehouse.CONNECTION,
)
"""Everything goes wrong, and workers die between the calls of a write."""


@pytest.mark.parametrize("seed", range(1, 7))
def test_an_order_is_there_once_or_a_person_is_told(runner: Runner, seed: int) -> None:
    result, _ = runner.play(replace(BAD, seed=seed))
    assert result.wrong == []
    assert (result.losses, result.duplicates_ab, result.undetected) == (0, 0, 0)
    assert result.reached["worker.killed"] + result.reached["wms.timeout_after"] > 0


@pytest.mark.parametrize("seed", range(1, 4))
def test_orders_that_are_edited_paid_and_cancelled_are_there_as_they_are(
    runner: Runner, seed: int
) -> None:
    result, _ = runner.play(lively(replace(BAD, seed=seed)))
    assert result.wrong == []
    assert any(result.reached.get(f"picking.{name}") for name in warehouse.DAY)


def test_a_quiet_world_ends_with_every_order_confirmed(runner: Runner) -> None:
    quiet = replace(BAD, rates={}, database=0.0, pause_every_s=0.0, kill_every_s=0.0)
    result, snapshot = runner.play(quiet)
    assert result.wrong == []
    mailed = {key for key, sold in snapshot.sold.items() if sold.sale.email}
    assert snapshot.held.keys() == mailed  # nobody can be told of the others, and each is held
    assert 0 < len(mailed) < quiet.orders
    assert all(len(orders) == 1 for orders in snapshot.held.values())
