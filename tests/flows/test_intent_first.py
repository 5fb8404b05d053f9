"""Intent first: what leaves the house stands in its journal before it leaves."""

from __future__ import annotations

from collections.abc import Sequence

from ends import order
from flow_stage import Stage
from steps import path, swept

from counterfoil.kit.connector import Intent, Written
from counterfoil.values.errors import CounterfoilError


async def test_a_call_finds_its_record_in_sending(stage: Stage) -> None:
    seen: list[list[str]] = []
    write = stage.office.write

    async def looking(intents: Sequence[Intent]) -> Sequence[Written | CounterfoilError]:
        seen.append(await path(stage, "#1"))
        return await write(intents)

    stage.office.write = looking  # type: ignore[method-assign]
    stage.shop.put(order(1))
    await swept(stage)
    await stage.work()
    assert seen == [["captured", "mapped", "sending"]]
    assert await stage.states() == {"#1": "confirmed"}
