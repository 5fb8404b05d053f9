"""Counting costs the same however old the estate is: what is done is not looked at again."""

from __future__ import annotations

from collections import Counter

import pytest
from ends import order
from flow_stage import Stage
from steps import swept

from counterfoil.flows import timer, windows
from counterfoil.store import census as census_store
from counterfoil.store import tasks
from counterfoil.values.clock import Instant, instant, later
from counterfoil.values.errors import Halt


async def counts(stage: Stage) -> list[str]:
    """The hours that the source was asked for, at the next count."""
    asked: list[str] = []
    real = stage.shop.census

    async def watched(start: Instant, end: Instant, cursor: str | None) -> object:
        asked.append(f"{start.to_stdlib():%d %H:%M}-{end.to_stdlib():%H:%M}")
        return await real(start, end, cursor)

    stage.shop.census = watched  # type: ignore[method-assign,assignment]
    stage.clock.pass_(stage.route.plan.census_s + 1)
    await timer.tick(stage.engine)
    stage.shop.census = real  # type: ignore[method-assign]
    return asked


async def rows(stage: Stage) -> list[tuple[str, str, bool]]:
    found = await census_store.windows(stage.database, stage.route.id)
    return [(f"{row.start:%H:%M}", f"{row.until:%H:%M}", row.closed) for row in found]


@pytest.fixture
async def counted(stage: Stage) -> Stage:
    """Two orders of nine o'clock; the windows of nine, ten and eleven are closed."""
    stage.shop.put(order(1), order(2))
    await swept(stage)
    await stage.work()
    assert await counts(stage) == ["02 09:00-10:00", "02 10:00-11:00", "02 11:00-12:00"]
    return stage


async def test_the_next_count_asks_only_for_what_has_ended_since(counted: Stage) -> None:
    assert await counts(counted) == []
    counted.clock.pass_(3600)
    assert await counts(counted) == ["02 12:00-13:00"]
    through = await tasks.counted_through(counted.database, counted.route.id)
    assert through == instant("2026-11-02T13:00:00Z")


async def test_no_window_that_is_done_is_read_and_no_first_document_is_looked_for(
    counted: Stage,
) -> None:
    counted.clock.pass_(40 * 86_400)
    assert len(await counts(counted)) > 900
    ran: Counter[str] = Counter()
    read = 0
    fetch = counted.database.rows

    async def counting(name: str, *values: object) -> object:
        nonlocal read
        ran[name] += 1
        answer = await fetch(name, *values)
        read += len(answer) if name == "open_censuses" else 0
        return answer

    counted.database.rows = counting  # type: ignore[method-assign, assignment]
    assert await counts(counted) == []
    assert (ran["censuses"], ran["first_created"], read) == (0, 0, 0)
    assert ran["open_censuses"] == 1


async def test_a_window_that_did_not_close_is_asked_for_until_it_does(counted: Stage) -> None:
    del counted.shop.orders["6000002"]
    await counted.database._pool.execute("update census set closed = false where listed = 2")
    counted.clock.pass_(86_400)
    assert (await counts(counted))[:2] == ["02 09:00-10:00", "02 12:00-13:00"]
    assert await counts(counted) == ["02 09:00-10:00"]
    counted.shop.put(order(2))
    assert await counts(counted) == ["02 09:00-10:00"]
    assert await counts(counted) == []


async def test_a_document_older_than_every_window_takes_the_beginning_back(
    counted: Stage,
) -> None:
    late = order(3, created="2026-11-02T06:10:00Z", updated="2026-11-02T12:05:00Z")
    counted.shop.put(late)
    await swept(counted)
    await counted.work()
    assert await counts(counted) == ["02 06:00-07:00", "02 07:00-08:00", "02 08:00-09:00"]
    assert await counts(counted) == []
    assert all(closed for *_, closed in await rows(counted))


async def test_a_count_that_is_broken_off_leaves_no_gap(counted: Stage) -> None:
    late = order(3, created="2026-11-02T06:10:00Z", updated="2026-11-02T12:05:00Z")
    counted.shop.put(late)
    await swept(counted)
    await counted.work()
    real = counted.shop.census

    async def dies(start: Instant, end: Instant, cursor: str | None) -> object:
        if start == instant("2026-11-02T07:00:00Z"):
            raise Halt("The source is out of order.")
        return await real(start, end, cursor)

    counted.shop.census = dies  # type: ignore[method-assign,assignment]
    counted.clock.pass_(counted.route.plan.census_s + 1)
    await timer.tick(counted.engine)
    counted.shop.census = real  # type: ignore[method-assign]
    counted.clock.pass_(60)
    assert await counts(counted) == ["02 07:00-08:00", "02 08:00-09:00"]
    assert [start for start, *_ in await rows(counted)] == [
        "06:00", "07:00", "08:00", "09:00", "10:00", "11:00",
    ]  # fmt: skip


async def test_windows_of_another_length_go_on_where_the_last_ones_ended(counted: Stage) -> None:
    counted.again(window_s=4 * 3600.0)
    counted.clock.pass_(8 * 3600)
    assert await counts(counted) == ["02 12:00-16:00", "02 16:00-20:00"]
    counted.again(window_s=5 * 3600.0)
    counted.clock.pass_(8 * 3600)
    asked = await counts(counted)
    assert asked[0].startswith("02 20:00"), "no window overlaps another one"
    ends = [until for _, until, _ in await rows(counted)]
    starts = [start for start, *_ in await rows(counted)]
    assert starts[1:] == ends[:-1]


async def test_without_a_mark_everything_is_walked_once(counted: Stage) -> None:
    await counted.database._pool.execute("update cursor set noted = null where task = 'census'")
    await counted.database._pool.execute("delete from census where listed = 0")
    found = await windows.due(counted.engine, counted.route, None)
    assert [window.start for window in found.windows] == [
        instant("2026-11-02T10:00:00Z"), instant("2026-11-02T11:00:00Z"),
    ]  # fmt: skip
    assert found.through == later(found.windows[-1].start, 3600)
