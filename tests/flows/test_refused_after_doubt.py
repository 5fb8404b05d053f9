"""Sent again after a doubt and refused: the target may have it all the same, by the first."""

from __future__ import annotations

import pytest
from ends import order
from flow_stage import Stage
from steps import Blind, causes, of_class, path, swept, unanswered

from counterfoil.kit.capability import InDoubt
from counterfoil.values.errors import CounterfoilError, Hold, Retry


def refusal() -> Hold:
    return Hold("The period is locked.", do="Open it.", where="office", code="locked")


async def refused(
    stage: Stage, kind: InDoubt, *, landed: bool, said: CounterfoilError | None = None
) -> None:
    """An order whose first sending was not answered and whose second was refused."""
    of_class(stage, kind)
    stage.office.answers = [unanswered(landed=landed), said or refusal()]
    stage.shop.put(order(1))
    await swept(stage)
    await stage.work()


@pytest.mark.parametrize("kind", ["A", "B"])
async def test_it_is_looked_up_and_confirmed_where_it_is_there_as_it_was_sent(
    stage: Stage, kind: InDoubt
) -> None:
    await refused(stage, kind, landed=True)
    assert await stage.states() == {"#1": "confirmed"}
    assert await causes(stage) == []
    assert stage.engine.fired["refused-after-doubt"] == 1
    assert len(stage.office.calls) == 2


async def test_it_has_drifted_where_it_is_there_and_differs(stage: Stage) -> None:
    real = stage.office.write

    async def spoilt(intents: object) -> object:
        answers = await real(intents)  # type: ignore[arg-type]
        for copies in stage.office.held.values():
            copies[0] = (copies[0][0], {**copies[0][1], "total": 1})
        return answers

    stage.office.write = spoilt  # type: ignore[method-assign,assignment]
    await refused(stage, "B", landed=True)
    assert await causes(stage) == ["field-differs"]


async def test_where_it_is_not_there_it_is_held_for_what_it_was_refused_for(stage: Stage) -> None:
    await refused(stage, "B", landed=False)
    assert await stage.states() == {"#1": "in_doubt"}
    stage.clock.pass_(31)
    await stage.work()
    (hold,) = await stage.database.rows("list_holds", None, None, 10, 0)
    assert (hold["cause"], hold["said"]) == ("locked", "The period is locked.")
    assert (hold["advice"], hold["place"]) == ("Open it.", "office")
    assert (await path(stage, "#1"))[-1] == "held"


async def test_one_that_shows_only_after_a_while_is_found_too(stage: Stage) -> None:
    Blind(stage, looks=1)
    await refused(stage, "B", landed=True)
    assert await stage.states() == {"#1": "in_doubt"}
    stage.clock.pass_(31)
    await stage.work()
    assert await stage.states() == {"#1": "confirmed"}


async def test_a_record_that_is_given_up_after_a_doubt_is_looked_up_too(stage: Stage) -> None:
    stage.again(attempts=2)
    await refused(stage, "A", landed=True, said=Retry("busy"))
    assert await stage.states() == {"#1": "confirmed"}


async def test_at_a_target_that_is_searched_the_hidden_one_is_found_late(stage: Stage) -> None:
    Blind(stage, looks=3)
    of_class(stage, "C")
    stage.office.answers = [unanswered(landed=True), refusal()]
    stage.shop.put(order(1))
    await swept(stage)
    for wait_s in (0, 31, 16, 100):
        stage.clock.pass_(wait_s)
        await stage.work()
    assert await stage.states() == {"#1": "in_doubt"}
    for wait_s in (21, 121):
        stage.clock.pass_(wait_s)
        await stage.work()
    assert await stage.states() == {"#1": "confirmed"}
    assert len(stage.office.calls) == 2


async def test_a_refusal_of_what_was_never_in_doubt_is_held_at_once(stage: Stage) -> None:
    of_class(stage, "B")
    stage.office.answers = [refusal()]
    stage.shop.put(order(1))
    await swept(stage)
    await stage.work()
    assert await causes(stage) == ["locked"]
    assert stage.engine.fired["refused-after-doubt"] == 0
