"""A season of stock: every piece wanted is sold or lost, and a well-spent call oversells less."""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest

from counterfoil.rehearse.oversell.curve import curve
from counterfoil.rehearse.oversell.demand import POOLS, Bought, Delivery, Season
from counterfoil.rehearse.oversell.policies import ExpectedLoss, FixedCadence, Rhythm
from counterfoil.rehearse.oversell.trial import Shelf, play

HOUR_S, DAY_S, WEEK_S = 3600.0, 86_400.0, 604_800.0


class Never:
    """Nobody is ever told anything."""

    calls = 0

    def changed(self, shelf: Shelf, sku: str, at_s: float) -> None: ...

    def bought(self, line: Bought, pieces: int) -> None: ...

    def moments(self, season: Season) -> Iterator[float]:
        return iter(())

    def act(self, shelf: Shelf, at_s: float) -> None: ...


def drawn(seed: int, *, lines: int = 4000) -> Season:
    """Trading hours of two weeks, in which a few of many SKUs run out."""
    chance = random.Random(seed)

    def bought(first_day: int, last_day: int) -> list[Bought]:
        return sorted(
            Bought(
                chance.randrange(first_day, last_day) * DAY_S + chance.uniform(9, 17) * HOUR_S,
                chance.choice(list(POOLS)),
                f"SKU-{int(chance.paretovariate(0.6)) % 400}",
                1 + int(chance.paretovariate(1.2)) % 60,
            )
            for _ in range(lines)
        )

    during = bought(0, 14)
    wanted: dict[str, int] = {}
    for line in during:
        wanted[line.sku] = wanted.get(line.sku, 0) + line.pieces
    deliveries = [
        Delivery(0.0, sku, 1 + int(pieces * chance.uniform(0.3, 1.4)))
        for sku, pieces in sorted(wanted.items())
    ]
    return Season(bought(-14, 0), during, deliveries, 14 * DAY_S)


@pytest.mark.parametrize("seed", range(3))
def test_every_piece_wanted_is_sold_or_lost(seed: int) -> None:
    season = drawn(seed, lines=500)
    for policy in (Never(), FixedCadence(600.0), ExpectedLoss(50, season)):
        outcome = play(season, policy)
        assert outcome.wanted == sum(line.pieces for line in season.bought)
        assert outcome.wanted == outcome.sold + outcome.lost
        assert 0 <= outcome.oversold <= outcome.sold
        assert 0 <= outcome.kept_back <= outcome.hidden <= outcome.lost


def test_two_pools_that_nobody_tells_sell_the_same_pieces() -> None:
    bought = [Bought(10.0, "web", "MUG", 5), Bought(20.0, "store", "MUG", 4)]
    season = Season([], bought, [Delivery(0.0, "MUG", 6)], 30.0)
    assert play(season, Never()).oversold == 3
    assert play(season, FixedCadence(15.0)).oversold == 0


def test_a_level_that_came_late_hides_what_is_there() -> None:
    bought = [Bought(1.0, "web", "MUG", 1), Bought(20.0, "web", "MUG", 1)]
    season = Season([], bought, [Delivery(0.0, "MUG", 1), Delivery(10.0, "MUG", 5)], 30.0)
    untold = play(season, Never())
    assert (untold.lost, untold.hidden) == (1, 1)


def test_no_more_calls_are_spent_than_the_clock_spends_and_less_is_oversold() -> None:
    clock = loss = 0
    for seed in range(3):
        for point in curve(drawn(seed), (3600.0,)):
            assert point.by_loss.calls <= point.by_clock.calls
            clock += point.by_clock.oversold
            loss += point.by_loss.oversold
    assert clock > 0
    assert loss < clock


def test_calls_accrue_when_customers_buy() -> None:
    season = drawn(0)
    rhythm = Rhythm(season.before, 700.0)
    week = rhythm.between(0.0, WEEK_S)
    assert week == pytest.approx(700.0)
    by_day = rhythm.between(9 * HOUR_S, 17 * HOUR_S)
    by_night = rhythm.between(0.0, 8 * HOUR_S)
    assert by_day > 20 * by_night


def test_one_seed_gives_one_outcome() -> None:
    season = drawn(1, lines=800)
    first, second = (play(season, ExpectedLoss(40, season)) for _ in range(2))
    assert first == second
