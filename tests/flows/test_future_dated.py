"""A moment that has not come yet: one such row must not move the listing out of the present."""

from __future__ import annotations

from ends import order
from flow_stage import Stage

from counterfoil.flows.sweep import sweep_source
from counterfoil.kit.mark import moment
from counterfoil.values.clock import later, seconds_between

AHEAD = "2099-01-01T00:00:00Z"


async def test_a_row_of_2099_does_not_hide_what_comes_after_it(stage: Stage) -> None:
    stage.shop.put(order(1, updated=AHEAD))
    mark, _ = await sweep_source(stage.engine, stage.route, None)
    reached = moment(mark)
    assert reached is not None
    assert reached < stage.clock.now()
    stage.clock.pass_(3600)
    stage.shop.put(order(2, updated="2026-11-02T12:30:00Z"))
    _, new = await sweep_source(stage.engine, stage.route, mark)
    assert new == 1
    assert stage.engine.fired["future-dated"] == 2, "it is told each time that it is listed"


async def test_a_mark_that_is_ahead_already_comes_back(stage: Stage) -> None:
    stage.shop.put(order(1))
    mark, new = await sweep_source(stage.engine, stage.route, AHEAD)
    reached = moment(mark)
    assert reached is not None
    assert reached <= stage.clock.now()
    stage.shop.put(order(2, updated="2026-11-02T11:58:00Z"))
    _, new = await sweep_source(stage.engine, stage.route, mark)
    assert new == 1


async def test_a_shop_whose_clock_is_a_little_fast_is_not_told_of(stage: Stage) -> None:
    soon = later(stage.clock.now(), 30).format_iso()
    stage.shop.put(order(1, updated=soon))
    mark, _ = await sweep_source(stage.engine, stage.route, None)
    assert not stage.engine.fired["future-dated"]
    reached = moment(mark)
    assert reached is not None
    assert seconds_between(reached, stage.clock.now()) == 60.0, "less than the overlap"
