"""A feed: two routes from one source ask it once, and neither misses what the other has had."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

import msgspec
import pytest
from ends import Office, Shop, order
from flow_stage import Stage
from steps import colleague

from counterfoil.flows import timer
from counterfoil.flows.feed import feed_of, feeds
from counterfoil.flows.route import Route
from counterfoil.flows.sweep import sweep_feed
from counterfoil.kit.connector import CensusPage, Listing, Reading
from counterfoil.kit.mark import made
from counterfoil.ledger.account import State
from counterfoil.model.order import Order
from counterfoil.values.clock import Instant, instant, later
from counterfoil.values.errors import Halt


@dataclass
class Asked(Shop):
    """A shop that keeps how often it was asked, and from when on."""

    calls: Counter[str] = field(default_factory=Counter[str])
    starts: list[str | None] = field(default_factory=list[str | None])

    async def read(self, keys: Sequence[str]) -> Sequence[Reading[Order]]:
        self.calls["read"] += 1
        return await super().read(keys)

    async def since(self, mark: str | None, cursor: str | None) -> Listing[Order]:
        self.calls["since"] += 1
        self.starts.append(mark)
        return await super().since(mark, cursor)

    async def census(self, start: Instant, end: Instant, cursor: str | None) -> CensusPage:
        self.calls["census"] += 1
        return await super().census(start, end, cursor)


@dataclass
class Two:
    """Two routes from one shop: one to the office, one to a depot."""

    stage: Stage
    shop: Asked
    depot: Office
    second: Route

    def let(self, *routes: Route) -> None:
        """The worker has these routes."""
        self.stage.engine.routes = {route.id: route for route in routes}

    async def states(self) -> dict[tuple[int, str], str]:
        """Where the newest version of each order stands, by route and number."""
        rows = await self.stage.database._pool.fetch(
            "select r.route, r.number, r.state from thread t join record r on r.id = t.newest"
        )
        return {(row["route"], row["number"]): State(row["state"]).word for row in rows}

    async def marks(self, task: str = "listing") -> dict[str, Instant]:
        rows = await self.stage.database.rows("cursors")
        return {
            row["route"]: instant(row["mark"])
            for row in rows
            if row["task"] == task and row["mark"] is not None
        }


@pytest.fixture
async def two(stage: Stage) -> Two:
    shop, depot = Asked(), Office()
    stage.shop = shop
    stage.route = msgspec.structs.replace(stage.route, source=shop)
    await stage.database.run("name_connection", "depot")
    await stage.database.run("name_route", "to-depot", "on", stage.clock.now().to_stdlib())
    plan = msgspec.structs.replace(stage.route.plan, target="depot")
    second = msgspec.structs.replace(
        stage.route, id=2, name="to-depot", plan=plan, target=depot, target_connection=3
    )
    found = Two(stage, shop, depot, second)
    found.let(stage.route, second)
    return found


async def test_two_routes_list_their_source_once(two: Two) -> None:
    two.shop.put(order(1), order(2))
    await timer.tick(two.stage.engine)
    assert two.shop.calls["since"] == 1
    await two.stage.work()
    assert set((await two.states()).values()) == {"confirmed"}
    assert sorted(two.depot.calls) == sorted(two.stage.office.calls) == ["6000001", "6000002"]
    assert await two.marks() == dict.fromkeys(("orders", "to-depot"), order(2).version)
    two.stage.clock.pass_(two.second.plan.cadence_s + 1)
    await timer.tick(two.stage.engine)
    assert two.shop.calls["since"] == 2


async def test_a_window_is_asked_for_once_and_counted_for_each(two: Two) -> None:
    two.shop.put(order(1))
    await sweep_feed(two.stage.engine, feed_of(two.stage.route, two.second), {1: None, 2: None})
    await two.stage.work()
    two.stage.clock.pass_(601)
    await timer.tick(two.stage.engine)
    assert two.shop.calls["census"] == 3, "the windows of 9, 10 and 11 o'clock"
    for route in (1, 2):
        rows = await two.stage.database.rows("censuses", route)
        assert [(row["listed"], row["closed"]) for row in rows] == [(1, True), (0, True), (0, True)]


async def test_what_one_route_misses_is_read_once_and_captured_there_only(two: Two) -> None:
    two.shop.put(order(1), order(2))
    await timer.tick(two.stage.engine)
    await two.stage.work()
    # Created in a window that is over, and shown to nobody by a listing.
    two.shop.put(order(3, updated="2026-11-02T09:00:00Z"))
    late = msgspec.structs.replace(order(4), updated="2026-11-02T09:00:00Z")
    two.shop.put(late)
    only = feed_of(two.stage.route)
    await sweep_feed(two.stage.engine, only, {1: "2026-11-02T08:00:00Z"})
    two.shop.calls.clear()
    two.stage.clock.pass_(two.second.plan.census_s + 1)
    before = await _records(two)
    await timer.tick(two.stage.engine)
    assert two.shop.calls["read"] == 1
    await two.stage.work()
    assert await _records(two) == {1: before[1], 2: before[2] + 2}
    assert sorted(two.depot.calls) == [f"600000{one}" for one in (1, 2, 3, 4)]


async def _records(two: Two) -> dict[int, int]:
    rows = await two.stage.database._pool.fetch("select route, count(*) from record group by route")
    return {row["route"]: row["count"] for row in rows}


async def test_a_new_route_begins_at_the_beginning_and_the_other_takes_nothing_twice(
    two: Two,
) -> None:
    two.let(two.stage.route)
    for number in range(3):
        two.shop.put(order(number))
    await timer.tick(two.stage.engine)
    await two.stage.work()
    two.let(two.stage.route, two.second)
    two.stage.clock.pass_(two.stage.route.plan.cadence_s + 1)
    await timer.tick(two.stage.engine)
    assert two.shop.starts[-1] is None, "from the mark of the one that is furthest behind"
    await two.stage.work()
    assert len(two.depot.calls) == len(two.stage.office.calls) == 3


async def test_a_route_that_was_off_goes_on_from_its_own_mark(two: Two) -> None:
    two.shop.put(order(1))
    await timer.tick(two.stage.engine)
    await _switched(two, "off")
    two.shop.put(order(2, version=1))
    two.stage.clock.pass_(1000)
    await timer.tick(two.stage.engine)
    assert (await two.marks())["to-depot"] == order(1).version
    await _switched(two, "on")
    two.stage.clock.pass_(1000)
    await timer.tick(two.stage.engine)
    assert two.shop.starts[-1] == made(later(order(1).version, -two.second.plan.overlap_s))
    await two.stage.work()
    assert sorted(two.depot.calls) == ["6000001", "6000002"]


async def _switched(two: Two, switch: str) -> None:
    at = two.stage.clock.now().to_stdlib()
    await two.stage.database.run("switch_route", "to-depot", switch, at, "kim", "a test")


async def test_a_batch_of_other_hours_has_a_listing_of_its_own(two: Two) -> None:
    def batch(number: int, *hours: str) -> Route:
        plan = msgspec.structs.replace(
            two.second.plan, mode="batch", batch_from=hours[0], batch_until=hours[1]
        )
        return msgspec.structs.replace(two.second, id=number, plan=plan)

    night, same, noon = (
        batch(2, "22:00", "23:00"), batch(3, "22:00", "23:00"), batch(4, "11:00", "13:00"),
    )  # fmt: skip
    shared = [[route.id for route in one.routes]
              for one in feeds([two.stage.route, night, same, noon])]  # fmt: skip
    assert shared == [[1], [2, 3], [4]]
    two.let(two.stage.route, night)
    two.shop.put(order(1))
    await timer.tick(two.stage.engine)
    assert await two.states() == {(1, "#1"): "captured"}
    two.stage.clock.pass_(10.5 * 3600)
    await timer.tick(two.stage.engine)
    assert await two.states() == {(1, "#1"): "captured", (2, "#1"): "captured"}


async def test_two_workers_list_once(two: Two) -> None:
    two.shop.put(order(1))
    other = colleague(two.stage, "w2")
    await timer.tick(two.stage.engine)
    await timer.tick(other)
    assert two.shop.calls["since"] == 1


async def test_a_failed_listing_moves_nobody_s_mark(two: Two) -> None:
    two.shop.put(order(1))
    await timer.tick(two.stage.engine)
    marks = await two.marks()

    async def broken(mark: str | None, cursor: str | None) -> Listing[Order]:
        raise Halt("The source is out of order.")

    two.shop.since = broken  # type: ignore[method-assign]
    two.stage.clock.pass_(1000)
    await timer.tick(two.stage.engine)
    assert await two.marks() == marks
    rows = await two.stage.database._pool.fetch("select holder from cursor")
    assert {row["holder"] for row in rows} == {None}, "the lease is let go"


async def test_an_idle_tick_costs_one_statement_a_task_however_many_routes(two: Two) -> None:
    await timer.tick(two.stage.engine)
    others = [
        msgspec.structs.replace(two.second, id=number, source_connection=number)
        for number in range(3, 43)
    ]
    for one in others:
        at = two.stage.clock.now().to_stdlib()
        await two.stage.database.run("name_route", f"route-{one.id}", "on", at)
    two.let(two.stage.route, two.second, *others)
    ran: Counter[str] = Counter()
    turns = timer._turns(two.stage.engine)
    for turn in turns:
        await turn()
    fetch = two.stage.database.rows

    async def counting(name: str, *values: object) -> object:
        ran[name] += 1
        return await fetch(name, *values)

    two.stage.database.rows = counting  # type: ignore[method-assign, assignment]
    two.stage.clock.pass_(1)
    for turn in turns:
        await turn()
    assert ran == {"take_cursors": 2}
