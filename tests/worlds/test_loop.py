"""The simulation's loop: its clock, its order, its stillness, its processes."""

from __future__ import annotations

import asyncio
import itertools
import random
from collections.abc import Iterator
from contextvars import copy_context

import pytest

from counterfoil.rehearse.worlds.loop import PROCESS, Deadlock, Overrun, Process, WorldLoop


@pytest.fixture
def loop() -> Iterator[WorldLoop]:
    made = WorldLoop(random.Random(7))
    made.begin()
    yield made
    made.end()
    made.close()


def test_an_hour_passes_at_once(loop: WorldLoop) -> None:
    loop.run_until_complete(asyncio.sleep(3600))
    assert loop.time() == 3600


def test_nobody_who_could_go_on_is_a_deadlock(loop: WorldLoop) -> None:
    with pytest.raises(Deadlock):
        loop.run_until_complete(loop.create_future())


def test_a_world_that_goes_on_and_on_is_ended(loop: WorldLoop) -> None:
    async def for_ever() -> None:
        for _ in itertools.count():
            await asyncio.sleep(1)

    loop.allow(core_s=0.05)
    with pytest.raises(Overrun):
        loop.run_until_complete(for_ever())


def test_the_seed_decides_the_order() -> None:
    def order(seed: int) -> list[int]:
        loop = WorldLoop(random.Random(seed))
        loop.begin()
        found: list[int] = []

        async def one(number: int) -> None:
            await asyncio.sleep(0)
            found.append(number)

        async def all_of_them() -> None:
            await asyncio.gather(*map(one, range(8)))

        loop.run_until_complete(all_of_them())
        loop.end()
        loop.close()
        return found

    assert order(1) == order(1)
    assert len({tuple(order(seed)) for seed in range(6)}) > 1


def test_threads_are_refused(loop: WorldLoop) -> None:
    with pytest.raises(RuntimeError, match="seed's order"):
        loop.run_in_executor(None, print)
    with pytest.raises(RuntimeError, match="seed's order"):
        loop.call_soon_threadsafe(print)


def test_a_stopped_process_stands_still_until_it_goes_on(loop: WorldLoop) -> None:
    process = Process("worker")
    context = copy_context()
    context.run(PROCESS.set, process)
    moments: list[float] = []

    async def steps() -> None:
        for _ in range(3):
            await asyncio.sleep(1)
            moments.append(loop.time())

    async def world() -> None:
        task = loop.create_task(steps(), context=context)
        await asyncio.sleep(1.5)
        process.stopped = True
        await asyncio.sleep(10)
        loop.go_on(process)
        await task

    loop.run_until_complete(world())
    assert moments == [1.0, 11.5, 12.5]
