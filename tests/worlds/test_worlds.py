"""Worlds: a dozen that are drawn, and those that once showed a defect, judged and repeated."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from counterfoil.rehearse.worlds import regressions
from counterfoil.rehearse.worlds.recipe import Recipe, drawn
from counterfoil.rehearse.worlds.runner import Runner

KEPT = sorted((Path(__file__).parent / "seeds").glob("*.json"))
DOZEN = range(1, 13)


@pytest.mark.parametrize("file", KEPT, ids=lambda file: file.stem)
def test_a_world_that_once_failed_stays_sound(runner: Runner, file: Path) -> None:
    world = regressions.read(file)
    result, _ = runner.play(world.recipe)
    assert result.wrong == [], world.why


@pytest.mark.parametrize("seed", DOZEN)
def test_a_world_loses_nothing_doubles_nothing_and_hides_nothing(runner: Runner, seed: int) -> None:
    result, _ = runner.play(cut_short(drawn(seed)))
    assert result.wrong == []


def test_twice_the_same_seed_is_the_same_world(runner: Runner) -> None:
    recipe = cut_short(drawn(2))
    first, _ = runner.play(recipe)
    second, _ = runner.play(recipe)
    assert (first.digest, first.reached) == (second.digest, second.reached)


def cut_short(recipe: Recipe) -> Recipe:
    """The world of a seed with fewer orders, in less time: for its kind, not for its size."""
    return msgspec.structs.replace(
        recipe,
        orders=min(recipe.orders, 40),
        spread_s=min(recipe.spread_s, 60.0),
        burst=min(recipe.burst, 40),
    )
