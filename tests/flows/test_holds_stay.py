"""Holds stay: what waits for a person waits until a person decides, however long that takes."""

from __future__ import annotations

from ends import order
from flow_stage import Stage
from steps import of_class, swept, unanswered

from counterfoil.flows import timer
from counterfoil.flows.sweep import sweep_pages

YEAR_S = 366 * 86_400.0


async def test_a_year_later_every_hold_is_there_with_its_owner_and_money(stage: Stage) -> None:
    of_class(stage, "D")
    stage.again(window_s=30 * 86_400.0)
    stage.shop.put(order(1, note="unmapped", pence=9900), order(2))
    stage.office.answers = [unanswered(landed=True)]
    await swept(stage)
    await stage.work()
    for _ in range(3):
        stage.clock.pass_(YEAR_S / 3)
        await timer.tick(stage.engine)
        await sweep_pages(stage.engine)
        await stage.work()
    rows = await stage.database.rows("list_holds", None, None, 100, 0)
    assert [(row["cause"], row["owner"], row["minor"]) for row in rows] == [
        ("unmapped-value", "operations", 9900),
        ("no-answer", "operations", 1250),
    ]
    assert await stage.states() == {"#1": "held", "#2": "in_doubt"}
