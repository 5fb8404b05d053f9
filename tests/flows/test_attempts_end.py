"""Attempts end: a target that never answers is not asked for ever, and somebody is told."""

from __future__ import annotations

import pytest
from ends import order
from flow_stage import Stage
from steps import Blind, causes, held, of_class, path, swept, unanswered

from counterfoil.flows.hold import resend
from counterfoil.kit.capability import InDoubt


async def never_answered(stage: Stage, kind: InDoubt, *landed: bool) -> None:
    """An order that may be tried three times, and whose sendings are not answered."""
    stage.again(attempts=3)
    of_class(stage, kind)
    stage.office.answers = [unanswered(landed=one) for one in landed]
    stage.shop.put(order(1))
    await swept(stage)
    await wait(stage)


async def wait(stage: Stage) -> None:
    """Work until nothing is left to do: an hour."""
    for _ in range(120):
        await stage.work()
        stage.clock.pass_(30)


@pytest.mark.parametrize("kind", ["A", "B", "C"])
async def test_after_the_route_s_attempts_a_person_is_told(stage: Stage, kind: InDoubt) -> None:
    await never_answered(stage, kind, *[False] * 50)
    assert len(stage.office.calls) == 3
    assert await stage.states() == {"#1": "held"}
    (hold,) = await stage.database.rows("list_holds", None, None, 10, 0)
    assert hold["cause"] == "gave-up"
    assert "3 times" in hold["said"]
    assert hold["advice"]


@pytest.mark.parametrize("kind", ["A", "B", "C"])
async def test_the_last_one_is_found_where_it_landed(stage: Stage, kind: InDoubt) -> None:
    await never_answered(stage, kind, False, False, True)
    assert len(stage.office.calls) == 3
    assert await stage.states() == {"#1": "confirmed"}
    assert await causes(stage) == []


async def test_the_last_one_has_the_time_to_show(stage: Stage) -> None:
    stage.again(attempts=1)
    of_class(stage, "A")
    stage.office.answers = [unanswered(landed=True)]
    stage.shop.put(order(1))
    await swept(stage)
    blind = Blind(stage, looks=0)
    await stage.work()
    stage.clock.pass_(29)
    await stage.work()
    assert blind.looked == 0
    stage.clock.pass_(2)
    await stage.work()
    assert await stage.states() == {"#1": "confirmed"}
    assert stage.office.calls == ["6000001"]


async def test_a_person_who_sends_it_again_has_all_attempts_again(stage: Stage) -> None:
    await never_answered(stage, "A", *[False] * 5)
    await resend(stage.engine, await held(stage), "kim")
    await wait(stage)
    assert len(stage.office.calls) == 6
    assert await stage.states() == {"#1": "confirmed"}


async def test_what_was_given_up_may_show_beside_what_a_person_sends(stage: Stage) -> None:
    """Class C: what was looked up and not there is looked for once more, late."""
    await never_answered(stage, "C", *[False] * 3)
    assert (await path(stage, "#1"))[-2:] == ["mapped", "held"]
    await resend(stage.engine, await held(stage), "kim")
    await stage.work()
    assert await stage.states() == {"#1": "delivered"}
    assert stage.engine.fired["late-look"] == 1


async def test_a_repetition_that_is_not_answered_either_is_not_made_at_once(stage: Stage) -> None:
    of_class(stage, "A")
    stage.office.answers = [unanswered(landed=False) for _ in range(20)]
    stage.shop.put(order(1))
    await swept(stage)
    await stage.work(rounds=50)
    assert len(stage.office.calls) == 2


async def test_a_look_is_not_an_attempt(stage: Stage) -> None:
    """One that was looked up first, and is not there, is still sent."""
    stage.again(attempts=1)
    stage.shop.put(order(1))
    await swept(stage)
    await stage.database.run("note_restored", stage.clock.now().to_stdlib())
    await wait(stage)
    assert stage.office.calls == ["6000001"]
    assert await stage.states() == {"#1": "confirmed"}
