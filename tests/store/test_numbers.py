"""Our numbers: rising within a worker, never the same in two."""

from __future__ import annotations

import asyncio
from contextlib import suppress

from counterfoil.store import schema
from counterfoil.store.postgres import Database
from counterfoil.store.sequence import Sequence
from counterfoil.values.clock import SystemClock
from counterfoil.values.errors import Retry


async def test_workers_side_by_side_never_get_the_same_number(store: Database) -> None:
    async def worker() -> list[int]:
        numbers = Sequence(store, block=7)
        return [number for size in (1, 3, 10, 2, 7, 1) for number in await numbers.take(size)]

    found = await asyncio.gather(*(worker() for _ in range(8)))
    every = [number for one in found for number in one]
    assert len(set(every)) == len(every) == 8 * 24
    assert min(every) > 0
    assert all(one == sorted(one) for one in found)


async def test_tasks_of_one_worker_never_get_the_same_number(store: Database) -> None:
    numbers = Sequence(store, block=5)
    taken = await asyncio.gather(*(numbers.take(3) for _ in range(40)))
    every = [number for one in taken for number in one]
    assert len(set(every)) == 120


async def test_numbers_asked_for_together_stand_in_a_row(store: Database) -> None:
    numbers = Sequence(store, block=5)
    await numbers.take(3)
    assert len(await numbers.take(100)) == 100


async def test_a_block_that_ends_inside_of_units_of_work_holds_nobody_up(database: str) -> None:
    """Every connection of the pool is in a unit, and each unit asks for a number."""
    store = await Database.open(database, most=2)
    await schema.upgrade(store, SystemClock())
    numbers, inside = Sequence(store, block=1), asyncio.Barrier(2)

    async def unit() -> int:
        async with store.transaction():
            await inside.wait()
            return await numbers.one()

    async with asyncio.timeout(20):
        found = await asyncio.gather(unit(), unit())
    await store.close()
    assert len({*found}) == 2


async def test_a_connection_that_was_cut_is_made_again(store: Database) -> None:
    numbers = Sequence(store, block=1)
    first = await numbers.one()
    await store._pool.execute(
        "select pg_terminate_backend(pid) from pg_stat_activity"
        " where datname = current_database() and pid <> pg_backend_pid()"
        " and query like '%counter%'"
    )
    with suppress(Retry):
        await numbers.one()
    assert await numbers.one() > first


async def test_each_name_counts_for_itself(store: Database) -> None:
    assert await Sequence(store, "left").one() == await Sequence(store, "right").one() == 1
