"""Levels go from the target through the house to the source, while orders move and things fail."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from counterfoil.rehearse.worlds.recipe import drawn, quiet
from counterfoil.rehearse.worlds.runner import runners

LEVELS = 8


def test_a_quiet_world_with_stock_shows_what_its_own_books_say() -> None:
    with runners(1) as (runner,):
        result, _ = runner.play(replace(quiet(11, 24), stock=LEVELS))
    assert result.wrong == []
    assert result.fired["read-first"] > 0


@pytest.mark.parametrize("seed", [13, 17])
def test_a_world_in_which_things_fail_never_shows_more(seed: int) -> None:
    with runners(1) as (runner,):
        result, _ = runner.play(replace(drawn(seed), stock=LEVELS))
    assert result.wrong == []
