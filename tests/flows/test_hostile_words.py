"""Words from outside that no database keeps: they cost nobody else's records their way."""

from __future__ import annotations

from ends import order
from flow_stage import Stage
from msgspec.structs import replace
from steps import causes, swept

from counterfoil.values.errors import Hold

NUL = "\0"


async def test_an_order_with_a_nul_in_its_name_stops_no_listing(stage: Stage) -> None:
    named = replace(order(2), number=f"#2{NUL}", key=f"60{NUL}", note=f"please{NUL} ring")
    stage.shop.put(order(1), named, order(3))
    assert await swept(stage) == 3
    assert await swept(stage) == 0, "and is the same one the next time"
    await stage.work()
    assert set((await stage.states()).values()) == {"confirmed"}


async def test_a_target_that_says_a_nul_holds_one_record_and_no_page(stage: Stage) -> None:
    stage.office.answers = [Hold(f"No {NUL} stock.", do=f"Ask{NUL}.", where=f"line{NUL}")]
    stage.shop.put(*(order(number) for number in range(1, 6)))
    await swept(stage)
    await stage.work()
    assert sorted((await stage.states()).values()) == ["confirmed"] * 4 + ["held"]
    assert await causes(stage) == ["held"]
