"""An order becomes one that cannot be made while nobody knows whether it left: it is looked for."""

from __future__ import annotations

import pytest
from ends import order
from flow_stage import Stage
from steps import causes, of_class, swept, unanswered

from counterfoil.kit.capability import InDoubt


async def held_in_doubt(stage: Stage, kind: InDoubt, *, landed: bool) -> None:
    """An order that was not answered, and cannot be made any more before that is settled."""
    of_class(stage, kind)
    stage.office.answers = [unanswered(landed=landed)]
    stage.shop.put(order(1))
    await swept(stage)
    await stage.work(rounds=1)
    stage.shop.put(order(1, version=1, note="unmapped"))
    await swept(stage)
    for _ in range(8):
        await stage.work()
        stage.clock.pass_(31)


@pytest.mark.parametrize("kind", ["A", "B", "C"])
async def test_where_it_is_there_a_person_is_told_so(stage: Stage, kind: InDoubt) -> None:
    await held_in_doubt(stage, kind, landed=True)
    assert await causes(stage) == ["changed-after-sent"]
    assert len(stage.office.held["6000001"]) == 1


@pytest.mark.parametrize("kind", ["A", "B", "C"])
async def test_where_it_is_not_there_it_is_held_for_what_stops_it(
    stage: Stage, kind: InDoubt
) -> None:
    await held_in_doubt(stage, kind, landed=False)
    assert await causes(stage) == ["unmapped-value"]
    assert stage.office.calls == ["6000001"]


@pytest.mark.parametrize("kind", ["A", "B", "C"])
async def test_a_version_that_can_be_made_again_is_sent_once(stage: Stage, kind: InDoubt) -> None:
    await held_in_doubt(stage, kind, landed=False)
    stage.shop.put(order(1, version=2))
    await swept(stage)
    for _ in range(8):
        await stage.work()
        stage.clock.pass_(31)
    assert len(stage.office.held["6000001"]) == 1
    assert await stage.states() == {"#1": "confirmed"}


async def test_where_only_a_person_can_find_out_both_are_told(stage: Stage) -> None:
    await held_in_doubt(stage, "D", landed=True)
    assert sorted(await causes(stage)) == ["earlier-in-doubt", "no-answer"]
