"""A page of work: in one pair of hands, proven by its fence, ended by its lease."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st
from shelf import at, enter, everything, move, post, put_page, taken

from counterfoil.ledger.account import State
from counterfoil.store import pages
from counterfoil.store.pages import LEASE_S, Fenced
from counterfoil.store.postgres import Database


@given(st.lists(st.binary(max_size=200), min_size=1, max_size=30))
def test_bodies_rest_as_they_came(bodies: list[bytes]) -> None:
    assert pages.unpack(pages.pack(bodies)) == bodies


def test_a_page_without_bodies_has_none() -> None:
    assert pages.unpack(b"") == []


async def test_of_many_takers_one_has_the_page(store: Database) -> None:
    page = await put_page(store, 1)
    found = await asyncio.gather(*(pages.take(store, page, f"w{n}", at(0)) for n in range(8)))
    assert sum(one is not None for one in found) == 1


async def test_a_page_is_taken_when_it_is_due_and_not_before(store: Database) -> None:
    page = await put_page(store, 1)
    assert await pages.take(store, page, "w1", at(-1)) is None
    assert await pages.take(store, page, "w1", at(0)) is not None


async def test_a_route_that_is_off_gives_no_pages(store: Database) -> None:
    page = await put_page(store, 1)
    await store.rows("switch_route", "orders", "off", at(0).to_stdlib(), "kim", "stocktaking")
    assert await pages.take(store, page, "w1", at(0)) is None
    assert await store.rows("idle_pages", at(60).to_stdlib(), 0, 10) == []


async def test_a_lease_that_ran_out_gives_the_page_to_another_under_a_higher_fence(
    store: Database,
) -> None:
    page = await put_page(store, 1)
    first = await taken(store, page, "w1")
    assert await pages.take(store, page, "w2", at(LEASE_S - 1)) is None
    second = await taken(store, page, "w2", LEASE_S)
    assert second.fence == first.fence + 1


async def test_a_renewed_lease_holds_on(store: Database) -> None:
    page = await put_page(store, 1)
    first = await taken(store, page, "w1")
    await pages.renew(store, first, at(LEASE_S / 2))
    assert await pages.take(store, page, "w2", at(LEASE_S + 1)) is None
    assert first.lease_until == at(LEASE_S * 1.5)


async def test_the_old_holder_can_do_nothing_with_its_fence(store: Database) -> None:
    page = await put_page(store, 1)
    old = await taken(store, page, "w1")
    await enter(store, old, 10)
    await taken(store, page, "w2", LEASE_S)
    before = await everything(store)
    with pytest.raises(Fenced):
        await post(store, old, move(10, State.MAPPED))
    with pytest.raises(Fenced):
        await pages.renew(store, old, at(LEASE_S))
    with pytest.raises(Fenced):
        await pages.leave(store, old, at(LEASE_S))
    await pages.abandon(store, old, at(LEASE_S))
    assert await everything(store) == before


async def test_a_page_that_is_left_is_due_with_the_first_of_its_records(store: Database) -> None:
    page = await taken(store, await put_page(store, 1), "w1")
    await enter(store, page, 10, 11, 12)
    for number, seconds in ((10, 40), (11, 20)):
        await store.run("put_off", [number], at(seconds).to_stdlib(), 0, [1])
    await store.run("put_off", [12], None, 0, [1])
    assert await pages.leave(store, page, at(5)) == at(20)
    assert await pages.take(store, page.id, "w2", at(19)) is None
    assert await pages.take(store, page.id, "w2", at(20)) is not None


async def test_a_page_whose_record_is_overdue_is_due_now_and_not_before(store: Database) -> None:
    page = await taken(store, await put_page(store, 1), "w1")
    await enter(store, page, 10)
    assert await pages.leave(store, page, at(30)) == at(30)


async def test_a_page_with_nothing_left_to_do_is_done(store: Database) -> None:
    page = await taken(store, await put_page(store, 1), "w1")
    await enter(store, page, 10)
    await store.run("put_off", [10], None, 0, [1])
    assert await pages.leave(store, page, at(0)) is None
    assert await pages.take(store, page.id, "w2", at(10_000)) is None
    (row,) = await store.rows("open_pages")
    assert row["open"] == 0


async def test_an_abandoned_page_keeps_its_work(store: Database) -> None:
    page = await taken(store, await put_page(store, 1, [b"body"]), "w1")
    await pages.abandon(store, page, at(30))
    assert await pages.take(store, page.id, "w2", at(29)) is None
    again = await taken(store, page.id, "w2", 30)
    assert (pages.unpack(again.bodies), again.fence) == ([b"body"], page.fence + 1)


async def test_idle_pages_are_given_in_order_and_in_parts(store: Database) -> None:
    for number in (5, 3, 9, 7):
        await put_page(store, number)
    await taken(store, (await put_page(store, 4)), "w1")
    now = at(0).to_stdlib()
    first = [row["id"] for row in await store.rows("idle_pages", now, 0, 3)]
    rest = [row["id"] for row in await store.rows("idle_pages", now, first[-1], 3)]
    assert (first, rest) == ([3, 5, 7], [9])
