"""A story is told from the journal alone, in sentences that a shopkeeper would say."""

from __future__ import annotations

from ends import order, reading
from flow_stage import Stage

from counterfoil.flows.capture import listed
from counterfoil.flows.trace import Story, stories, story
from counterfoil.store import search
from counterfoil.values.errors import Hold, Retry, Settle


async def told(stage: Stage, number: str = "#1") -> Story:
    documents = await search.by_name(stage.database, [number])
    (found,) = await stories(stage.database, {"orders": stage.route.plan}, documents)
    return found


async def arrive(stage: Stage, *orders: object) -> None:
    await listed(stage.engine, stage.route, [reading(one) for one in orders], 80)  # type: ignore[arg-type]


async def test_an_order_that_simply_went(stage: Stage) -> None:
    await arrive(stage, order(1))
    await stage.work()
    found = await told(stage)
    assert (found.state, found.number, found.identity) == ("confirmed", "#1", "OR1")
    assert [one.said for one in found.sentences] == [
        "shop listed it: order #1 for £12.50.",
        "It was mapped and sent to office.",
        "office took it and calls it OR1.",
        "It was read back, and every field is as it was sent.",
        "It is confirmed: £12.50 at shop and at office.",
    ]


async def test_the_text_has_a_moment_on_each_line(stage: Stage) -> None:
    await arrive(stage, order(1))
    (row,) = await stage.database._pool.fetch("select id from record")
    assert (await story(stage.engine, row["id"])).startswith(
        "2026-11-02 12:00:00 UTC  shop listed it"
    )


async def test_attempts_that_ended_alike_are_told_as_one(stage: Stage) -> None:
    stage.office.answers = [Retry("office is busy.", code="busy") for _ in range(3)]
    await arrive(stage, order(1))
    for _ in range(4):
        await stage.work()
        stage.clock.pass_(60)
    said = [one.said for one in (await told(stage)).sentences]
    assert "office could not take it 3 times; the last time: office is busy." in said
    assert len(said) <= 9


async def test_an_unanswered_write_that_had_landed(stage: Stage) -> None:
    lost = Settle("office did not answer.")
    lost.landed = True  # type: ignore[attr-defined]
    stage.office.answers = [lost]
    await arrive(stage, order(1))
    for _ in range(4):
        await stage.work()
        stage.clock.pass_(40)
    said = [one.said for one in (await told(stage)).sentences]
    assert "office did not answer: office did not answer." in said
    assert "Looked up, it was there: office calls it OR1." in said


async def test_a_hold_says_why_and_who_is_asked(stage: Stage) -> None:
    await arrive(stage, order(1, note="unmapped"))
    await stage.work()
    said = [one.said for one in (await told(stage)).sentences]
    assert said[-2:] == [
        "It was put on hold: 'Drone' is not in the value map 'delivery'.",
        "It is on hold and waits for operations: £12.50.",
    ]


async def test_versions_are_one_story(stage: Stage) -> None:
    await arrive(stage, order(1, note="unmapped"))
    await stage.work()
    stage.clock.pass_(5)
    await arrive(stage, order(1, version=1))
    await stage.work()
    found = await told(stage)
    assert len(found.records) == 2
    assert "A newer version took its place." in [one.said for one in found.sentences]


async def test_what_was_set_aside_though_it_arrived_is_not_called_left_out(stage: Stage) -> None:
    from counterfoil.flows.hold import aside

    await arrive(stage, order(1))
    await stage.work()
    await arrive(stage, order(1, version=1, pence=1300))
    await stage.work()
    (held,) = await stage.database.rows("list_holds", None, None, 9, 0)
    await aside(stage.engine, [held["record"]], "kim", "changed there by hand")
    said = (await told(stage)).sentences[-1].said
    assert said == "It is set aside, and office has it as OR1: £13.00."


async def test_what_could_not_be_read_is_told_too(stage: Stage) -> None:
    from counterfoil.kit.connector import Reading

    one = order(1)
    problem = Hold("The parts do not add up.", code="total-differs")
    broken = Reading(one.key, one.number, one.version, 1250, "GBP", problem=problem)
    await listed(stage.engine, stage.route, [broken], 80)
    said = (await told(stage)).sentences[0].said
    assert said.endswith("It could not be taken further: The parts do not add up.")


def test_a_difference_in_a_persons_name_is_told_without_the_name() -> None:
    from counterfoil.flows.trace import _differences

    said = _differences({"differs": {"total": [1250, 1251]}, "differs_masked": ["delivery_name"]})
    assert said == "total was sent as 1250 and is 1251; delivery_name is not as it was sent"
