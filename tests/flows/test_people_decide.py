"""What a person does with a record that waits: with a name, with a reason, and within the rules."""

from __future__ import annotations

import pytest
from ends import order
from flow_stage import Stage
from msgspec.structs import replace
from steps import causes, held, path, swept

from counterfoil.flows.balance import proven
from counterfoil.flows.capture import listed
from counterfoil.flows.hold import REDRIVE, aside, resend
from counterfoil.flows.intake import Intake, Message
from counterfoil.flows.sweep import sweep_pages
from counterfoil.kit.connector import Intent, Reading
from counterfoil.model.order import Order
from counterfoil.values.clock import from_stdlib, seconds_between
from counterfoil.values.errors import Hold, Misconfigured, Refuse, Retry
from counterfoil.values.ids import RecordId


async def one_held(stage: Stage) -> RecordId:
    stage.shop.put(order(1, note="unmapped"))
    await swept(stage)
    await stage.work()
    (record,) = await held(stage)
    return record


def mapped(stage: Stage) -> None:
    """Complete the map that the order was held for."""
    compose = stage.office.compose

    def whole(document: Order) -> Intent:
        return compose(replace(document, note=""))

    stage.office.compose = whole  # type: ignore[method-assign]


def wrong_total() -> Reading[Order]:
    """Order #1 as a source gives it whose sums are wrong."""
    one = order(1)
    problem = Hold("Order #1 says £1.00, but its parts come to £2.00.", code="total-differs")
    return Reading[Order](one.key, one.number, one.version, 100, "GBP", None, problem)


async def test_many_that_are_sent_again_are_asked_for_few_pages_at_a_time(stage: Stage) -> None:
    for number in range(1, 26):
        stage.shop.put(order(number, note="unmapped"))
        await swept(stage)
    await stage.work()
    records = await held(stage)
    assert await stage.database._pool.fetchval("select count(distinct page) from record") == 25
    mapped(stage)
    begun = stage.clock.now()
    assert await resend(stage.engine, records, "kim") == 25
    assert seconds_between(begun, stage.clock.now()) == pytest.approx(0.2), "a rest after ten pages"
    await stage.work()
    assert set((await stage.states()).values()) == {"confirmed"}


