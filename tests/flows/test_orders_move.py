"""The life of a record: once in effect, read back, and never lost, whatever the target answers."""

from __future__ import annotations

import msgspec
from ends import order
from flow_stage import Stage

from counterfoil.flows.intake import Intake, Message
from counterfoil.flows.sweep import sweep_source
from counterfoil.values.errors import Hold, Retry, Settle


async def swept(stage: Stage) -> int:
    _, new = await sweep_source(stage.engine, stage.route, None)
    return new


async def test_a_listed_order_is_written_once_and_confirmed(stage: Stage) -> None:
    stage.shop.put(*(order(n) for n in range(1, 301)))
    assert await swept(stage) == 300
    await stage.work()
    assert set((await stage.states()).values()) == {"confirmed"}
    assert len(stage.office.calls) == 300


async def test_listing_again_changes_nothing(stage: Stage) -> None:
    stage.shop.put(order(1))
    await swept(stage)
    await stage.work()
    assert await swept(stage) == 0
    await stage.work()
    assert stage.office.calls == ["6000001"]


async def test_a_pushed_message_moves_like_a_listed_order(stage: Stage) -> None:
    intake = Intake(stage.engine)
    message = Message(1, "orders/create", "d-1", msgspec.json.encode(order(1)), (stage.route,))
    stored = await intake._store([message])
    again = await intake._store([message])
    await stage.work()
    assert (stored, again) == (["stored"], ["known"])
    assert await stage.states() == {"#1": "confirmed"}


async def test_the_same_bytes_under_another_delivery_number_are_refused(stage: Stage) -> None:
    intake = Intake(stage.engine)
    body = msgspec.json.encode(order(1))
    await intake._store([Message(1, "orders/create", "d-1", body, (stage.route,))])
    (receipt,) = await intake._store([Message(1, "orders/create", "d-2", body, (stage.route,))])
    assert getattr(receipt, "code", "") == "replayed"


async def test_an_unreadable_message_is_held_and_not_counted_as_an_order(stage: Stage) -> None:
    intake = Intake(stage.engine)
    await intake._store([Message(1, "orders/create", "d-1", b"{not json", (stage.route,))])
    await stage.work()
    holds = await stage.database.rows("list_holds", None, None, 10, 0)
    assert [row["cause"] for row in holds] == ["bad-json"]


async def test_what_certainly_did_not_land_is_sent_again_later(stage: Stage) -> None:
    stage.office.answers = [Retry("busy", after_s=5)]
    stage.shop.put(order(1))
    await swept(stage)
    await stage.work()
    assert await stage.states() == {"#1": "mapped"}
    stage.clock.pass_(10)
    await stage.work()
    assert await stage.states() == {"#1": "confirmed"}
    assert len(stage.office.calls) == 2


async def test_an_unanswered_write_that_landed_is_found_and_not_written_again(stage: Stage) -> None:
    lost = Settle("no answer")
    lost.landed = True  # type: ignore[attr-defined]
    stage.office.answers = [lost]
    stage.shop.put(order(1))
    await swept(stage)
    await stage.work()
    assert await stage.states() == {"#1": "in_doubt"}
    stage.clock.pass_(31)
    await stage.work()
    assert await stage.states() == {"#1": "confirmed"}
    assert len(stage.office.held["6000001"]) == 1


async def test_an_unanswered_write_is_looked_up_twice_before_it_is_sent_again(stage: Stage) -> None:
    stage.office.answers = [Settle("no answer")]
    stage.shop.put(order(1))
    await swept(stage)
    await stage.work()
    stage.clock.pass_(31)
    await stage.work()
    assert await stage.states() == {"#1": "in_doubt"}
    stage.clock.pass_(16)
    await stage.work()
    assert await stage.states() == {"#1": "delivered"}
    assert len(stage.office.calls) == 2


async def test_one_bad_record_holds_itself_only(stage: Stage) -> None:
    stage.shop.put(*(order(n) for n in range(1, 250)), order(250, note="unmapped", pence=9900))
    await swept(stage)
    await stage.work()
    states = list((await stage.states()).values())
    assert (states.count("confirmed"), states.count("held")) == (249, 1)
    (hold,) = await stage.database.rows("list_holds", None, None, 10, 0)
    assert (hold["cause"], hold["minor"], hold["owner"]) == ("unmapped-value", 9900, "operations")


async def test_a_refusal_by_the_target_is_held_with_its_words(stage: Stage) -> None:
    stage.office.answers = [Hold("The period is locked.", do="Open it.", code="locked")]
    stage.shop.put(order(1))
    await swept(stage)
    await stage.work()
    assert await stage.states() == {"#1": "held"}


async def test_a_field_that_differs_is_drifted_and_seen(stage: Stage) -> None:
    stage.shop.put(order(1))
    await swept(stage)
    await stage.work()
    stage.office.held.clear()
    stage.shop.put(order(2))
    real_write = stage.office._write

    def penny(intent):
        answer = real_write(intent)
        name, fields = stage.office.held[intent.reference][-1]
        stage.office.held[intent.reference][-1] = (name, {**fields, "total": 1251})
        return answer

    stage.office._write = penny  # type: ignore[method-assign]
    await swept(stage)
    await stage.work()
    assert (await stage.states())["#2"] == "drifted"
    (hold,) = await stage.database.rows("list_holds", None, None, 10, 0)
    assert "total was sent as 1250 and is 1251" in hold["said"]


async def test_a_newer_version_with_nothing_new_for_the_target_is_merged(stage: Stage) -> None:
    stage.shop.put(order(1))
    await swept(stage)
    await stage.work()
    stage.shop.put(order(1, version=1))
    await swept(stage)
    await stage.work()
    assert await stage.states() == {"#1": "merged"}
    assert len(stage.office.calls) == 1


async def test_a_change_after_sending_is_held_where_the_target_cannot_be_amended(
    stage: Stage,
) -> None:
    stage.shop.put(order(1))
    await swept(stage)
    await stage.work()
    stage.shop.put(order(1, version=1, pence=1300))
    await swept(stage)
    await stage.work()
    (hold,) = await stage.database.rows("list_holds", None, None, 10, 0)
    assert hold["cause"] == "changed-after-sent"


async def test_an_older_version_that_comes_late_steps_aside(stage: Stage) -> None:
    stage.shop.put(order(1, version=1))
    await swept(stage)
    stage.shop.put(order(1, version=0, pence=100))
    await swept(stage)
    await stage.work()
    assert await stage.states() == {"#1": "confirmed"}
    assert stage.office.held["6000001"][0][1]["total"] == 1250


async def test_a_newer_version_overtakes_one_that_has_not_left(stage: Stage) -> None:
    stage.shop.put(order(1, pence=100))
    await swept(stage)
    stage.shop.put(order(1, version=1, pence=200))
    await swept(stage)
    await stage.work()
    assert len(stage.office.calls) == 1
    assert stage.office.held["6000001"][0][1]["total"] == 200


async def test_a_route_in_shadow_does_everything_but_write(stage: Stage) -> None:
    now = stage.clock.now().to_stdlib()
    await stage.database.rows("switch_route", "orders", "shadow", now, "test", "trying")
    stage.shop.put(order(1))
    await swept(stage)
    await stage.work()
    assert await stage.states() == {"#1": "mapped"}
    assert stage.office.calls == []


async def test_a_route_without_read_back_says_delivered_and_no_more(stage: Stage) -> None:
    stage.again(confirm="off")
    stage.shop.put(order(1))
    await swept(stage)
    await stage.work()
    assert await stage.states() == {"#1": "delivered"}
