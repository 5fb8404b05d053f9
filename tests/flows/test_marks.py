"""Marks are the source's own text: what it gives is what it is given back, whatever it looks like.

Here a source counts its changes, as a warehouse numbers its history: no moment, no overlap.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import msgspec
import pytest
from ends import Shop, order, reading
from flow_stage import HandClock, Stage

from counterfoil.flows import timer
from counterfoil.flows.feed import feed_of
from counterfoil.flows.load import listing_now
from counterfoil.flows.route import Route
from counterfoil.flows.sweep import sweep_feed, sweep_source
from counterfoil.kit.connector import Listing
from counterfoil.kit.mark import moment
from counterfoil.model.order import Order
from counterfoil.store import schema, tasks
from counterfoil.store.postgres import Database
from counterfoil.values.clock import instant
from counterfoil.values.errors import Halt, Retry

PAGE = 3


@dataclass
class Numbered(Shop):
    """A shop whose history has a number for each change; a listing goes on beyond the last one."""

    history: list[str] = field(default_factory=list[str])
    asked: list[str | None] = field(default_factory=list[str | None])
    fails_at: str | None = None

    def put(self, *orders: Order) -> None:
        super().put(*orders)
        self.history += [one.key for one in orders]

    async def since(self, mark: str | None, cursor: str | None) -> Listing[Order]:
        if cursor is None:
            self.asked.append(mark)
        if cursor is not None and cursor == self.fails_at:
            raise Retry("The place is lost.", code="cursor-expired")
        at = int(cursor or mark or 0)
        end = min(at + PAGE, len(self.history))
        rows = tuple(reading(self.orders[key]) for key in self.history[at:end])
        return Listing(rows, str(end) if end < len(self.history) else None, str(end))


def numbered(stage: Stage, **claims: object) -> Numbered:
    """The stage's route, reading such a shop."""
    shop = Numbered()
    carries = msgspec.structs.replace(stage.route.source_carries, overlap=False, **claims)
    stage.route = msgspec.structs.replace(stage.route, source=shop, source_carries=carries)
    stage.engine.routes = {1: stage.route}
    return shop


async def second(stage: Stage) -> Route:
    """Another route of the same feed."""
    await stage.database.run("name_route", "again", "on", stage.clock.now().to_stdlib())
    route = msgspec.structs.replace(stage.route, id=2, name="again")
    stage.engine.routes = {1: stage.route, 2: route}
    return route


async def test_a_mark_comes_back_as_it_was_given_with_no_overlap(stage: Stage) -> None:
    shop = numbered(stage)
    shop.put(*(order(number) for number in range(1, 6)))
    assert await listing_now(stage.engine, stage.route) == 5
    shop.put(order(6))
    assert await listing_now(stage.engine, stage.route) == 1
    assert shop.asked == [None, "5"]


async def test_an_empty_listing_leaves_the_mark_where_it_is(stage: Stage) -> None:
    shop = numbered(stage)
    shop.put(order(1))
    await listing_now(stage.engine, stage.route)
    shop.since = nothing  # type: ignore[method-assign]
    assert await sweep_source(stage.engine, stage.route, "1") == ("1", 0)


async def nothing(mark: str | None, cursor: str | None) -> Listing[Order]:
    return Listing((), None)


async def test_routes_at_other_marks_are_listed_from_each_and_end_at_one(stage: Stage) -> None:
    shop = numbered(stage)
    shop.put(*(order(number) for number in range(1, 6)))
    await timer.tick(stage.engine)
    await second(stage)
    shop.put(order(6))
    stage.clock.pass_(stage.route.plan.cadence_s + 1)
    await timer.tick(stage.engine)
    assert {*shop.asked[1:]} == {None, "5"}
    stage.clock.pass_(stage.route.plan.cadence_s + 1)
    await timer.tick(stage.engine)
    assert shop.asked[3:] == ["6"], "from now on one listing is enough for both"
    rows = await stage.database._pool.fetch(
        "select route, count(*) as records from record group by route"
    )
    assert {row["route"]: row["records"] for row in rows} == {1: 6, 2: 6}


