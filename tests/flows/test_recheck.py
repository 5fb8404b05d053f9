"""What a person corrected at the target is confirmed by a fresh read-back, and by nothing else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest
from ends import order
from flow_stage import Stage
from msgspec.structs import replace
from steps import Blind, causes, held, path, swept, unanswered

from counterfoil.flows import recheck as rechecking
from counterfoil.flows.balance import proven
from counterfoil.flows.hold import aside
from counterfoil.flows.recheck import recheck
from counterfoil.flows.trace import stories
from counterfoil.kit.connector import Intent, Seen
from counterfoil.kit.transport import _TAPE, Exchange
from counterfoil.ledger.account import State
from counterfoil.model.order import Order
from counterfoil.store import evidence, journal, search
from counterfoil.store.journal import Cause, Move
from counterfoil.values.errors import Hold, Misconfigured, Retry
from counterfoil.values.ids import PageId, RecordId


def change(stage: Stage, number: int, **fields: object) -> None:
    """What a person does at the office's own screen."""
    ((name, there),) = stage.office.held[order(number).key]
    stage.office.held[order(number).key] = [(name, {**there, **fields})]


async def drifted(stage: Stage, *numbers: int, **more: object) -> list[RecordId]:
    """Orders that arrived a penny short; `more` is said of each."""
    real = stage.office.read

    async def short(references: Sequence[str]) -> Mapping[str, Sequence[Seen]]:
        return {
            key: [replace(one, fields={**one.fields, "total": 1249}) for one in seen]
            for key, seen in (await real(references)).items()
        }

    stage.office.read = short  # type: ignore[method-assign]
    stage.shop.put(*(order(number, **more) for number in numbers))  # type: ignore[arg-type]
    await swept(stage)
    await stage.work()
    stage.office.read = real  # type: ignore[method-assign]
    for number in numbers:
        change(stage, number, total=1249)
    records = await held(stage)
    assert set(await causes(stage)) == {"field-differs"}
    return records


async def test_what_was_corrected_there_is_confirmed_under_the_persons_name(stage: Stage) -> None:
    records = await drifted(stage, 1)
    change(stage, 1, total=1250)
    (found,) = await recheck(stage.engine, records, "kim")
    assert (found.state, found.number) == ("confirmed", "#1")
    assert await stage.states() == {"#1": "confirmed"}
    assert await causes(stage) == []
    rows = await stage.database.rows("entries_of", records)
    assert rows[-1]["by"] == "kim"
    assert len(stage.office.calls) == 1, "nothing is written again"
    assert (await proven(stage.database)).holds


async def test_lines_that_a_rule_took_out_are_not_expected_of_the_target(stage: Stage) -> None:
    (tee,) = order(1).lines
    print_ = replace(tee, key="2", sku="PRINT", service="printful")
    both = {"lines": (print_, tee), "total_minor": 2500, "tax_minor": 416}
    records = await drifted(stage, 1, **both)
    change(stage, 1, total=1250)
    (found,) = await recheck(stage.engine, records, "kim")
    assert found.state == "confirmed", found.said


async def test_what_still_differs_stays_with_its_age_and_todays_difference(stage: Stage) -> None:
    records = await drifted(stage, 1)
    (before,) = await stage.database.rows("list_holds", None, None, 9, 0)
    stage.clock.pass_(3 * 86_400)
    change(stage, 1, total=1250, sku="MUG")
    (found,) = await recheck(stage.engine, records, "kim")
    assert found.state == "drifted"
    assert "sku was sent as 'TEE' and is 'MUG'" in found.said
    (after,) = await stage.database.rows("list_holds", None, None, 9, 0)
    assert after["said"] == found.said
    assert after["since"] == before["since"] == before["opened_at"]
    assert await path(stage, "#1") == ["captured", "mapped", "sending", "delivered", "drifted"]
    (posting,) = await stage.database._pool.fetch(
        "select by from posting order by at desc, id desc limit 1"
    )
    assert posting["by"] == "kim"
    assert (await proven(stage.database)).holds
    change(stage, 1, sku="TEE")
    await recheck(stage.engine, records, "kim")
    assert await stage.states() == {"#1": "confirmed"}


async def test_one_of_a_page_is_confirmed_and_the_other_stays(stage: Stage) -> None:
    records = await drifted(stage, 1, 2, 3)
    change(stage, 2, total=1250)
    found = await recheck(stage.engine, records, "kim")
    assert [one.state for one in found] == ["drifted", "confirmed", "drifted"]
    assert await stage.states() == {"#1": "drifted", "#2": "confirmed", "#3": "drifted"}
    assert (await proven(stage.database)).holds


