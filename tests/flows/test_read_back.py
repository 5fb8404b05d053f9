"""Only what was read back, field by field, is confirmed; and who is read back is no chance."""

from __future__ import annotations

import msgspec
from ends import order
from flow_stage import Stage
from hypothesis import given
from hypothesis import strategies as st
from steps import Blind, causes, colleague, held, path, swept

from counterfoil.flows.confirm import differences
from counterfoil.flows.hold import aside, resend
from counterfoil.flows.work import work
from counterfoil.kit.connector import Seen
from counterfoil.values.errors import Hold
from counterfoil.values.ids import PageId

FIELDS = st.dictionaries(
    st.sampled_from("abcde"), st.none() | st.integers(0, 2) | st.text(max_size=1)
)


@given(FIELDS, FIELDS)
def test_a_field_differs_unless_it_is_there_and_equal(
    expect: dict[str, int | str | None], seen: dict[str, int | str | None]
) -> None:
    assert not differences(expect, {**seen, **expect})
    found = differences(expect, seen)
    assert all(
        expect[name] == sent and seen.get(name) == there for name, (sent, there) in found.items()
    )
    assert all(seen.get(name) == expect[name] for name in expect if name not in found)


async def test_a_record_that_shows_late_is_confirmed_later(stage: Stage) -> None:
    blind = Blind(stage, looks=3)
    stage.shop.put(order(1))
    await swept(stage)
    await stage.work()
    assert await stage.states() == {"#1": "delivered"}
    for _ in range(8):
        stage.clock.pass_(3)
        await stage.work()
    assert await stage.states() == {"#1": "confirmed"}
    assert (blind.looked, len(stage.office.calls)) == (4, 1)
    assert stage.engine.fired["read-lag"] == 3


async def test_a_record_that_never_shows_has_drifted_and_is_not_written_again(
    stage: Stage,
) -> None:
    Blind(stage, looks=1000)
    stage.shop.put(order(1))
    await swept(stage)
    for _ in range(20):
        await stage.work()
        stage.clock.pass_(5)
    assert await stage.states() == {"#1": "drifted"}
    assert await causes(stage) == ["not-seen"]
    assert len(stage.office.calls) == 1


async def test_another_document_under_our_reference_is_not_ours(stage: Stage) -> None:
    stage.shop.put(order(1))
    await swept(stage)
    real = stage.office.read

    async def renamed(references: list[str]) -> dict[str, list[Seen]]:
        found = await real(references)
        return {
            key: [msgspec.structs.replace(one, identity="OR77") for one in seen]
            for key, seen in found.items()
        }

    stage.office.read = renamed  # type: ignore[method-assign,assignment]
    for _ in range(20):
        await stage.work()
        stage.clock.pass_(5)
    assert await stage.states() == {"#1": "drifted"}


async def test_a_second_document_that_shows_at_the_read_back_is_held(stage: Stage) -> None:
    stage.office.held["6000001"] = [("OR0", {})]
    stage.shop.put(order(1))
    await swept(stage)
    await stage.work()
    assert await causes(stage) == ["found-twice"]
    assert await path(stage, "#1") == ["captured", "mapped", "sending", "delivered", "held"]


async def test_sent_again_after_the_extra_one_was_cancelled_it_is_found_and_not_written(
    stage: Stage,
) -> None:
    stage.office.held["6000001"] = [("OR0", {})]
    stage.shop.put(order(1))
    await swept(stage)
    await stage.work()
    del stage.office.held["6000001"][0]
    await resend(stage.engine, await held(stage), "kim")
    await stage.work()
    assert await stage.states() == {"#1": "confirmed"}
    assert len(stage.office.calls) == 1


async def test_what_was_delivered_and_composes_no_longer_is_held_and_never_written_twice(
    stage: Stage,
) -> None:
    Blind(stage, looks=1)
    stage.shop.put(order(1))
    await swept(stage)
    await stage.work()
    real = stage.office.compose

    def unmapped(document: object) -> object:
        raise Hold("'Tee' is not in the value map.", code="unmapped-value")

    stage.office.compose = unmapped  # type: ignore[method-assign,assignment]
    stage.clock.pass_(5)
    await stage.work()
    assert await causes(stage) == ["unmapped-value"]
    stage.office.compose = real  # type: ignore[method-assign]
    await resend(stage.engine, await held(stage), "kim")
    await stage.work()
    assert await stage.states() == {"#1": "confirmed"}
    assert len(stage.office.calls) == 1


async def test_a_sample_is_drawn_by_identity_so_that_every_worker_draws_the_same(
    stage: Stage,
) -> None:
    stage.again(confirm="sampled", sample=0.3, sample_from_minor=100_000)
    stage.shop.put(*(order(number) for number in range(1, 201)))
    await swept(stage)
    await stage.work()
    first = await stage.states()
    drawn = {number for number, state in first.items() if state == "confirmed"}
    assert set(first.values()) == {"confirmed", "delivered"}
    assert 30 <= len(drawn) <= 90
    # Another worker, another day: the newer version of the same order is drawn as the first was.
    other = colleague(stage, "w2")
    stage.office.held.clear()
    await stage.database._pool.execute("update thread set sent = null, identity = null")
    stage.shop.put(*(order(number, version=1) for number in range(1, 201)))
    await swept(stage)
    for row in await stage.database.rows("idle_pages", stage.clock.now().to_stdlib(), 0, 100):
        await work(other, PageId(row["id"]))
    again = await stage.states()
    assert {number for number, state in again.items() if state == "confirmed"} == drawn


async def test_every_record_of_much_money_is_read_back_whatever_the_sample(stage: Stage) -> None:
    stage.again(confirm="sampled", sample=0.0, sample_from_minor=5_000)
    stage.shop.put(order(1, pence=4_999), order(2, pence=5_000), order(3, pence=900_000))
    await swept(stage)
    await stage.work()
    assert await stage.states() == {"#1": "delivered", "#2": "confirmed", "#3": "confirmed"}


async def test_a_drifted_record_can_be_set_aside_with_a_reason(stage: Stage) -> None:
    Blind(stage, looks=1000)
    stage.shop.put(order(1))
    await swept(stage)
    for _ in range(20):
        await stage.work()
        stage.clock.pass_(5)
    assert await aside(stage.engine, await held(stage), "kim", "booked by hand") == 1
    assert await stage.states() == {"#1": "excluded"}
    assert await causes(stage) == []