async def test_what_changes_between_two_listings_is_missed_by_neither(stage: Stage) -> None:
    """The first ends, something changes, the second reads it: the first has it by the second."""
    shop = numbered(stage)
    other = await second(stage)
    shop.put(order(1), order(2))
    well = shop.since

    async def since(mark: str | None, cursor: str | None) -> Listing[Order]:
        if mark == "1" and len(shop.history) == 2:
            shop.put(order(3))
        return await well(mark, cursor)

    shop.since = since  # type: ignore[method-assign]
    feed = feed_of(stage.route, other)
    reached, _ = await sweep_feed(stage.engine, feed, {1: None, 2: "1"})
    assert reached == {1: "3", 2: "3"}
    rows = await stage.database._pool.fetch("select number from record where route = 1")
    assert {row["number"] for row in rows} == {"#1", "#2", "#3"}


async def test_a_place_that_is_lost_goes_on_from_the_last_mark(stage: Stage) -> None:
    shop = numbered(stage)
    shop.put(*(order(number) for number in range(1, 9)))
    shop.fails_at = "6"
    well = shop.since

    async def mended(mark: str | None, cursor: str | None) -> Listing[Order]:
        if mark == "6":
            shop.fails_at = None
        return await well(mark, cursor)

    shop.since = mended  # type: ignore[method-assign]
    assert await sweep_source(stage.engine, stage.route, None) == ("8", 8)
    assert shop.asked == [None, "6"]


async def test_a_listing_in_no_order_counts_only_when_it_has_ended(stage: Stage) -> None:
    shop = numbered(stage, ordered=False)
    shop.put(*(order(number) for number in range(1, 9)))
    shop.fails_at = "6"
    with pytest.raises(Retry):
        await listing_now(stage.engine, stage.route)
    assert len(await stage.states()) == 6, "what was read is kept"
    shop.fails_at = None
    assert await listing_now(stage.engine, stage.route) == 2
    assert shop.asked == [None, None], "the mark had not moved"


async def test_moments_in_no_order_move_the_mark_to_the_latest_at_the_end(stage: Stage) -> None:
    carries = msgspec.structs.replace(stage.route.source_carries, ordered=False)
    stage.route = msgspec.structs.replace(stage.route, source_carries=carries)
    pages = [
        Listing((reading(order(3)),), "x", "2026-11-02T10:00:03Z"),
        Listing((reading(order(1)),), "y", "2026-11-02T10:00:01Z"),
        Listing((reading(order(2)),), None, "2026-11-02T10:00:02Z"),
    ]

    async def since(mark: str | None, cursor: str | None) -> Listing[Order]:
        return pages.pop(0)

    stage.shop.since = since  # type: ignore[method-assign]
    mark, new = await sweep_source(stage.engine, stage.route, None)
    assert (moment(mark), new) == (order(3).version, 3)


async def test_a_mark_that_is_no_moment_is_told_and_not_guessed_at(stage: Stage) -> None:
    with pytest.raises(Halt, match="'4711' of the last listing is no moment"):
        await sweep_source(stage.engine, stage.route, "4711")


async def test_the_marks_of_an_older_database_are_read_on(
    database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = await Database.open(database)
    every = schema.migrations()
    with monkeypatch.context() as patched:
        patched.setattr(schema, "migrations", lambda: [one for one in every if one[0] < 18])
        await schema.upgrade(store, HandClock())
    run = store._pool.execute
    at = "2026-11-02T09:00:00.123456Z"
    await run("insert into connection values (1, 'shop')")
    await run("insert into route values (1, 'orders', 'on', now(), 'x', 'y')")
    for task in ("listing", "census", "listed", "recount"):
        await run(
            "insert into cursor (route, task, mark, due) values (1, $1, $2, $2)",
            task, instant(at).to_stdlib(),
        )  # fmt: skip
    await schema.upgrade(store, HandClock())
    rows = {row.task: row for row in await tasks.every(store)}
    assert {task: rows[task].mark for task in rows} == {
        "listing": at, "census": at, "listed": None, "recount": None,
    }  # fmt: skip
    assert {rows[task].noted for task in ("listed", "recount")} == {instant(at).to_stdlib()}
    await store.close()
