"""A newer version behind one that is in doubt, where only a person can find out, waits for one."""

from __future__ import annotations

import pytest
from ends import order
from flow_stage import Stage
from steps import causes, held, of_class, path, swept, unanswered

from counterfoil.flows.hold import aside, resend
from counterfoil.values.errors import Retry
from counterfoil.values.ids import RecordId


async def one_in_doubt(stage: Stage) -> RecordId:
    of_class(stage, "D")
    stage.office.answers = [unanswered(landed=True)]
    stage.shop.put(order(1))
    await swept(stage)
    await stage.work()
    (record,) = await held(stage)
    return record


async def a_newer_one(stage: Stage, version: int = 1) -> RecordId:
    stage.shop.put(order(1, version=version, pence=1300))
    await swept(stage)
    await stage.work()
    rows = await stage.database.rows("list_holds", None, "earlier-in-doubt", 10, 0)
    return RecordId(rows[0]["record"])


async def open_pages(stage: Stage) -> int:
    (row,) = await stage.database.rows("open_pages")
    return int(row["open"])


async def test_it_is_held_with_the_number_of_the_doubtful_one_and_nothing_goes_on_turning(
    stage: Stage,
) -> None:
    earlier = await one_in_doubt(stage)
    await a_newer_one(stage)
    assert sorted(await causes(stage)) == ["earlier-in-doubt", "no-answer"]
    (hold, _) = await stage.database.rows("list_holds", None, None, 10, 0)
    assert f"record {earlier}" in hold["said"]
    assert stage.office.calls == ["6000001"]
    assert (await open_pages(stage), stage.engine.fired["one-in-flight"]) == (0, 0)


async def test_sent_again_while_the_earlier_one_is_undecided_it_is_held_again(stage: Stage) -> None:
    await one_in_doubt(stage)
    newer = await a_newer_one(stage)
    await resend(stage.engine, [newer], "kim")
    await stage.work()
    assert sorted(await causes(stage)) == ["earlier-in-doubt", "no-answer"]
    assert stage.office.calls == ["6000001"]


async def test_the_earlier_one_set_aside_does_not_let_it_go_by_itself(stage: Stage) -> None:
    # Set aside because it was found there, or entered by hand: then the newer would be a second.
    earlier = await one_in_doubt(stage)
    await a_newer_one(stage)
    await aside(stage.engine, [earlier], "kim", "it is there as OR77")
    await stage.work()
    assert await causes(stage) == ["earlier-in-doubt"]
    assert stage.office.calls == ["6000001"]


async def test_sent_again_after_the_earlier_one_was_set_aside_it_is_written(stage: Stage) -> None:
    earlier = await one_in_doubt(stage)
    newer = await a_newer_one(stage)
    stage.office.held.clear()
    await aside(stage.engine, [earlier], "kim", "it is not there: I looked")
    await resend(stage.engine, [newer], "kim")
    await stage.work()
    assert await stage.states() == {"#1": "confirmed"}
    assert await causes(stage) == []
    assert len(stage.office.calls) == 2


async def test_a_version_that_comes_after_the_setting_aside_waits_for_a_person_too(
    stage: Stage,
) -> None:
    earlier = await one_in_doubt(stage)
    await aside(stage.engine, [earlier], "kim", "entered by hand as OR77")
    newer = await a_newer_one(stage)
    assert stage.office.calls == ["6000001"]
    stage.office.held.clear()
    stage.office.answers = [Retry("busy")]
    await resend(stage.engine, [newer], "kim")
    await stage.work()
    stage.clock.pass_(60)
    await stage.work()
    assert await stage.states() == {"#1": "confirmed"}, "asked once, it needs no second word"


async def test_a_still_newer_one_stands_for_the_one_that_waited(stage: Stage) -> None:
    await one_in_doubt(stage)
    await a_newer_one(stage)
    await a_newer_one(stage, version=2)
    assert sorted(await causes(stage)) == ["earlier-in-doubt", "no-answer"]
    assert "superseded" in await path(stage, "#1")


@pytest.mark.parametrize("kind", ["A", "B", "C"])
async def test_behind_a_doubt_that_ends_by_itself_it_waits_and_then_goes(
    stage: Stage, kind: str
) -> None:
    of_class(stage, kind)  # type: ignore[arg-type]
    stage.office.answers = [unanswered(landed=False)]
    stage.shop.put(order(1))
    await swept(stage)
    await stage.work(rounds=1)
    stage.shop.put(order(1, version=1, pence=1300))
    await swept(stage)
    for _ in range(12):
        await stage.work()
        stage.clock.pass_(31)
    assert await stage.states() == {"#1": "confirmed"}
    ((_, fields),) = stage.office.held["6000001"]
    assert fields["total"] == 1300
