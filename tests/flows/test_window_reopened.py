"""A window that was closed and is wrong by now: it is counted again, and the balance is true."""

from __future__ import annotations

import pytest
from ends import order
from flow_stage import Stage
from steps import swept

from counterfoil.flows import timer
from counterfoil.flows.balance import Account, kept
from counterfoil.values.clock import Instant


async def counted(stage: Stage) -> Account:
    """The balance as it stands after the census task has had its turn."""
    await census(stage)
    await stage.work()
    await census(stage)
    return await kept(stage.database, stage.route.id, stage.route.name)


async def census(stage: Stage) -> None:
    stage.clock.pass_(stage.route.plan.census_s + 1)
    await timer.tick(stage.engine)


async def closed(stage: Stage) -> dict[str, bool]:
    rows = await stage.database.rows("censuses", stage.route.id)
    return {f"{row['start']:%H:%M}": row["closed"] for row in rows}


@pytest.fixture
async def told(stage: Stage) -> Stage:
    """Two orders of nine o'clock, confirmed and counted; the window is closed."""
    stage.shop.put(order(1), order(2))
    await swept(stage)
    await stage.work()
    found = await counted(stage)
    assert found.agrees
    assert (await closed(stage))["09:00"]
    return stage


async def test_an_order_that_was_born_late_opens_its_window(told: Stage) -> None:
    told.shop.put(order(3, updated="2026-11-02T12:20:00Z"))
    await swept(told)
    await told.work()
    found = await counted(told)
    assert (found.listed, found.agrees, found.uncounted) == (3, True, 0)
    assert (await closed(told))["09:00"]
    assert told.engine.fired["census-reopened"] == 1


async def test_a_total_that_changed_later_opens_its_window(told: Stage) -> None:
    told.shop.put(order(2, version=3, pence=999))
    await swept(told)
    await told.work()
    found = await counted(told)
    assert found.agrees
    assert found.money["GBP"].listed_minor == 1250 + 999


async def test_a_change_that_changes_no_figure_opens_nothing(told: Stage) -> None:
    asked = 0
    real = told.shop.census

    async def watched(start: Instant, end: Instant, cursor: str | None) -> object:
        nonlocal asked
        asked += start.format_iso() == "2026-11-02T09:00:00Z"
        return await real(start, end, cursor)

    told.shop.census = watched  # type: ignore[method-assign,assignment]
    told.shop.put(order(2, version=3))
    await swept(told)
    assert (await counted(told)).agrees
    assert asked == 0
    assert not told.engine.fired["census-reopened"]


async def test_what_was_wrong_before_anybody_looked_is_found_once(told: Stage) -> None:
    """A database of before this rule: no look was ever taken."""
    await told.database._pool.execute("update cursor set mark = null where task = 'census'")
    await told.database._pool.execute("update census set listed = 1 where listed = 2")
    assert (await counted(told)).agrees
    assert told.engine.fired["census-reopened"] == 1


async def test_a_window_of_another_time_is_left_alone(told: Stage) -> None:
    told.shop.put(order(3, created="2026-11-02T10:10:00Z"))
    await swept(told)
    await told.work()
    assert (await counted(told)).agrees
    await told.database._pool.execute("update census set listed = 9 where listed = 2")
    told.shop.put(order(4, created="2026-11-02T10:20:00Z", updated="2026-11-02T12:59:00Z"))
    await swept(told)
    await counted(told)
    rows = await told.database.rows("censuses", told.route.id)
    assert [row["listed"] for row in rows if f"{row['start']:%H}" == "09"] == [9]
    assert [row["listed"] for row in rows if f"{row['start']:%H}" == "10"] == [2]
