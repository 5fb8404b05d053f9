"""An order is cancelled while nobody knows yet whether it left: it is not simply left out."""

from __future__ import annotations

import pytest
from ends import order
from flow_stage import Stage
from steps import causes, changed_in_doubt, path, swept

from counterfoil.flows.hold import aside
from counterfoil.kit.capability import InDoubt
from counterfoil.values.ids import RecordId


@pytest.mark.parametrize("kind", ["A", "B", "C"])
async def test_where_it_is_there_a_person_is_told(stage: Stage, kind: InDoubt) -> None:
    await changed_in_doubt(stage, kind, landed=True, cancelled=True)
    assert await causes(stage) == ["changed-after-sent"]
    assert len(stage.office.held["6000001"]) == 1


@pytest.mark.parametrize("kind", ["A", "B", "C"])
async def test_where_it_is_not_there_it_is_left_out(stage: Stage, kind: InDoubt) -> None:
    await changed_in_doubt(stage, kind, landed=False, cancelled=True)
    assert await stage.states() == {"#1": "excluded"}
    assert await causes(stage) == []
    assert stage.office.calls == ["6000001"], "what is cancelled is never written"


async def test_where_only_a_person_can_find_out_it_waits_for_one(stage: Stage) -> None:
    await changed_in_doubt(stage, "D", landed=True, cancelled=True)
    assert sorted(await causes(stage)) == ["earlier-in-doubt", "no-answer"]
    rows = await stage.database.rows("list_holds", None, None, 10, 0)
    await aside(stage.engine, [RecordId(row["record"]) for row in rows], "kim", "cancelled there")
    assert await stage.states() == {"#1": "excluded"}


async def test_an_order_that_never_left_is_left_out_at_once(stage: Stage) -> None:
    stage.shop.put(order(1, cancelled=True))
    await swept(stage)
    await stage.work()
    assert await path(stage, "#1") == ["captured", "excluded"]
    assert stage.office.calls == []
