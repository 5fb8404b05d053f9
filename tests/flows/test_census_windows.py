"""The census: a window of time closes only when the source and the journal agree on all of it."""

from __future__ import annotations

import msgspec
import pytest
from ends import order
from flow_stage import Stage
from steps import swept

from counterfoil.flows import timer, windows
from counterfoil.flows.census import Window, census
from counterfoil.kit.connector import CensusPage
from counterfoil.values.clock import Instant, instant
from counterfoil.values.errors import Halt

NINE = Window(instant("2026-11-02T09:00:00Z"), instant("2026-11-02T10:00:00Z"))


async def kept(stage: Stage) -> list[tuple[bool, int, list[str], list[str]]]:
    rows = await stage.database.rows("censuses", stage.route.id)
    return [(row["closed"], row["listed"], row["missing"], row["phantom"]) for row in rows]


async def test_what_the_listing_missed_is_fetched_and_then_the_window_closes(stage: Stage) -> None:
    stage.shop.put(order(1))
    await swept(stage)
    stage.shop.put(order(2), order(3))
    found = await census(stage.engine, stage.route, NINE)
    assert stage.engine.fired["census-found-missing"] == 2
    assert (found.listed, found.missing, found.balances) == (3, (), True)
    assert await kept(stage) == [(False, 3, [], [])], "two are still on their way"
    await stage.work()
    await census(stage.engine, stage.route, NINE)
    assert await kept(stage) == [(True, 3, [], [])]


async def test_what_only_the_source_knows_is_named_and_the_window_stays_open(stage: Stage) -> None:
    stage.shop.put(order(1), order(2))
    await swept(stage)
    await stage.work()
    await stage.database._pool.execute("update record set key = 'x' where key = '6000002'")

    async def nothing(keys: object) -> list[object]:
        return []

    stage.shop.read = nothing  # type: ignore[method-assign,assignment]
    found = await census(stage.engine, stage.route, NINE)
    assert (found.missing, found.phantom) == (("6000002",), ("x",))
    assert found.unaccounted == 2
    assert await kept(stage) == [(False, 2, ["6000002"], ["x"])]


async def test_what_only_the_journal_knows_is_a_phantom(stage: Stage) -> None:
    stage.shop.put(order(1), order(2))
    await swept(stage)
    await stage.work()
    del stage.shop.orders["6000002"]
    found = await census(stage.engine, stage.route, NINE)
    assert (found.phantom, found.balances) == (("6000002",), False)
    assert await kept(stage) == [(False, 1, [], ["6000002"])]


async def test_a_total_that_differs_by_a_penny_keeps_the_window_open(stage: Stage) -> None:
    stage.shop.put(order(1))
    await swept(stage)
    await stage.work()
    stage.shop.put(order(1, pence=1251))  # changed without a word: the same version, another total
    real = stage.shop.read
    stage.shop.read = lambda keys: real([])  # type: ignore[method-assign]
    found = await census(stage.engine, stage.route, NINE)
    assert found.money["GBP"].difference_minor == 1
    assert not found.balances
    assert found.missing == ("6000001",)


async def test_the_source_s_own_count_must_agree_with_its_own_list(stage: Stage) -> None:
    stage.shop.put(order(1))
    await swept(stage)
    await stage.work()
    real = stage.shop.census

    async def miscounted(start: Instant, end: Instant, cursor: str | None) -> CensusPage:
        return msgspec.structs.replace(await real(start, end, cursor), count=2)

    stage.shop.census = miscounted  # type: ignore[method-assign]
    await census(stage.engine, stage.route, NINE)
    assert await kept(stage) == [(False, 1, [], [])]


async def test_a_document_that_is_listed_on_two_pages_counts_once(stage: Stage) -> None:
    stage.shop.put(order(1))
    await swept(stage)
    await stage.work()
    real = stage.shop.census

    async def twice(start: Instant, end: Instant, cursor: str | None) -> CensusPage:
        page = await real(start, end, cursor)
        return msgspec.structs.replace(page, cursor="x" if cursor is None else None)

    stage.shop.census = twice  # type: ignore[method-assign]
    found = await census(stage.engine, stage.route, NINE)
    assert (found.listed, found.balances) == (1, True)


async def test_a_census_without_an_end_stops(stage: Stage) -> None:
    async def endless(start: Instant, end: Instant, cursor: str | None) -> CensusPage:
        return CensusPage((), "x")

    stage.shop.census = endless  # type: ignore[method-assign]
    with pytest.raises(Halt) as stopped:
        await census(stage.engine, stage.route, NINE)
    assert stopped.value.code == "cursor-repeats"


async def test_only_windows_that_have_ended_are_counted_and_each_until_it_closes(
    stage: Stage,
) -> None:
    stage.shop.put(order(1), order(2, test=True))
    await swept(stage)
    due = await windows.due(stage.engine, stage.route, None)
    assert due.windows == (
        NINE,
        Window(NINE.until, instant("2026-11-02T11:00:00Z")),
    ), "the third ended less than an overlap ago"
    assert due.through == instant("2026-11-02T11:00:00Z")
    await timer.tick(stage.engine)
    assert [closed for closed, *_ in await kept(stage)] == [False, True]
    await stage.work()
    stage.clock.pass_(stage.route.plan.census_s)
    await timer.tick(stage.engine)
    assert [closed for closed, *_ in await kept(stage)] == [True, True, True]
