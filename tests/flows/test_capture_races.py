"""Two workers read the same thing at the same moment: the database lets one of them keep it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest
from ends import order, reading
from flow_stage import Stage
from steps import colleague

from counterfoil.flows import capture
from counterfoil.flows.engine import Engine
from counterfoil.store import pages
from counterfoil.store.journal import Overtaken
from counterfoil.values.clock import later
from counterfoil.values.ids import PageId


async def test_a_version_that_two_workers_found_new_is_kept_once(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    both = asyncio.Barrier(2)
    fresh = capture._fresh

    async def together(*given: Any, **more: Any) -> Sequence[capture.Candidate]:
        found = await fresh(*given, **more)
        await both.wait()
        return found

    monkeypatch.setattr(capture, "_fresh", together)

    async def take(engine: Engine) -> int:
        return await capture.listed(engine, stage.route, [reading(order(1))], 80)

    ends = await asyncio.gather(
        take(stage.engine), take(colleague(stage, "w2")), return_exceptions=True
    )
    assert await stage.database._pool.fetchval("select count(*) from record") == 1
    assert [end for end in ends if not isinstance(end, Overtaken)] == [1]
    assert await stage.database._pool.fetchval("select count(*) from page") == 1


async def test_a_capture_under_an_old_fence_is_not_kept(stage: Stage) -> None:
    now = stage.clock.now()
    number = PageId(await stage.engine.numbers.one())
    await stage.database.run(
        "create_pages", [number], [stage.route.id], [80], [""], now.to_stdlib()
    )
    old = await pages.take(stage.database, number, "w1", now)
    new = await pages.take(stage.database, number, "w2", later(now, pages.LEASE_S + 1))
    assert old is not None
    assert new is not None
    with pytest.raises(pages.Fenced):
        await capture.arrived(stage.engine, stage.route, old)
    await capture.arrived(stage.engine, stage.route, new)
