"""A state is counted whole: every key that stands at its source stands here, with that value."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass, field

import msgspec
import pytest
from flow_stage import Stage
from parcels import Depot, Parcel, Parcels, laid

from counterfoil.flows import timer
from counterfoil.flows.balance import kept, recounted, within
from counterfoil.flows.capture import listed
from counterfoil.flows.round import round_of_all
from counterfoil.kit.connector import CensusPage, Listed, Reading
from counterfoil.ledger.balance import Balance, Sum
from counterfoil.store import rounds
from counterfoil.surfaces.cli import balance as balance_command
from counterfoil.surfaces.cli.flags import Flags
from counterfoil.surfaces.cli.say import Say
from counterfoil.surfaces.desk import balance
from counterfoil.values.clock import Instant
from counterfoil.values.errors import Halt

PAGE = 2


@dataclass
class Shelf(Depot):
    """Where levels stand: its report has all of them, however old; `late` is what it says still."""

    late: dict[str, int] = field(default_factory=dict[str, int])
    deaf: set[str] = field(default_factory=set[str])
    asked: list[str | None] = field(default_factory=list[str | None])

    async def read(self, keys: Sequence[str]) -> Sequence[Reading[Parcel]]:
        return await super().read([key for key in keys if key not in self.deaf])

    async def census(self, start: Instant, end: Instant, cursor: str | None) -> CensusPage:
        assert start == end, "a state has no window"
        self.asked.append(cursor)
        parcels = sorted(
            (parcel for parcel in self.parcels.values() if not parcel.void), key=lambda one: one.key
        )
        at = int(cursor or 0)
        rows = [
            Listed(one.key, one.key, one.version, one.born,
                   pieces=self.late.get(one.key, one.pieces))
            for one in parcels[at : at + PAGE]
        ]  # fmt: skip
        more = str(at + PAGE) if at + PAGE < len(parcels) else None
        return CensusPage(tuple(rows), more, len(parcels) if cursor is None else None)


@dataclass
class Levels(Parcels):
    """A route of levels, from a shelf."""

    shelf: Shelf = field(default_factory=Shelf)

    async def here(self, *levels: Parcel) -> None:
        """These stand at the source, and were captured and told."""
        self.shelf.put(*levels)
        await self.swept()
        await self.stage.work()
        self.stage.clock.pass_(60)

    async def counted(self) -> Balance:
        (found,) = await round_of_all(self.stage.engine, [self.route])
        return found


@pytest.fixture
async def levels(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> Levels:
    parcels = await laid(stage, monkeypatch)
    made = Levels(stage, parcels.route, parcels.depot, parcels.counter)
    made.put(msgspec.structs.replace(made.route, source=made.shelf))
    made.reading(counts="state", versions="digest")
    made.carrying(manner="level")
    return made


async def test_it_balances_when_every_key_stands_with_its_value(levels: Levels) -> None:
    await levels.here(Parcel("A", pieces=3), Parcel("B", pieces=4), Parcel("C", pieces=0))
    found = await levels.counted()
    assert (found.listed, found.accounts, found.money) == (
        3,
        {"confirmed": 3},
        {"pieces": Sum(7, 7)},
    )
    assert found.balances
    assert levels.shelf.asked == [None, "2"]


async def test_what_no_listing_brought_is_read_and_counted(levels: Levels) -> None:
    await levels.here(Parcel("A", pieces=3))
    levels.shelf.put(Parcel("B", pieces=4))
    found = await levels.counted()
    assert (found.balances, found.accounts) == (True, {"confirmed": 1, "captured": 1})
    assert levels.stage.engine.fired["census-found-missing"] == 1


async def test_another_value_is_read_and_becomes_the_newest(levels: Levels) -> None:
    await levels.here(Parcel("A", pieces=3))
    levels.shelf.put(Parcel("A", pieces=2))
    found = await levels.counted()
    assert (found.balances, found.money) == (True, {"pieces": Sum(2, 2)})


async def test_what_cannot_be_read_is_told_with_what_is_between_the_two(levels: Levels) -> None:
    await levels.here(Parcel("A", pieces=3))
    levels.shelf.put(Parcel("A", pieces=2), Parcel("B", pieces=4))
    levels.shelf.deaf = {"A", "B"}
    found = await levels.counted()
    assert (found.missing, found.balances) == (("A", "B"), False)
    assert (found.listed, found.accounted) == (2, 1)
    assert found.money == {"pieces": Sum(6, 3)}


async def test_what_moved_on_while_it_was_counted_agrees_by_its_newer_version(
    levels: Levels,
) -> None:
    await levels.here(Parcel("A", pieces=3), Parcel("B", pieces=4), Parcel("C", pieces=5))
    real = levels.shelf.census

    async def census(start: Instant, end: Instant, cursor: str | None) -> CensusPage:
        page = await real(start, end, cursor)
        if cursor is None:  # sold after the report was made, and told by a message
            levels.shelf.put(Parcel("A", pieces=1))
            readings = await levels.shelf.read(["A"])
            await listed(levels.stage.engine, levels.route, readings, 80)
        levels.shelf.deaf = {"A"}
        return page

    levels.shelf.census = census  # type: ignore[method-assign]
    found = await levels.counted()
    assert (found.balances, found.money) == (True, {"pieces": Sum(10, 10)})
    assert not levels.stage.engine.fired["census-found-missing"]


async def test_a_version_of_before_the_round_excuses_nothing(levels: Levels) -> None:
    await levels.here(Parcel("A", pieces=3))
    await levels.here(Parcel("A", "2026-11-02T11:30:00Z", pieces=2))
    levels.shelf.late, levels.shelf.deaf = {"A": 3}, {"A"}
    found = await levels.counted()
    assert (found.missing, found.money) == (("A",), {"pieces": Sum(3, 2)})


async def test_a_report_that_is_behind_is_corrected_by_asking_for_that_one(levels: Levels) -> None:
    await levels.here(Parcel("A", pieces=2))
    levels.shelf.late = {"A": 3}
    found = await levels.counted()
    assert (found.balances, found.money) == (True, {"pieces": Sum(2, 2)})


async def test_a_newer_moment_is_seen_where_the_value_is_the_same(levels: Levels) -> None:
    """What counts only is told apart by when it changed, where its source tells that."""
    levels.reading(versions="moment")
    await levels.here(Parcel("A"))
    levels.shelf.put(Parcel("A", "2026-11-02T11:30:00Z", tracking="new"))
    found = await levels.counted()
    assert (found.balances, found.accounts) == (True, {"captured": 1})


async def test_a_key_that_is_gone_is_told(levels: Levels) -> None:
    await levels.here(Parcel("A", pieces=3), Parcel("B", pieces=4))
    del levels.shelf.parcels["B"]
    found = await levels.counted()
    assert (found.phantom, found.balances) == (("B",), False)
    assert (found.listed, found.accounted, found.money) == (1, 2, {"pieces": Sum(3, 7)})


async def test_what_was_told_to_be_gone_is_not_asked_for_each_time(levels: Levels) -> None:
    await levels.here(Parcel("A", pieces=3), Parcel("B", pieces=4), Parcel("C"))
    del levels.shelf.parcels["B"]
    reads: list[str] = []
    real = levels.shelf.read

    async def read(keys: Sequence[str]) -> Sequence[Reading[Parcel]]:
        reads.extend(keys)
        return await real(keys)

    levels.shelf.read = read  # type: ignore[method-assign]
    for gone in (("B",), ("B",), ("B", "C")):
        if len(gone) > 1:
            del levels.shelf.parcels["C"]
        assert (await levels.counted()).phantom == gone
    assert reads == ["B", "C"]


async def test_what_was_ended_before_it_left_is_gone_on_both_sides(levels: Levels) -> None:
    levels.shelf.put(Parcel("A", pieces=3), Parcel("B", pieces=4))
    await levels.swept()
    levels.stage.clock.pass_(60)
    levels.shelf.put(Parcel("B", "2026-11-02T11:30:00Z", pieces=4, void=True))
    first = await levels.counted()
    assert first.phantom == (), "it was read by its key: its source does not want it any more"
    await levels.stage.work()
    assert await levels.state("B") == "excluded"
    found = await levels.counted()
    assert (found.balances, found.listed, found.accounted) == (True, 1, 1)


async def test_what_was_cancelled_at_the_target_is_gone_on_both_sides(levels: Levels) -> None:
    levels.carrying(manner="create", verbs=("write", "read", "cancel"))
    await levels.here(Parcel("A", pieces=3), Parcel("B", pieces=4))
    await levels.here(Parcel("B", "2026-11-02T11:30:00Z", pieces=4, void=True))
    assert levels.counter.held["B"] == {"void": True}
    found = await levels.counted()
    assert (found.balances, found.listed, found.phantom) == (True, 1, ())


async def test_what_comes_while_it_is_counted_is_not_gone(levels: Levels) -> None:
    await levels.here(Parcel("B", pieces=4), Parcel("C"), Parcel("D"))
    real = levels.shelf.census

    async def census(start: Instant, end: Instant, cursor: str | None) -> CensusPage:
        page = await real(start, end, cursor)
        if cursor is not None:
            levels.shelf.put(Parcel("A", pieces=9))
            await listed(levels.stage.engine, levels.route, await levels.shelf.read(["A"]), 80)
        return page

    levels.shelf.census = census  # type: ignore[method-assign]
    found = await levels.counted()
    assert (found.balances, found.listed, found.phantom) == (True, 3, ())


async def test_a_key_on_two_pages_counts_once(levels: Levels) -> None:
    await levels.here(Parcel("A", pieces=3))
    real = levels.shelf.census

    async def twice(start: Instant, end: Instant, cursor: str | None) -> CensusPage:
        page = await real(start, end, None)
        return msgspec.structs.replace(page, cursor="again" if cursor is None else None)

    levels.shelf.census = twice  # type: ignore[method-assign]
    assert (await levels.counted()).listed == 1


async def test_a_list_without_an_end_stops(levels: Levels) -> None:
    async def endless(start: Instant, end: Instant, cursor: str | None) -> CensusPage:
        return CensusPage((), "x")

    levels.shelf.census = endless  # type: ignore[method-assign]
    with pytest.raises(Halt) as stopped:
        await levels.counted()
    assert stopped.value.code == "cursor-repeats"


async def test_two_routes_are_counted_by_one_list(levels: Levels) -> None:
    at = levels.stage.clock.now().to_stdlib()
    await levels.stage.database.run("name_route", "levels-too", "on", at)
    other = msgspec.structs.replace(levels.route, id=3, name="levels-too")
    await levels.here(Parcel("A", pieces=3), Parcel("B", pieces=4))
    levels.shelf.asked.clear()
    first, second = await round_of_all(levels.stage.engine, [levels.route, other])
    assert first.balances
    assert second.balances
    assert second.accounts == {"captured": 2}
    assert levels.shelf.asked == [None]


async def test_more_than_is_looked_through_at_once(levels: Levels) -> None:
    await levels.here(*(Parcel(f"S{number:04d}") for number in range(1200)))
    del levels.shelf.parcels["S0003"], levels.shelf.parcels["S1100"]
    real = levels.shelf.census

    async def whole(start: Instant, end: Instant, cursor: str | None) -> CensusPage:
        rows = [Listed(one.key, one.key, one.version, one.born, pieces=one.pieces)
                for one in levels.shelf.parcels.values()]  # fmt: skip
        return CensusPage(tuple(rows), None)

    levels.shelf.census = whole  # type: ignore[method-assign]
    assert real is not whole
    found = await levels.counted()
    assert (found.listed, found.phantom) == (1198, ("S0003", "S1100"))


async def test_the_timer_keeps_the_last_round_and_the_balance_says_so(levels: Levels) -> None:
    await levels.here(Parcel("A", pieces=3))
    database, route = levels.stage.database, levels.route
    assert (await kept(database, route.id, "levels")).counts is None
    levels.stage.engine.routes = {route.id: route}
    began = levels.stage.clock.now()
    await timer.tick(levels.stage.engine)
    account = await kept(database, route.id, "levels")
    assert (account.counts, account.listed, account.agrees) == ("state", 1, True)
    assert account.counted_at == Instant(began.to_stdlib())
    await levels.here(Parcel("A", pieces=2), Parcel("B", "2026-11-02T12:30:00Z", pieces=5))
    account = await kept(database, route.id, "levels")
    assert (account.listed, account.money) == (1, {"pieces": Sum(3, 3)}), "as it stood then"
    levels.stage.clock.pass_(route.plan.census_s)
    await timer.tick(levels.stage.engine)
    account = await kept(database, route.id, "levels")
    assert (account.listed, account.money) == (2, {"pieces": Sum(7, 7)})
    last = await rounds.last(database, route.id)
    assert last is not None
    assert last.closed


async def test_a_round_whose_own_count_differs_does_not_close(levels: Levels) -> None:
    await levels.here(Parcel("A", pieces=3))
    real = levels.shelf.census

    async def miscounted(start: Instant, end: Instant, cursor: str | None) -> CensusPage:
        return msgspec.structs.replace(await real(start, end, cursor), count=2)

    levels.shelf.census = miscounted  # type: ignore[method-assign]
    assert (await levels.counted()).balances, "what is listed is here"
    last = await rounds.last(levels.stage.database, levels.route.id)
    assert last is not None
    assert not last.closed


async def test_a_period_of_a_state_is_all_of_it_now(levels: Levels) -> None:
    await levels.here(Parcel("A", pieces=3))
    now = levels.stage.clock.now()
    for account in (
        await recounted(levels.stage.engine, levels.route),
        await within(levels.stage.engine, levels.route, now, None),
    ):
        assert (account.listed, account.window, account.counted_at) == (1, None, now)


async def test_people_are_told_that_it_was_counted_whole_and_what_is_gone(levels: Levels) -> None:
    await levels.here(Parcel("A", pieces=3), Parcel("B", pieces=4))
    del levels.shelf.parcels["B"]
    account = await recounted(levels.stage.engine, levels.route)
    out = io.StringIO()
    say = Say(Flags(), out, io.StringIO())
    balance_command._show(say, balance._together([account], []))
    assert "Counted whole, as it stood there at 2026-11-02 12:01 UTC." in out.getvalue()
    assert "gone from the source: B" in out.getvalue()