async def test_what_is_there_twice_or_not_at_all_is_said_so(stage: Stage) -> None:
    records = await drifted(stage, 1, 2)
    ((name, there),) = stage.office.held[order(1).key]
    stage.office.held[order(1).key] = [(name, {**there, "total": 1250}), ("OR77", there)]
    del stage.office.held[order(2).key]
    twice, gone = await recheck(stage.engine, records, "kim")
    assert "is at the target 2 times: OR1 and OR77" in twice.said
    assert "the target has none under its reference" in gone.said
    assert await stage.states() == {"#1": "drifted", "#2": "drifted"}
    assert sorted(await causes(stage)) == ["found-twice", "not-seen"]


async def test_what_was_never_seen_and_shows_after_all_is_confirmed(stage: Stage) -> None:
    blind = Blind(stage, looks=1000)
    stage.shop.put(order(1))
    await swept(stage)
    for _ in range(20):
        await stage.work()
        stage.clock.pass_(5)
    assert await causes(stage) == ["not-seen"]
    blind.left = 0
    await recheck(stage.engine, await held(stage), "kim")
    assert await stage.states() == {"#1": "confirmed"}


async def test_another_order_under_our_reference_is_not_ours(stage: Stage) -> None:
    records = await drifted(stage, 1)
    ((_, there),) = stage.office.held[order(1).key]
    stage.office.held[order(1).key] = [("OR77", {**there, "total": 1250})]
    (found,) = await recheck(stage.engine, records, "kim")
    assert (found.state, "was taken as OR1, and is there as OR77" in found.said) == (
        "drifted", True,
    )  # fmt: skip


async def test_what_was_cancelled_at_the_shop_is_never_confirmed(stage: Stage) -> None:
    stage.office.answers = [unanswered(landed=True)]
    stage.shop.put(order(1))
    await swept(stage)
    await stage.work(rounds=1)
    await aside(stage.engine, await held(stage), "ann", "not there yet")
    stage.shop.put(order(1, version=1, cancelled=True))
    await swept(stage)
    for _ in range(6):
        await stage.work()
        stage.clock.pass_(40)
    assert await stage.states() == {"#1": "drifted"}
    (record,) = await held(stage)
    (found,) = await recheck(stage.engine, [record], "kim")
    assert (found.state, "cancelled at the shop" in found.said) == ("drifted", True)


@pytest.mark.parametrize("state", ["held", "confirmed"])
async def test_only_what_arrived_and_differs_is_read_back_again(stage: Stage, state: str) -> None:
    stage.shop.put(order(1, note="unmapped" if state == "held" else ""))
    await swept(stage)
    await stage.work()
    (row,) = await stage.database._pool.fetch("select id from record")
    with pytest.raises(Misconfigured, match=f"is {state}: only what arrived"):
        await recheck(stage.engine, [row["id"]], "kim")
    with pytest.raises(Misconfigured, match="no record 999999"):
        await recheck(stage.engine, [RecordId(999_999)], "kim")


async def test_a_target_that_is_away_changes_nothing_and_is_told(stage: Stage) -> None:
    records = await drifted(stage, 1)

    async def away(references: Sequence[str]) -> Mapping[str, Sequence[Seen]]:
        raise Retry("office could not be reached.", code="unreachable")

    stage.office.read = away  # type: ignore[method-assign]
    before = await stage.database._pool.fetch("select * from hold")
    with pytest.raises(Retry, match="could not be reached"):
        await recheck(stage.engine, records, "kim")
    assert await stage.database._pool.fetch("select * from hold") == before


async def test_the_read_back_is_kept_as_evidence(stage: Stage) -> None:
    records = await drifted(stage, 1)
    real = stage.office.read

    async def recorded(references: Sequence[str]) -> Mapping[str, Sequence[Seen]]:
        tape = _TAPE.get()
        assert tape is not None
        now = stage.clock.now()
        tape.append(Exchange(now, "GET", "https://office/6000001", b"", 200, {}, b"{}", 0.01))
        return await real(references)

    stage.office.read = recorded  # type: ignore[method-assign]
    await recheck(stage.engine, records, "kim")
    (page,) = await stage.database._pool.fetch("select id from page")
    kept = await evidence.found(stage.database, [PageId(page["id"])])
    assert [(one.url, one.records) for one in kept if one.method == "GET"] == [
        ("https://office/6000001", tuple(records))
    ]


