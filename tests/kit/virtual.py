"""A clock for many tasks at once: time stands while any of them can go on, then jumps."""

from __future__ import annotations

import asyncio
import heapq
import itertools
from collections.abc import Awaitable
from typing import TypeVar

from counterfoil.values.clock import Instant, SystemClock, instant, later

T = TypeVar("T")
START = instant("2026-11-02T12:00:00Z")
_TURNS = 20  # of the loop, until every task that can go on has gone on


class VirtualClock(SystemClock):
    """Virtual seconds. `run` is the only thing that moves them."""

    def __init__(self) -> None:
        self.passed = 0.0
        self._asleep: list[tuple[float, int, asyncio.Future[None]]] = []
        self._order = itertools.count()

    def now(self) -> Instant:
        return later(START, self.passed)

    def monotonic(self) -> float:
        return self.passed

    async def sleep(self, seconds: float) -> None:
        waking: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._asleep, (self.passed + seconds, next(self._order), waking))
        await waking

    async def run(self, work: Awaitable[T]) -> T:
        """Let the work and everything beside it go on until it is done."""
        task = asyncio.ensure_future(work)
        while not task.done():
            for _ in range(_TURNS):
                await asyncio.sleep(0)
            if task.done():
                break
            assert self._asleep, "everything waits, and nothing will wake it"
            self.passed, _, waking = heapq.heappop(self._asleep)
            if not waking.done():
                waking.set_result(None)
        return task.result()
