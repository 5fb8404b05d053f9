"""No plan of a statement depends on when it was made: one of an empty database serves a full one.

A connection keeps its plans. One that was made while a table was empty, and walks a list once for
each row of it, would be kept for as long as the connection.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import msgspec
import pytest
from ends import order, reading
from flow_stage import Stage

from counterfoil.flows.capture import listed
from counterfoil.store.postgres import SETTINGS, Database, as_it_is
from counterfoil.store.statements import QUERIES

PAGES, SIZE = 20, 250
MOST = 12 * SIZE
"""Rows that one statement about a page may visit; a list walked for each row would be 62,500."""

_TOLD = SETTINGS | {
    "session_preload_libraries": "auto_explain",
    "auto_explain.log_min_duration": "0",
    "auto_explain.log_analyze": "on",
    "auto_explain.log_timing": "off",
    "auto_explain.log_format": "json",
    "auto_explain.log_level": "notice",
    "plan_cache_mode": "force_generic_plan",
}
_NAMES = {re.sub(r"\s+", " ", sql).strip(): name for name, sql in QUERIES.items()}

visited: dict[str, int] = {}
"""The most rows that each statement visited, by its name."""


class Told(asyncpg.Connection):
    """A connection that hears how the server ran each statement."""

    def _process_log_message(self, fields: dict[str, str], last_query: str) -> None:
        _, plan, text = fields["M"].partition("plan:")
        if plan:
            told = msgspec.json.decode(text)
            name = _NAMES.get(re.sub(r"\s+", " ", told["Query Text"]).strip())
            if name:
                visited[name] = max(visited.get(name, 0), rows(told["Plan"]))


def rows(node: dict[str, Any]) -> int:
    """How many rows a plan looked at, and those that it looked at in vain."""
    here = sum(
        node.get(what, 0)
        for what in ("Actual Rows", "Rows Removed by Filter", "Rows Removed by Join Filter",
                     "Rows Removed by Index Recheck")
    )  # fmt: skip
    return here * node.get("Actual Loops", 1) + sum(map(rows, node.get("Plans", ())))


@pytest.fixture
async def told(stage: Stage) -> AsyncIterator[Stage]:
    """The stage, on connections of which each plans a statement once: on the empty database."""
    pool = await asyncpg.create_pool(
        stage.database.dsn,
        min_size=2,
        max_size=4,
        connection_class=Told,
        reset=as_it_is,
        server_settings=_TOLD,
    )
    stage.engine.database = stage.database = Database(pool, stage.database.dsn)
    visited.clear()
    yield stage
    await pool.close()


async def test_a_plan_of_an_empty_database_serves_a_full_one(told: Stage) -> None:
    stage = told
    stage.again(confirm="every")
    for number in range(PAGES):
        orders = [order(number * SIZE + place) for place in range(1, SIZE + 1)]
        stage.shop.put(*orders)
        await listed(stage.engine, stage.route, [reading(one) for one in orders], 80)
        if number % 4 == 0:  # a few pages are worked on at once, and the others together
            await stage.work()
    await stage.work()
    assert set((await stage.states()).values()) == {"confirmed"}
    assert await stage.database.rows("open_pages") == [(0, None)]
    assert {"take_threads", "send_records", "sent_threads", "page_records", "bind"} <= set(visited)
    assert {name: count for name, count in visited.items() if count > MOST} == {}
