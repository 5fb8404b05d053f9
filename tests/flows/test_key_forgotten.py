"""A key has a life: a target that has forgotten it would take a repetition for a second order."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import pytest
from ends import order
from flow_stage import Stage
from steps import Blind, causes, held, path, swept, unanswered

from counterfoil.flows.hold import resend
from counterfoil.kit.capability import Verb
from counterfoil.values.errors import Retry

DAY_S = 86_400.0


def remembers(stage: Stage, life_s: float, verbs: Sequence[Verb] = ("write", "read")) -> None:
    """The stage's office is of class A and knows a key for so long."""
    carries = msgspec.structs.replace(
        stage.route.carries, in_doubt="A", key_life_s=life_s, verbs=tuple(verbs)
    )
    stage.route = msgspec.structs.replace(stage.route, carries=carries)
    stage.engine.routes = {1: stage.route}


async def in_doubt(stage: Stage, *, landed: bool, attempts: int = 1) -> None:
    """An order that was sent, and not answered; the office is unreadable for the first look."""
    later = (unanswered(landed=False) for _ in range(attempts - 1))
    stage.office.answers = [unanswered(landed=landed), *later]
    stage.shop.put(order(1))
    await swept(stage)


async def switched(stage: Stage, to: str) -> None:
    at = stage.clock.now().to_stdlib()
    await stage.database.run("switch_route", "orders", to, at, "kim", "a test")


async def through_the_night(stage: Stage, seconds: float) -> None:
    """Nobody works for so long; then somebody does, for some minutes."""
    await switched(stage, "off")
    stage.clock.pass_(seconds)
    await switched(stage, "on")
    for _ in range(20):
        await stage.work()
        stage.clock.pass_(20)


async def test_while_the_key_lives_it_is_sent_again_with_it(stage: Stage) -> None:
    remembers(stage, DAY_S)
    await in_doubt(stage, landed=False)
    await stage.work()
    assert len(stage.office.calls) == 2
    assert await stage.states() == {"#1": "confirmed"}


async def test_a_key_that_has_died_is_not_relied_on(stage: Stage) -> None:
    remembers(stage, DAY_S)
    await in_doubt(stage, landed=True, attempts=2)
    await stage.work()  # the repetition was not answered either
    calls = len(stage.office.calls)
    await through_the_night(stage, DAY_S)
    assert len(stage.office.calls) == calls
    assert await stage.states() == {"#1": "confirmed"}
    assert "key-forgotten" in stage.engine.fired


async def test_the_first_sending_counts_and_not_the_last(stage: Stage) -> None:
    remembers(stage, 100.0)
    await in_doubt(stage, landed=True, attempts=50)
    for _ in range(20):
        await stage.work()
        stage.clock.pass_(10)
    assert len(stage.office.calls) < 9
    assert await stage.states() == {"#1": "confirmed"}


async def test_one_that_is_not_there_is_sent_again_after_two_looks(stage: Stage) -> None:
    remembers(stage, DAY_S)
    await in_doubt(stage, landed=False, attempts=2)
    await stage.work()
    blind = Blind(stage, looks=0)
    await through_the_night(stage, DAY_S)
    assert blind.looked >= 2
    assert len(stage.office.calls) == 3
    assert await stage.states() == {"#1": "confirmed"}


async def test_a_version_that_waited_to_be_tried_again_is_looked_up_too(stage: Stage) -> None:
    """In doubt, then refused for a time: it waits as mapped, and its key dies meanwhile."""
    remembers(stage, DAY_S)
    stage.office.answers = [unanswered(landed=True), Retry("Busy.", after_s=60.0)]
    stage.shop.put(order(1))
    await swept(stage)
    await stage.work()
    assert await stage.states() == {"#1": "mapped"}
    await through_the_night(stage, DAY_S)
    assert len(stage.office.calls) == 2
    assert await stage.states() == {"#1": "confirmed"}


@pytest.mark.parametrize("waits", ["in_doubt", "mapped"])
async def test_at_a_target_that_cannot_be_read_a_person_looks(stage: Stage, waits: str) -> None:
    remembers(stage, DAY_S, ("write",))
    stage.again(confirm="off")
    second = Retry("Busy.", after_s=60.0) if waits == "mapped" else unanswered(landed=False)
    stage.office.answers = [unanswered(landed=True), second]
    stage.shop.put(order(1))
    await swept(stage)
    await stage.work()
    assert await stage.states() == {"#1": waits}
    await through_the_night(stage, DAY_S)
    await through_the_night(stage, DAY_S)
    assert len(stage.office.calls) == 2
    assert await stage.states() == {"#1": "in_doubt"}
    (hold,) = await stage.database.rows("list_holds", None, None, 10, 0)
    assert hold["cause"] == "key-forgotten"
    assert hold["advice"].startswith("Look for it at the target")


async def test_what_was_sent_in_the_lost_time_may_have_a_dead_key(stage: Stage) -> None:
    remembers(stage, DAY_S)
    stage.shop.put(order(1))
    await swept(stage)
    stage.office.held["6000001"] = [
        ("OR9", dict(stage.office.compose(order(1)).expect))
    ]  # in the lost time
    await stage.database.run("note_restored", stage.clock.now().to_stdlib())
    await through_the_night(stage, 3 * DAY_S)
    assert stage.office.calls == []
    assert await stage.states() == {"#1": "confirmed"}


async def test_after_a_person_sends_it_again_the_key_lives_anew(stage: Stage) -> None:
    remembers(stage, DAY_S)
    stage.again(attempts=2)
    await in_doubt(stage, landed=False, attempts=3)
    await through_the_night(stage, 60.0)
    assert await causes(stage) == ["gave-up"]
    await through_the_night(stage, DAY_S)
    await resend(stage.engine, await held(stage), "kim")
    await through_the_night(stage, 1.0)
    assert await stage.states() == {"#1": "confirmed"}
    assert len(stage.office.calls) == 4
    assert "found" not in await path(stage, "#1")