async def test_what_was_sent_again_and_never_asked_for_is_swept_up(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    record = await one_held(stage)
    mapped(stage)

    async def dies(*_: object) -> None:
        raise Retry("The database did not answer.", code="database")

    with monkeypatch.context() as patch:
        patch.setattr(stage.engine.queue, "enqueue", dies)
        with pytest.raises(Retry):
            await resend(stage.engine, [record], "kim")
    stage.clock.pass_(10)
    assert await sweep_pages(stage.engine) == 1
    await stage.work()
    assert await stage.states() == {"#1": "confirmed"}


async def test_a_held_record_that_is_sent_again_is_written_and_its_hold_is_closed(
    stage: Stage,
) -> None:
    record = await one_held(stage)
    mapped(stage)
    assert await resend(stage.engine, [record], "kim") == 1
    assert await causes(stage) == []
    await stage.work()
    assert await stage.states() == {"#1": "confirmed"}
    assert (await path(stage, "#1"))[:3] == ["captured", "held", "captured"]
    (closed,) = await stage.database._pool.fetch("select closed_by, closing from hold")
    assert tuple(closed) == ("kim", "captured")
    assert (await proven(stage.database)).holds


async def test_what_is_sent_again_goes_behind_everything_live(stage: Stage) -> None:
    record = await one_held(stage)
    await resend(stage.engine, [record], "kim")
    (row,) = await stage.database.rows("idle_pages", stage.clock.now().to_stdlib(), 0, 10)
    assert row["priority"] == REDRIVE < stage.route.plan.priority


async def test_what_still_cannot_be_made_is_held_again(stage: Stage) -> None:
    record = await one_held(stage)
    await resend(stage.engine, [record], "kim")
    await stage.work()
    assert await causes(stage) == ["unmapped-value"]


async def ages(stage: Stage) -> list[tuple[float, float]]:
    """How long ago what waits was first held for its cause, and last."""
    now = stage.clock.now()
    rows = await stage.database.rows("list_holds", None, None, 9, 0)
    return [
        tuple(seconds_between(from_stdlib(row[name]), now) for name in ("since", "opened_at"))
        for row in rows
    ]  # type: ignore[misc]


async def test_what_is_held_again_for_the_same_cause_has_waited_all_the_while(
    stage: Stage,
) -> None:
    record = await one_held(stage)
    for _ in range(2):
        stage.clock.pass_(3600)
        await resend(stage.engine, [record], "kim")
        await stage.work()
    stage.clock.pass_(60)
    assert await ages(stage) == [(7260, 60)]


async def test_another_cause_between_begins_anew(stage: Stage) -> None:
    record = await one_held(stage)
    real = stage.office.compose

    def locked(document: Order) -> Intent:
        raise Hold("The period is locked.", code="locked")

    for compose in (locked, real):
        stage.clock.pass_(100)
        stage.office.compose = compose  # type: ignore[method-assign]
        await resend(stage.engine, [record], "kim")
        await stage.work()
    assert await causes(stage) == ["unmapped-value"]
    assert await ages(stage) == [(0, 0)]


async def test_sent_again_twice_is_written_once(stage: Stage) -> None:
    record = await one_held(stage)
    mapped(stage)
    await resend(stage.engine, [record], "kim")
    with pytest.raises(Misconfigured, match="is captured and cannot be sent again"):
        await resend(stage.engine, [record], "kim")
    await stage.work()
    with pytest.raises(Misconfigured, match="is confirmed and cannot be sent again"):
        await resend(stage.engine, [record], "kim")
    assert len(stage.office.calls) == 1


async def test_one_number_that_is_wrong_moves_nothing(stage: Stage) -> None:
    record = await one_held(stage)
    with pytest.raises(Misconfigured, match="no record 999999"):
        await aside(stage.engine, [record, RecordId(999_999)], "kim", "a reason")
    assert await causes(stage) == ["unmapped-value"]


@pytest.mark.parametrize("why", ["", "  ", "\n"])
async def test_nothing_is_set_aside_without_a_reason(stage: Stage, why: str) -> None:
    record = await one_held(stage)
    with pytest.raises(Misconfigured, match="set aside with a reason"):
        await aside(stage.engine, [record], "kim", why)
    assert await causes(stage) == ["unmapped-value"]


async def test_what_is_set_aside_stays_in_the_account_with_who_and_why(stage: Stage) -> None:
    record = await one_held(stage)
    assert await aside(stage.engine, [record], "kim", "a duplicate of #0") == 1
    assert await stage.states() == {"#1": "excluded"}
    rows = await stage.database.rows("entries_of", [record])
    assert (rows[-1]["by"], '"why":"a duplicate of #0"' in rows[-1]["detail"]) == ("kim", True)
    with pytest.raises(Misconfigured, match="excluded"):
        await resend(stage.engine, [record], "kim")


async def test_an_older_version_that_is_sent_again_steps_aside(stage: Stage) -> None:
    stage.office.answers = [Hold("The period is locked.", code="locked")]
    stage.shop.put(order(1))
    await swept(stage)
    await stage.work()
    records = await held(stage)
    stage.shop.put(order(1, version=1, pence=1300))
    await swept(stage)
    assert await causes(stage) == [], "the newer version stands for it"
    with pytest.raises(Misconfigured, match="is superseded"):
        await resend(stage.engine, records, "kim")


async def test_a_record_without_a_body_is_read_at_its_source_again(stage: Stage) -> None:
    await listed(stage.engine, stage.route, [wrong_total()], 80)
    records = await held(stage)
    stage.shop.put(order(1, version=1))
    assert await resend(stage.engine, records, "kim") == 1
    await stage.work()
    assert await stage.states() == {"#1": "confirmed"}
    assert await causes(stage) == []


async def test_a_source_that_says_the_same_again_is_said_to(stage: Stage) -> None:
    await listed(stage.engine, stage.route, [wrong_total()], 80)

    async def same(keys: object) -> list[Reading[Order]]:
        return [wrong_total()]

    stage.shop.read = same  # type: ignore[method-assign,assignment]
    with pytest.raises(Refuse, match="as it gave it before"):
        await resend(stage.engine, await held(stage), "kim")
    assert await causes(stage) == ["total-differs"]


async def test_a_message_without_an_order_can_only_be_set_aside(stage: Stage) -> None:
    message = Message(1, "orders/create", "d-1", b"{not json", (stage.route,))
    await Intake(stage.engine)._store([message])
    await stage.work()
    records = await held(stage)
    with pytest.raises(Refuse, match="no order could be found"):
        await resend(stage.engine, records, "kim")
    assert await aside(stage.engine, records, "kim", "not an order") == 1
    assert await causes(stage) == []


async def test_many_on_many_pages_are_sent_again_together(stage: Stage) -> None:
    for at in range(4):
        stage.shop.put(*(order(number, note="unmapped") for number in range(at * 5, at * 5 + 5)))
        await swept(stage)
    await stage.work()
    records = await held(stage)
    mapped(stage)
    assert await resend(stage.engine, records, "kim") == len(records) == 20
    await stage.work()
    assert set((await stage.states()).values()) == {"confirmed"}
    assert (await proven(stage.database)).holds