@pytest.mark.parametrize("corrected", [True, False])
async def test_a_record_that_moved_while_it_was_looked_up_is_left_alone(
    stage: Stage, corrected: bool
) -> None:
    records = await drifted(stage, 1)
    real = stage.office.read

    async def slow(references: Sequence[str]) -> Mapping[str, Sequence[Seen]]:
        await aside(stage.engine, records, "ann", "booked by hand")
        return await real(references)

    stage.office.read = slow  # type: ignore[method-assign]
    if corrected:
        change(stage, 1, total=1250)
        with pytest.raises(Retry, match="moved one of these records meanwhile"):
            await recheck(stage.engine, records, "kim")
    else:
        await recheck(stage.engine, records, "kim")
    assert await stage.states() == {"#1": "excluded"}
    (closed,) = await stage.database._pool.fetch("select said from hold")
    assert "again" not in closed["said"]


async def test_a_map_that_was_changed_since_is_told_in_the_story(stage: Stage) -> None:
    records = await drifted(stage, 1)
    real = stage.office.compose

    def remapped(document: Order) -> Intent:
        made = real(document)
        return Intent(made.reference, made.payload + b" ", {**made.expect, "sku": "T-SHIRT"})

    stage.office.compose = remapped  # type: ignore[method-assign]
    change(stage, 1, total=1250, sku="T-SHIRT")
    await recheck(stage.engine, records, "kim")
    documents = await search.of_records(stage.database, records)
    (told,) = await stories(stage.database, {"orders": stage.route.plan}, documents)
    assert told.sentences[-2].said == (
        "kim had it read back again, and every field is as today's maps would send it."
    )


async def test_what_can_be_made_no_longer_stays_with_that_reason(stage: Stage) -> None:
    records = await drifted(stage, 1)

    def unmapped(document: Order) -> Intent:
        raise Hold("'Tee' is not in the value map.", do="Add it.", code="unmapped-value")

    stage.office.compose = unmapped  # type: ignore[method-assign]
    (found,) = await recheck(stage.engine, records, "kim")
    assert (found.state, found.said) == ("drifted", "'Tee' is not in the value map.")


async def test_what_is_held_though_it_arrived_is_read_back_too(stage: Stage) -> None:
    stage.again(confirm="off")
    stage.shop.put(order(1))
    await swept(stage)
    await stage.work()
    (row,) = await stage.database._pool.fetch("select * from record")
    moved = Move(
        row["id"], row["subject"], row["seq"], State.DELIVERED, (State.HELD,), row["minor"],
        row["currency"], intent=row["intent"],
        cause=Cause("rules-changed", "The maps were changed.", "Look.", ""),
    )  # fmt: skip
    async with stage.database.transaction() as unit:
        page = await rechecking.seize(stage.engine, unit, row["page"])
        await journal.post(
            unit,
            page,
            [moved],
            numbers=stage.engine.numbers,
            at=stage.clock.now(),
            owner=lambda cause: "ops",
        )
    change(stage, 1, total=1)
    (found,) = await recheck(stage.engine, [row["id"]], "kim")
    assert (found.state, await causes(stage)) == ("held", ["rules-changed"])
    change(stage, 1, total=1250)
    await recheck(stage.engine, [row["id"]], "kim")
    assert await stage.states() == {"#1": "confirmed"}
    assert (await proven(stage.database)).holds


async def test_an_answer_about_several_pages_is_kept_as_one_about_all_of_them(stage: Stage) -> None:
    await drifted(stage, 1)
    records = await drifted(stage, 2)
    assert len(records) == 2
    real = stage.office.read

    async def recorded(references: Sequence[str]) -> Mapping[str, Sequence[Seen]]:
        tape = _TAPE.get()
        assert tape is not None
        tape.append(
            Exchange(stage.clock.now(), "GET", "https://office/all", b"", 200, {}, b"[]", 0.01)
        )
        return await real(references)

    stage.office.read = recorded  # type: ignore[method-assign]
    await recheck(stage.engine, records, "kim")
    for page in await stage.database._pool.fetch("select id from page"):
        found = await evidence.found(stage.database, [PageId(page["id"])])
        (kept,) = [one for one in found if one.method == "GET"]
        assert sorted(kept.records) == sorted(records), "else it would be shown whole for one"
