"""The listing: what no message brought, late rows, places that are lost, lists without an end."""

from __future__ import annotations

import asyncio

import pytest
from ends import order, reading
from flow_stage import Stage
from steps import swept

from counterfoil.flows import timer
from counterfoil.flows.intake import Intake, Message
from counterfoil.flows.sweep import sweep_source
from counterfoil.kit.connector import Listing
from counterfoil.kit.mark import made, moment, newest
from counterfoil.model.order import Order
from counterfoil.values.clock import Instant, instant, later
from counterfoil.values.digest import canonical
from counterfoil.values.errors import Halt, Retry


class Listed:
    """A source that plays these answers, and keeps what it was asked."""

    def __init__(self, stage: Stage, *answers: Listing[Order] | Retry) -> None:
        self.asked: list[tuple[str | None, str | None]] = []
        self._answers = list(answers)
        stage.shop.since = self.since  # type: ignore[method-assign]

    async def since(self, mark: str | None, cursor: str | None) -> Listing[Order]:
        self.asked.append((mark, cursor))
        answer = self._answers.pop(0)
        if isinstance(answer, Retry):
            raise answer
        return answer


def page(*numbers: int, cursor: str | None = None) -> Listing[Order]:
    readings = tuple(reading(order(number)) for number in numbers)
    return Listing(readings, cursor, newest(readings))


async def test_the_mark_is_the_last_change_that_was_seen(stage: Stage) -> None:
    Listed(stage, page(3, 1, cursor="x"), page(2))
    mark, new = await sweep_source(stage.engine, stage.route, None)
    assert (moment(mark), new) == (order(3).version, 3)


async def test_an_empty_listing_keeps_the_mark(stage: Stage) -> None:
    Listed(stage, page())
    start = "2026-11-02T11:00:00Z"
    assert await sweep_source(stage.engine, stage.route, start) == (start, 0)


async def noted(stage: Stage) -> dict[str, Instant]:
    """When a listing last ended, and the newest change that any has seen."""
    rows = await stage.database.rows("cursors")
    return {
        row["task"]: moment(row["mark"]) or Instant(row["noted"])
        for row in rows
        if row["task"] != "census"
    }


async def test_when_a_listing_ended_and_how_far_it_came_are_two_moments(stage: Stage) -> None:
    stage.shop.put(order(1))
    await timer.tick(stage.engine)
    listed = stage.clock.now()
    assert await noted(stage) == {"listed": listed, "listing": order(1).version}
    Listed(stage, *(Retry("The shop is away.") for _ in range(6)))
    stage.clock.pass_(500)
    await timer.tick(stage.engine)
    assert (await noted(stage))["listed"] == listed, "one that failed is none"
    Listed(stage, page())
    stage.clock.pass_(10)
    await timer.tick(stage.engine)
    now = Instant(stage.clock.now().to_stdlib())
    assert await noted(stage) == {"listed": now, "listing": order(1).version}


async def test_a_listing_begins_before_the_mark_so_that_late_rows_are_found(stage: Stage) -> None:
    stage.shop.put(order(2))
    mark, _ = await sweep_source(stage.engine, stage.route, None)
    stage.shop.put(order(1))  # written at the shop before the mark, shown after it
    _, new = await sweep_source(stage.engine, stage.route, mark)
    assert new == 1
    await stage.work()
    assert await stage.states() == {"#1": "confirmed", "#2": "confirmed"}


async def test_the_overlap_is_the_one_that_was_promised(stage: Stage) -> None:
    stage.again(overlap_s=90.0)
    listed = Listed(stage, page())
    await sweep_source(stage.engine, stage.route, "2026-11-02T11:00:00Z")
    assert listed.asked == [("2026-11-02T10:58:30Z", None)]


async def test_a_place_that_was_lost_begins_again_from_what_was_read(stage: Stage) -> None:
    stage.again(overlap_s=1.0)
    gone = Retry("The cursor is too old.", code="cursor-expired")
    listed = Listed(stage, page(1, cursor="x"), gone, page(1, cursor="x"), page(2))
    _, new = await sweep_source(stage.engine, stage.route, None)
    assert new == 2
    assert listed.asked[2] == (made(later(order(1).version, -1)), None)
    assert stage.engine.fired["cursor-expired"] == 1


async def test_a_place_that_is_lost_before_anything_was_read_is_no_loop(stage: Stage) -> None:
    Listed(stage, *(Retry("The cursor is too old.", code="cursor-expired") for _ in range(10)))
    with pytest.raises(Retry):
        await sweep_source(stage.engine, stage.route, None)


async def test_the_same_place_twice_stops_the_listing(stage: Stage) -> None:
    listed = Listed(stage, page(1, cursor="x"), page(2, cursor="y"), page(3, cursor="x"))
    with pytest.raises(Halt) as stopped:
        await sweep_source(stage.engine, stage.route, None)
    assert stopped.value.code == "cursor-repeats"
    assert len(listed.asked) == 3
    assert len(await stage.states()) == 3, "what was read is kept"


async def test_a_blip_is_waited_for(stage: Stage) -> None:
    Listed(stage, Retry("busy"), Retry("busy"), page(1))
    assert (await sweep_source(stage.engine, stage.route, None))[1] == 1


