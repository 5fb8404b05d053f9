"""Full pages: of many that travel together each has its own end, and none is left out."""

from __future__ import annotations

import asyncio

import pytest
from ends import order
from flow_stage import Stage
from steps import path, swept

from counterfoil.flows.intake import Intake, Message
from counterfoil.store.pages import LARGEST
from counterfoil.values.digest import canonical
from counterfoil.values.errors import CounterfoilError, Hold, Refuse, Retry


async def test_more_messages_than_a_page_holds_are_all_on_pages(stage: Stage) -> None:
    count = LARGEST + 50
    intake = Intake(stage.engine)
    messages = [
        Message(1, "orders/create", f"d{at}", canonical(order(at)), (stage.route,))
        for at in range(count)
    ]
    waiting = [asyncio.create_task(intake.take(message)) for message in messages]
    await asyncio.sleep(0)
    running = asyncio.create_task(intake.run())
    assert await asyncio.gather(*waiting) == ["stored"] * count
    running.cancel()
    rows = await stage.database._pool.fetch("select cardinality(inbox) as size from page")
    assert sum(row["size"] for row in rows) == count
    assert max(row["size"] for row in rows) == LARGEST


async def test_a_message_that_cannot_be_kept_refuses_itself_only(stage: Stage) -> None:
    intake = Intake(stage.engine)
    topics = ["orders/create", "orders\0create", "orders/edited"]  # no database keeps a NUL
    waiting = [
        asyncio.create_task(
            intake.take(Message(1, topic, f"d{at}", canonical(order(at)), (stage.route,)))
        )
        for at, topic in enumerate(topics)
    ]
    await asyncio.sleep(0)
    running = asyncio.create_task(intake.run())
    first, second, third = await asyncio.gather(*waiting, return_exceptions=True)
    running.cancel()
    assert (first, third) == ("stored", "stored")
    assert isinstance(second, Refuse)


@pytest.mark.parametrize(
    ("problem", "end"),
    [
        (Hold("No such variant.", code="refused"), ["captured", "mapped", "sending", "held"]),
        (Refuse("Never.", code="refused"), ["captured", "mapped", "sending", "held"]),
        (Retry("Busy.", after_s=60.0), ["captured", "mapped", "sending", "mapped"]),
    ],
)
async def test_a_failure_among_many_is_told_at_once(
    stage: Stage, problem: CounterfoilError, end: list[str]
) -> None:
    stage.shop.put(order(1), order(2), order(3))
    stage.office.answers = [problem]
    await swept(stage)
    await stage.work()
    assert await path(stage, "#1") == end
    assert {
        number: state for number, state in (await stage.states()).items() if number != "#1"
    } == {
        "#2": "confirmed",
        "#3": "confirmed",
    }
