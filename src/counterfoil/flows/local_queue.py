"""A queue inside one process, for rehearsals and tests: it is gone with the process."""

from __future__ import annotations

import asyncio
import heapq
from collections.abc import Sequence

from counterfoil.flows.queue import LIVE, PATIENT_AT_ONCE, Handler, Job
from counterfoil.store.postgres import Transaction
from counterfoil.values.clock import Clock, later, nanoseconds
from counterfoil.values.ids import PageId


class LocalQueue:
    """A queue inside one process, sorted by due moment, priority and arrival."""

    def __init__(self, clock: Clock) -> None:
        self._live, self._patient = _Line(clock), _Line(clock)

    def __len__(self) -> int:
        return len(self._live) + len(self._patient)

    async def enqueue(self, unit: Transaction, jobs: Sequence[Job]) -> None:
        """Remember the jobs; they are gone with the process."""
        self._live.remember([job for job in jobs if job.priority >= LIVE])
        self._patient.remember([job for job in jobs if job.priority < LIVE])

    async def serve(self, handler: Handler, stop: asyncio.Event, at_once: int) -> None:
        """Take jobs from this process until `stop` is set."""
        await asyncio.gather(
            self._live.serve(handler, stop, at_once),
            self._patient.serve(handler, stop, min(at_once, PATIENT_AT_ONCE)),
        )


class _Line:
    """Jobs of one kind that wait in this process."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._heap: list[tuple[int, int, int, PageId]] = []
        self._keys: dict[int, str] = {}
        self._count = 0
        self._changed = asyncio.Event()

    def __len__(self) -> int:
        return len(self._heap)

    def remember(self, jobs: Sequence[Job]) -> None:
        """Let the jobs wait for their moment."""
        now = self._clock.now()
        waiting = set(self._keys.values())
        for job in jobs:
            if job.key and job.key in waiting:
                continue
            self._count += 1
            due = nanoseconds(later(now, job.after_s))
            heapq.heappush(self._heap, (due, -job.priority, self._count, job.page))
            if job.key:
                self._keys[self._count] = job.key
        self._changed.set()

    async def serve(self, handler: Handler, stop: asyncio.Event, at_once: int) -> None:
        """Work on at most `at_once` of them at a time, until `stop` is set."""
        running: set[asyncio.Task[None]] = set()
        while not stop.is_set():
            page = self._due() if len(running) < at_once else None
            if page is None:
                await self._wait(stop, running, full=len(running) >= at_once)
                continue
            task = asyncio.ensure_future(handler(page))
            running.add(task)
            task.add_done_callback(running.discard)
        if running:
            await asyncio.wait(running)

    def _due(self) -> PageId | None:
        if not self._heap or self._heap[0][0] > nanoseconds(self._clock.now()):
            return None
        _, _, count, page = heapq.heappop(self._heap)
        self._keys.pop(count, None)
        return page

    async def _wait(
        self, stop: asyncio.Event, running: set[asyncio.Task[None]], *, full: bool
    ) -> None:
        self._changed.clear()
        wait_s = 1.0
        if self._heap and not full:
            # Subtracted as whole nanoseconds: as seconds, a moment of today has no room for them.
            due_s = (self._heap[0][0] - nanoseconds(self._clock.now())) / 1e9
            wait_s = min(1.0, max(0.0, due_s))
        pause = asyncio.ensure_future(self._clock.sleep(wait_s))
        changed = asyncio.ensure_future(self._changed.wait())
        stopped = asyncio.ensure_future(stop.wait())
        await asyncio.wait({pause, changed, stopped, *running}, return_when="FIRST_COMPLETED")
        for task in (pause, changed, stopped):
            task.cancel()
