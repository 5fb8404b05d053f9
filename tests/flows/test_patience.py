"""Patience: a target that names a time to come again is left alone until then."""

from __future__ import annotations

from ends import order
from flow_stage import Stage
from steps import swept

from counterfoil.values.errors import Retry


async def test_a_target_that_asks_for_two_minutes_has_them(stage: Stage) -> None:
    stage.office.answers = [Retry("Busy.", after_s=120.0)]
    stage.shop.put(order(1))
    await swept(stage)
    await stage.work()
    stage.clock.pass_(119)
    await stage.work()
    assert len(stage.office.calls) == 1
    stage.clock.pass_(2)
    await stage.work()
    assert len(stage.office.calls) == 2
    assert await stage.states() == {"#1": "confirmed"}
