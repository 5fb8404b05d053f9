"""An order becomes one that cannot be made while nobody knows whether it left: it is looked for."""

from __future__ import annotations

import pytest
from ends import order
from flow_stage import Stage
from steps import causes, changed_in_doubt, swept, waited

from counterfoil.kit.capability import InDoubt


@pytest.mark.parametrize("kind", ["A", "B", "C"])
async def test_where_it_is_there_a_person_is_told_so(stage: Stage, kind: InDoubt) -> None:
    await changed_in_doubt(stage, kind, landed=True, note="unmapped")
    assert await causes(stage) == ["changed-after-sent"]
    assert len(stage.office.held["6000001"]) == 1


@pytest.mark.parametrize("kind", ["A", "B", "C"])
async def test_where_it_is_not_there_it_is_held_for_what_stops_it(
    stage: Stage, kind: InDoubt
) -> None:
    await changed_in_doubt(stage, kind, landed=False, note="unmapped")
    assert await causes(stage) == ["unmapped-value"]
    assert stage.office.calls == ["6000001"]


@pytest.mark.parametrize("kind", ["A", "B", "C"])
async def test_a_version_that_can_be_made_again_is_sent_once(stage: Stage, kind: InDoubt) -> None:
    await changed_in_doubt(stage, kind, landed=False, note="unmapped")
    stage.shop.put(order(1, version=2))
    await swept(stage)
    await waited(stage)
    assert len(stage.office.held["6000001"]) == 1
    assert await stage.states() == {"#1": "confirmed"}


async def test_where_only_a_person_can_find_out_both_are_told(stage: Stage) -> None:
    await changed_in_doubt(stage, "D", landed=True, note="unmapped")
    assert sorted(await causes(stage)) == ["earlier-in-doubt", "no-answer"]
