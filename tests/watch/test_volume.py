"""When an hour brought too little to be chance."""

from __future__ import annotations

import msgspec
import pytest
from house import BEGUN, PLAN, ROUTE

from counterfoil.flows.census import window_start
from counterfoil.store.watched import HourRow, RunRow
from counterfoil.values.clock import Instant, instant, later
from counterfoil.watch.books import HOUR_S, Books
from counterfoil.watch.look import Watch, Watched
from counterfoil.watch.notebook import Notebook
from counterfoil.watch.volume import at_most, is_too_few, usual


def test_nothing_is_usual_before_three_weeks() -> None:
    assert usual([40, 41]) is None
    assert usual([40, 90, 41]) == 41


@pytest.mark.parametrize(
    ("count", "rate", "chance"),
    [(0, 2.0, 0.1353352832), (2, 3.0, 0.4231900811), (10, 0.0, 1.0), (500, 100.0, 1.0)],
)
def test_the_chance_of_so_few_is_that_of_a_poisson_distribution(
    count: int, rate: float, chance: float
) -> None:
    assert at_most(count, rate) == pytest.approx(chance)


@pytest.mark.parametrize(
    ("count", "before", "late"),
    [(0, 20, False), (0, 30, True), (12, 100, True), (40, 100, False), (450, 1000, True)],
)
def test_weak_trade_is_no_silence(count: int, before: float, late: bool) -> None:
    assert is_too_few(count, before) is late


def test_an_hour_of_the_week_that_brings_nothing_is_told_where_it_always_brought_something() -> (
    None
):
    watch = Watch(Watched("Estate", {ROUTE: PLAN}), Notebook())

    def hour(start: Instant, documents: int) -> list[str]:
        """The look a quarter past the end of an hour, after one just before."""
        row = HourRow(ROUTE, start.to_stdlib(), documents)
        names: list[str] = []
        for second in range(0, 90, 30):
            now = later(start, 3600 + 900 + second)
            due = RunRow(ROUTE, "listing", later(now, 60).to_stdlib(), None)
            message = watch.look(Books(runs=[due], hours=[row]), now)
            names += message.names if message is not None else ()
        return names

    week = 7 * 86_400
    for number in range(4):
        assert hour(window_start(later(BEGUN, number * week), HOUR_S), 90 + number) == []
    assert hour(window_start(later(BEGUN, 4 * week), HOUR_S), 5) == [f"volume {ROUTE}"]
    assert instant("2026-11-30T00:00:00Z") == later(BEGUN, 4 * week)


def test_an_hour_is_judged_when_the_listing_that_brings_it_has_been() -> None:
    """A route that is listed every three quarters of an hour knows the end of an hour by then."""
    plan = msgspec.structs.replace(PLAN, mode="schedule", cadence_s=2700.0)
    watch = Watch(Watched("Estate", {ROUTE: plan}), Notebook())
    for number in range(5):
        hour = window_start(later(BEGUN, number * 7 * 86_400), HOUR_S)
        for second in range(3600, 3 * 3600, 30):
            now = later(hour, second)
            known = 1000 if second >= 3600 + 2700 else 50
            due = RunRow(ROUTE, "listing", later(now, 60).to_stdlib(), None)
            rows = [HourRow(ROUTE, hour.to_stdlib(), known)]
            assert watch.look(Books(runs=[due], hours=rows), now) is None
