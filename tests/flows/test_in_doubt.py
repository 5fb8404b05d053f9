"""An unanswered write: what is done about it depends on what the target promises, not on luck."""

from __future__ import annotations

import pytest
from ends import order
from flow_stage import Stage
from steps import Blind, causes, held, of_class, path, swept, unanswered

from counterfoil.flows.hold import resend
from counterfoil.kit.capability import InDoubt
from counterfoil.values.errors import Hold, Misconfigured, Retry


async def one_order_in_doubt(stage: Stage, *, landed: bool) -> None:
    stage.office.answers = [unanswered(landed=landed)]
    stage.shop.put(order(1))
    await swept(stage)


@pytest.mark.parametrize("kind", ["A", "B"])
async def test_a_target_that_knows_a_repeated_write_is_sent_it_again_at_once(
    stage: Stage, kind: InDoubt
) -> None:
    of_class(stage, kind)
    await one_order_in_doubt(stage, landed=False)
    await stage.work()
    assert await stage.states() == {"#1": "confirmed"}
    assert stage.office.calls == ["6000001", "6000001"]
    assert "in_doubt" in await path(stage, "#1")


@pytest.mark.parametrize("kind", ["D", None])
async def test_a_target_that_can_neither_be_searched_nor_repeated_waits_for_a_person(
    stage: Stage, kind: InDoubt | None
) -> None:
    of_class(stage, kind)
    await one_order_in_doubt(stage, landed=True)
    await stage.work()
    stage.clock.pass_(100_000)
    await stage.work()
    assert await stage.states() == {"#1": "in_doubt"}
    assert stage.office.calls == ["6000001"]
    assert await causes(stage) == ["no-answer"]


async def test_what_is_in_doubt_is_not_sent_again_by_hand(stage: Stage) -> None:
    of_class(stage, "D")
    await one_order_in_doubt(stage, landed=True)
    await stage.work()
    with pytest.raises(Misconfigured, match="in_doubt and cannot be sent again"):
        await resend(stage.engine, await held(stage), "kim")


async def test_nothing_is_looked_up_before_the_longest_read_lag_has_passed(stage: Stage) -> None:
    blind = Blind(stage, looks=0)
    await one_order_in_doubt(stage, landed=True)
    await stage.work()
    stage.clock.pass_(29)
    await stage.work()
    assert blind.looked == 0
    stage.clock.pass_(2)
    await stage.work()
    assert await stage.states() == {"#1": "confirmed"}


async def test_a_write_that_shows_at_the_second_look_only_is_not_written_again(
    stage: Stage,
) -> None:
    await one_order_in_doubt(stage, landed=True)
    await stage.work()
    Blind(stage, looks=1)
    stage.clock.pass_(31)
    await stage.work()
    assert await stage.states() == {"#1": "in_doubt"}
    stage.clock.pass_(16)
    await stage.work()
    assert await stage.states() == {"#1": "confirmed"}
    assert stage.office.calls == ["6000001"]


async def test_two_at_the_target_are_held_with_both_names(stage: Stage) -> None:
    await one_order_in_doubt(stage, landed=True)
    await stage.work()
    stage.office.held["6000001"].append(("OR99", {}))
    stage.clock.pass_(31)
    await stage.work()
    (hold,) = await stage.database.rows("list_holds", None, None, 10, 0)
    assert (hold["cause"], "OR1 and OR99" in hold["said"]) == ("found-twice", True)
    assert stage.engine.fired["found-twice"] == 1


async def test_a_newer_version_of_what_was_found_twice_is_not_written_as_a_third(
    stage: Stage,
) -> None:
    await one_order_in_doubt(stage, landed=True)
    await stage.work()
    stage.office.held["6000001"].append(("OR99", {}))
    stage.clock.pass_(31)
    await stage.work()
    stage.shop.put(order(1, version=1, pence=1300))
    await swept(stage)
    await stage.work()
    assert stage.office.calls == ["6000001"]
    assert await causes(stage) == ["changed-after-sent"]


async def test_a_failing_look_up_is_made_again_and_nothing_is_sent_meanwhile(stage: Stage) -> None:
    await one_order_in_doubt(stage, landed=True)
    await stage.work()
    real = stage.office.read

    async def away(references: object) -> object:
        raise Retry("busy", after_s=40)

    stage.office.read = away  # type: ignore[method-assign,assignment]
    stage.clock.pass_(31)
    await stage.work()
    stage.office.read = real  # type: ignore[method-assign]
    assert await stage.states() == {"#1": "in_doubt"}
    stage.clock.pass_(41)
    await stage.work()
    assert await stage.states() == {"#1": "confirmed"}
    assert stage.office.calls == ["6000001"]


async def test_the_hold_of_a_doubt_that_was_settled_is_closed(stage: Stage) -> None:
    await one_order_in_doubt(stage, landed=True)
    await stage.work()
    assert await causes(stage) == ["no-answer"]
    stage.clock.pass_(31)
    await stage.work()
    assert await causes(stage) == []


async def test_a_doubt_that_can_be_composed_no_longer_stays_a_doubt(stage: Stage) -> None:
    await one_order_in_doubt(stage, landed=True)
    await stage.work()
    real = stage.office.compose

    def unmapped(document: object) -> object:
        raise Hold("'Tee' is not in the value map.", code="unmapped-value")

    stage.office.compose = unmapped  # type: ignore[method-assign,assignment]
    stage.clock.pass_(31)
    await stage.work()
    assert await stage.states() == {"#1": "in_doubt"}
    stage.office.compose = real  # type: ignore[method-assign]
    stage.clock.pass_(120)
    await stage.work()
    assert await stage.states() == {"#1": "confirmed"}
    assert stage.office.calls == ["6000001"]


async def test_a_refused_credential_costs_no_record_its_place(stage: Stage) -> None:
    from counterfoil.values.errors import SignIn

    stage.office.answers = [SignIn("The password is wrong.")]
    stage.shop.put(order(1))
    await swept(stage)
    await stage.work()
    assert await stage.states() == {"#1": "mapped"}
    stage.clock.pass_(30)
    await stage.work()
    assert await stage.states() == {"#1": "confirmed"}


async def test_after_the_last_attempt_a_record_is_held_and_not_tried_for_ever(
    stage: Stage,
) -> None:
    stage.again(attempts=3)
    stage.office.answers = [Retry("busy") for _ in range(10)]
    stage.shop.put(order(1))
    await swept(stage)
    for _ in range(10):
        await stage.work()
        stage.clock.pass_(300)
    assert await causes(stage) == ["gave-up"]
    assert len(stage.office.calls) == 3