async def test_a_message_and_a_listing_of_one_version_make_one_record(stage: Stage) -> None:
    one = order(1)
    message = Message(1, "orders/create", "d-1", canonical(one), (stage.route,))
    await Intake(stage.engine)._store([message])
    stage.shop.put(one)
    assert await swept(stage) == 1
    await stage.work()
    assert stage.office.calls == ["6000001"]
    assert stage.engine.fired["same-version"] == 1


# --- the timers ---


async def turns(stage: Stage) -> dict[str, str]:
    return {row["task"]: row["due"] for row in await stage.database.rows("cursors")}


async def test_each_task_comes_due_by_its_own_interval(stage: Stage) -> None:
    stage.shop.put(order(1))
    await timer.tick(stage.engine)
    start = stage.clock.now()
    due = await turns(stage)
    assert due["listing"] == later(start, stage.route.plan.cadence_s).to_stdlib()
    assert due["census"] == later(start, stage.route.plan.census_s).to_stdlib()
    stage.shop.put(order(2))
    await timer.tick(stage.engine)
    assert len(await stage.states()) == 1, "not due yet"
    stage.clock.pass_(stage.route.plan.cadence_s)
    await timer.tick(stage.engine)
    assert len(await stage.states()) == 2


async def test_a_task_that_failed_is_tried_soon_and_keeps_its_mark(stage: Stage) -> None:
    Listed(stage, *(Retry("away") for _ in range(6)))
    await timer.tick(stage.engine)
    after = stage.clock.now()
    (row,) = [row for row in await stage.database.rows("cursors") if row["task"] == "listing"]
    assert row["mark"] is None
    assert row["due"] <= later(after, 5).to_stdlib()


async def test_a_route_that_is_off_is_not_listed(stage: Stage) -> None:
    now = stage.clock.now().to_stdlib()
    await stage.database.rows("switch_route", "orders", "off", now, "kim", "stocktaking")
    stage.shop.put(order(1))
    await timer.tick(stage.engine)
    assert not await stage.states()
    assert set((await turns(stage)).values()) == {now}  # neither was taken


@pytest.mark.parametrize(
    ("start", "until", "at", "listed"),
    [
        ("11:00", "13:00", "2026-11-02T12:59:00Z", 1),
        ("11:00", "13:00", "2026-11-02T13:00:00Z", 0),
        ("22:00", "04:00", "2026-11-02T23:30:00Z", 1),
        ("22:00", "04:00", "2026-11-03T03:59:00Z", 1),
        ("22:00", "04:00", "2026-11-03T04:00:00Z", 0),
        ("00:00", "24:00", "2026-11-03T00:00:00Z", 1),
    ],
)
async def test_a_batch_route_lists_inside_its_hours_only(
    stage: Stage, start: str, until: str, at: str, listed: int
) -> None:
    stage.again(mode="batch", batch_from=start, batch_until=until)
    stage.clock.moment = instant(at)
    stage.shop.put(order(1))
    await timer.tick(stage.engine)
    assert len(await stage.states()) == listed


async def test_more_than_a_page_holds_lies_on_several(stage: Stage) -> None:
    Listed(stage, page(*range(1, 601)))
    assert (await sweep_source(stage.engine, stage.route, None))[1] == 600
    rows = await stage.database._pool.fetch(
        "select page, count(*) as count, bool_and(id = page * 256 + place) as numbered"
        " from record group by page order by 2"
    )
    assert [(row["count"], row["numbered"]) for row in rows] == [
        (100, True), (250, True), (250, True),
    ]  # fmt: skip
    await stage.work()
    assert set((await stage.states()).values()) == {"confirmed"}


async def test_the_next_page_is_asked_for_while_this_one_is_written(stage: Stage) -> None:
    """A source that takes its time is at work meanwhile, one page ahead and no more."""
    source = Listed(stage, page(1, cursor="a"), page(2, cursor="b"), page(3))
    written: list[int] = []
    create = stage.database.rows

    async def rows(name: str, *values: object) -> object:
        if name == "bound_now":
            await asyncio.sleep(0)
            written.append(len(source.asked))
        return await create(name, *values)

    stage.database.rows = rows  # type: ignore[method-assign, assignment]
    assert (await sweep_source(stage.engine, stage.route, None))[1] == 3
    assert written == [2, 3, 3]
    assert [cursor for _, cursor in source.asked] == [None, "a", "b"]


async def test_what_was_asked_for_ahead_is_let_go_where_a_page_cannot_be_kept(
    stage: Stage,
) -> None:
    let_go = asyncio.Event()

    async def since(mark: str | None, cursor: str | None) -> Listing[Order]:
        if cursor is None:
            return page(1, cursor="a")
        try:
            await asyncio.Event().wait()
        finally:
            let_go.set()
        raise AssertionError

    async def fails(name: str, *values: object) -> object:
        await asyncio.sleep(0)
        raise Retry("the database is away", code="database")

    stage.shop.since = since  # type: ignore[method-assign]
    stage.database.rows = fails  # type: ignore[method-assign, assignment]
    with pytest.raises(Retry, match="away"):
        await sweep_source(stage.engine, stage.route, None)
    assert let_go.is_set()
