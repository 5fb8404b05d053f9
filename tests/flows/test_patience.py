"""Patience: a target that names a time to come again is left alone until then."""

from __future__ import annotations

import msgspec
import pytest
from ends import order, reading
from flow_stage import Stage
from steps import swept

from counterfoil.flows import timer
from counterfoil.kit.connector import Listing
from counterfoil.model.order import Order
from counterfoil.values.clock import from_stdlib, later, seconds_between
from counterfoil.values.errors import Retry


class Quota:
    """A shop of which others have spent the quota: it answers again from `opens_s` on."""

    def __init__(self, stage: Stage, opens_s: float, named_s: float = 0.0) -> None:
        self.asked = 0
        self._clock, self._named_s = stage.clock, named_s
        self._opens = later(stage.clock.now(), opens_s)
        stage.shop.since = self.since  # type: ignore[method-assign]

    async def since(self, mark: str | None, cursor: str | None) -> Listing[Order]:
        self.asked += 1
        left_s = seconds_between(self._clock.now(), self._opens)
        if left_s > 0:
            after_s = min(self._named_s, left_s) or 1.0
            raise Retry("Too many calls.", after_s=after_s, code="http-429")
        return Listing((reading(order(1)),), None)


def refills(stage: Stage, seconds: float) -> None:
    """A full bucket of the stage's shop is regained in so many seconds."""
    stage.route = msgspec.structs.replace(stage.route, refill_s=seconds)
    stage.engine.routes = {1: stage.route}


async def swept_alone(stage: Stage) -> int:
    """A sweep with nothing beside it: its waits need no real time."""
    stage.clock.alone = True
    return await swept(stage)


@pytest.mark.parametrize("named_s", [0.0, 60.0])
async def test_a_spent_minute_is_waited_for(stage: Stage, named_s: float) -> None:
    refills(stage, 60.0)
    quota = Quota(stage, 58.0, named_s)
    began = stage.clock.now()
    assert await swept_alone(stage) == 1
    assert 58 <= seconds_between(began, stage.clock.now()) < 70
    assert quota.asked < 25
    if named_s:
        assert quota.asked == 2, "it is asked when it said"


async def test_what_others_spend_again_is_waited_for_again(stage: Stage) -> None:
    refills(stage, 60.0)
    quota = Quota(stage, 170.0, named_s=60.0)
    assert await swept_alone(stage) == 1
    assert quota.asked == 4


async def test_patience_has_an_end_that_follows_from_the_bucket(stage: Stage) -> None:
    refills(stage, 60.0)
    began = stage.clock.now()
    Quota(stage, 10_000.0)
    with pytest.raises(Retry):
        await swept_alone(stage)
    assert 60 <= seconds_between(began, stage.clock.now()) < 80


async def test_where_nothing_refills_slowly_a_blip_is_a_blip(stage: Stage) -> None:
    refills(stage, 1.0)
    began = stage.clock.now()
    quota = Quota(stage, 10_000.0)
    with pytest.raises(Retry):
        await swept_alone(stage)
    assert seconds_between(began, stage.clock.now()) < 30
    assert quota.asked == 6


async def test_a_task_that_is_asked_to_wait_longer_is_left_until_then(stage: Stage) -> None:
    """Longer than any refill: nobody is asked again meanwhile, and nobody waits in place."""
    refills(stage, 20.0)
    quota = Quota(stage, 700.0, named_s=600.0)
    began = stage.clock.now()
    await timer.tick(stage.engine)
    assert quota.asked == 1
    assert seconds_between(began, stage.clock.now()) < 5
    (row,) = [one for one in await stage.database.rows("cursors") if one["task"] == "listing"]
    assert 595 < seconds_between(began, from_stdlib(row["due"])) < 610


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
