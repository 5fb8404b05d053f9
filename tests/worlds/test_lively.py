"""Lively worlds: sales of many kinds, life after the sale, an office that keeps what it likes."""

from __future__ import annotations

import random
from datetime import date

import msgspec
import pytest

from counterfoil.rehearse.traffic.trade import trade
from counterfoil.rehearse.worlds.recipe import Recipe, drawn, lively, lively_names, quiet
from counterfoil.rehearse.worlds.runner import Runner
from counterfoil.rehearse.worlds.variety import VARIETIES, varied

HARMLESS = ("phoned", "variant", "invoiced_elsewhere", "in_a_county", "company", "code", "engraved")


def short(seed: int) -> Recipe:
    """The lively world of a seed with fewer orders, in less time."""
    recipe = drawn(seed)
    return msgspec.structs.replace(
        recipe,
        orders=min(recipe.orders, 40),
        spread_s=min(recipe.spread_s, 60.0),
        burst=min(recipe.burst, 40),
    )


@pytest.mark.parametrize("seed", [seed for seed in range(1, 19) if seed % 3])
def test_a_lively_world_sends_what_is_owed_and_tells_what_changed(
    runner: Runner, seed: int
) -> None:
    result, _ = runner.play(short(seed))
    assert result.wrong == []


def test_sales_of_many_kinds_alone_break_no_law(runner: Runner) -> None:
    rates = {f"sale.{name}": 0.3 for name in HARMLESS}
    result, snapshot = runner.play(msgspec.structs.replace(quiet(1, 12), rates=rates))
    assert result.wrong == []
    assert sum(result.reached.values()) > 10
    assert [key for key, states in snapshot.states.items() if not states] == []


def test_twice_the_same_seed_is_the_same_lively_world(runner: Runner) -> None:
    first, _ = runner.play(short(8))
    second, _ = runner.play(short(8))
    assert (first.digest, first.reached, first.wrong) == (
        second.digest,
        second.reached,
        second.wrong,
    )
    assert any(name.startswith("life.") for name in first.reached)


def test_what_makes_a_world_lively_moves_nothing_else() -> None:
    plain = drawn(9)
    found = lively(plain)
    assert {name: rate for name, rate in found.rates.items() if name in plain.rates} == plain.rates
    assert set(found.rates) - set(plain.rates) <= set(lively_names())
    assert (plain.lively, found.lively) == (False, True)


def test_every_kind_of_sale_still_adds_up() -> None:
    chance = random.Random(1)
    for sale in trade(date(2026, 11, 2), orders=60):
        other, became = varied(sale, dict.fromkeys(VARIETIES, 0.5), chance)
        assert became
        if other.tenders:
            assert sum(one.amount_minor for one in other.tenders) == other.total_minor
        assert other.tax_minor <= other.total_minor
