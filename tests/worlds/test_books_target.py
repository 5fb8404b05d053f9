"""Worlds whose target keeps books: invoices by the call of many, a sign-in that ends the one before
with each renewal, and workers that die while they renew it."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from counterfoil.rehearse.cast import books
from counterfoil.rehearse.worlds.recipe import Recipe
from counterfoil.rehearse.worlds.runner import Runner

BAD = Recipe(
    seed=1,
    orders=24,
    spread_s=6.0,
    workers=2,
    kind="B",
    settle_s=12.0,
    lag_s=(0.3, 3.0),
    rates={
        **{f"{books.SIDE}.{name}": 0.15 for name in books.CATALOGUE},
        f"{books.SIDE}.grant_lost": 0.3,
        "wire.lost_after": 0.05,
        "wire.lost_before": 0.05,
        "hook.unheard": 0.1,
    },
    database=0.003,
    pause_every_s=10.0,
    kill_every_s=10.0,
    target=books.CONNECTION,
)
"""Everything goes wrong, and workers die."""


@pytest.mark.parametrize("seed", range(1, 5))
def test_an_invoice_is_there_once_or_a_person_is_told(runner: Runner, seed: int) -> None:
    result, _ = runner.play(replace(BAD, seed=seed))
    assert result.wrong == []
    assert (result.losses, result.duplicates_ab, result.undetected) == (0, 0, 0)
    met = [name for name in result.reached if name.startswith(f"{books.SIDE}.")]
    assert met, "a world in which nothing went wrong in the books proves nothing of them"


def test_a_quiet_world_ends_with_every_order_in_the_books(runner: Runner) -> None:
    quiet = replace(BAD, rates={}, database=0.0, pause_every_s=0.0, kill_every_s=0.0)
    result, snapshot = runner.play(quiet)
    assert result.wrong == []
    assert len(snapshot.held) == quiet.orders
    assert all(len(invoices) == 1 for invoices in snapshot.held.values())
