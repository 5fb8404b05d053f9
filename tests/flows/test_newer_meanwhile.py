"""A newer version comes while nobody knows what became of the one before it."""

from __future__ import annotations

from ends import order
from flow_stage import Stage
from steps import path, swept, unanswered


async def test_a_version_proven_absent_gives_way_to_the_newer_one(stage: Stage) -> None:
    stage.office.answers = [unanswered(landed=False)]
    stage.shop.put(order(1, pence=1250))
    await swept(stage)
    await stage.work()
    assert await stage.states() == {"#1": "in_doubt"}
    stage.shop.put(order(1, version=1, pence=1300))
    await swept(stage)
    for _ in range(6):
        stage.clock.pass_(31)
        await stage.work()
    assert await stage.states() == {"#1": "confirmed"}
    assert "superseded" in await path(stage, "#1")
    ((_, fields),) = stage.office.held["6000001"]
    assert fields["total"] == 1300, "only the newer one was written"
    assert len(stage.office.calls) == 2
