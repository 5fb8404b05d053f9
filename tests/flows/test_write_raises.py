"""A target that raises where it could have answered: nothing that failed is called delivered."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from ends import order
from flow_stage import Stage
from steps import path, swept
from structlog.testing import capture_logs

from counterfoil.kit.connector import Intent, Written
from counterfoil.values.clock import later
from counterfoil.values.errors import CounterfoilError, Hold, Refuse, Retry, Settle, SignIn


@pytest.mark.parametrize(
    ("error", "end"),
    [
        (Retry("The door is closed.", after_s=5.0), "mapped"),
        (SignIn("The password is wrong."), "mapped"),
        (Settle("No answer."), "in_doubt"),
        (Hold("No such variant."), "held"),
        (Refuse("Not like this."), "held"),
    ],
)
async def test_each_kind_of_failure_has_its_own_end(
    stage: Stage, error: CounterfoilError, end: str
) -> None:
    async def failing(intents: Sequence[Intent]) -> Sequence[Written | CounterfoilError]:
        raise error

    stage.office.write = failing  # type: ignore[method-assign]
    stage.shop.put(order(1), order(2))
    await swept(stage)
    await stage.work()
    assert await stage.states() == {"#1": end, "#2": end}
    assert await path(stage, "#1") == ["captured", "mapped", "sending", end]


async def test_the_unforeseen_is_told_and_its_page_rests_before_it_is_tried_again(
    stage: Stage,
) -> None:
    async def broken(intents: Sequence[Intent]) -> Sequence[Written | CounterfoilError]:
        raise ZeroDivisionError

    stage.office.write = broken  # type: ignore[method-assign]
    stage.shop.put(order(1))
    await swept(stage)
    with capture_logs() as told:
        await stage.work()
    assert [(one["event"], bool(one["reference"])) for one in told] == [("page broke", True)]
    assert await stage.database.rows("idle_pages", stage.clock.now().to_stdlib(), 0, 10) == []
    soon = later(stage.clock.now(), 60.0).to_stdlib()
    assert len(await stage.database.rows("idle_pages", soon, 0, 10)) == 1
