"""A content of the configuration has one number, which pages are told and postings keep."""

from __future__ import annotations

import asyncio

import asyncpg
import pytest
from shelf import MOMENT, at, enter, move, post, put_page, taken

from counterfoil.ledger.account import State
from counterfoil.store import entries, pages, releases, routes
from counterfoil.store.postgres import Database
from counterfoil.store.releases import New


def new(content: bytes, version: str = "1.0", by: str = "up") -> New:
    return New(content, version, MOMENT, by)


async def begun(store: Database, content: bytes, version: str = "1.0") -> int:
    """The number of a content, whose reason tells what it was told came before."""
    return await releases.begin(store, new(content, version), lambda former: f"after {former!r}")


async def test_a_change_is_one_row_and_no_change_is_none(store: Database) -> None:
    assert [await begun(store, b"{}"), await begun(store, b"{}")] == [1, 1]
    assert [await begun(store, b"{1}"), await begun(store, b"{1}")] == [2, 2]
    rows = await releases.every(store)
    assert [(row.id, row.by, row.why) for row in rows] == [
        (1, "up", "after None"), (2, "up", "after b'{}'"),
    ]  # fmt: skip


async def test_a_content_that_comes_back_has_the_number_that_it_had(store: Database) -> None:
    assert [await begun(store, content) for content in (b"a", b"b", b"a")] == [1, 2, 1]


async def test_another_version_of_counterfoil_is_another_release(store: Database) -> None:
    assert await begun(store, b"a", "1.0") != await begun(store, b"a", "1.1")


async def test_processes_that_begin_at_once_with_one_content_agree(store: Database) -> None:
    numbers = await asyncio.gather(*(begun(store, b"a") for _ in range(8)))
    assert numbers == [1] * 8


async def test_a_release_is_never_changed_nor_taken_back(store: Database) -> None:
    await begun(store, b"a")
    for statement in ("update release set why = ''", "delete from release", "truncate release"):
        with pytest.raises(asyncpg.RaiseError):
            await store._pool.execute(statement)


async def test_a_page_is_told_where_its_route_stands_when_it_is_taken(store: Database) -> None:
    page = await put_page(store, 1)
    assert (await taken(store, page, "w1")).release == 0
    await releases.stand_at(store, 7, ["orders", "others"])
    assert [row.release for row in await routes.every(store)] == [7]
    assert (await taken(store, page, "w1", pages.LEASE_S)).release == 7
    seized = await pages.seize(store, page, "kim", at(3 * pages.LEASE_S))
    assert seized is not None
    assert seized.release == 7


async def test_a_posting_says_under_which_release_it_was_made(store: Database) -> None:
    page = await taken(store, await put_page(store, 1), "w1")
    page.release = 3
    await enter(store, page, 256)
    page.release = 4
    await post(store, page, move(256, State.MAPPED))
    assert [row.release for row in await entries.of_records(store, [256])] == [3, 4]
