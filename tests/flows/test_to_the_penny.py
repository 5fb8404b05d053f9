"""To the penny: the smallest difference that there is in money is one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest
from ends import order
from flow_stage import Stage
from steps import causes, swept

from counterfoil.flows.confirm import differences
from counterfoil.kit.connector import Seen


@pytest.mark.parametrize("penny", [-1, 1])
def test_a_penny_is_a_difference(penny: int) -> None:
    assert differences({"total": 1250}, {"total": 1250 + penny}) == {"total": (1250, 1250 + penny)}


@pytest.mark.parametrize("penny", [-1, 1])
async def test_an_order_that_is_a_penny_off_there_is_seen(stage: Stage, penny: int) -> None:
    read = stage.office.read

    async def rounded(references: Sequence[str]) -> Mapping[str, Sequence[Seen]]:
        return {
            reference: [Seen(one.identity, one.number, {**one.fields, "total": 1250 + penny})]
            for reference, (one,) in (await read(references)).items()
        }

    stage.office.read = rounded  # type: ignore[method-assign]
    stage.shop.put(order(1, pence=1250))
    await swept(stage)
    await stage.work()
    assert await stage.states() == {"#1": "drifted"}
    assert await causes(stage) == ["field-differs"]
