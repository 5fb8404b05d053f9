"""Our numbers: rising within a worker, never the same in two."""

from __future__ import annotations

import asyncio

from counterfoil.store.postgres import Database
from counterfoil.store.sequence import Sequence


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


async def test_each_name_counts_for_itself(store: Database) -> None:
    assert await Sequence(store, "left").one() == await Sequence(store, "right").one() == 1
