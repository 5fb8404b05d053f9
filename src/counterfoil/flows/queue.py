"""The queue: who works on which page next. It is disposable: the sweeper can always refill it.

A job's payload is a page's number and nothing else. Two makes behind one port: PgQueuer, in the
same database and the same commit as the page; and one inside the process.
"""

from __future__ import annotations

import asyncio
import heapq
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from typing import Final, Protocol

import asyncpg
import msgspec
from pgqueuer.db import AsyncpgDriver, AsyncpgPoolDriver
from pgqueuer.models import Job as QueuedJob
from pgqueuer.qm import QueueManager
from pgqueuer.queries import Queries

from counterfoil.store.postgres import Transaction, as_it_is
from counterfoil.values.clock import Clock, later, nanoseconds
from counterfoil.values.ids import PageId

LIVE: Final = 50
"""Work below this priority can wait. Little of it is done at once, and it has hands of its own, so
that thousands of such pages leave every other hand to what is live."""

_PATIENT_AT_ONCE = 2
_LIVE_ENTRY, _PATIENT_ENTRY = "page", "patient page"
_HEARTBEAT = timedelta(seconds=6)
# Planning a dequeue takes longer than running it.
_PLANNED_ONCE = {"plan_cache_mode": "force_generic_plan"}

Handler = Callable[[PageId], Awaitable[None]]


class Job(msgspec.Struct, frozen=True):
    """Work on one page. `priority`: the larger goes first; `after_s` seconds from now at the
    earliest; two jobs of one `key` do not wait at the same time."""

    page: PageId
    priority: int
    after_s: float = 0.0
    key: str = ""


class Queue(Protocol):
    """Hands pages to workers."""

    async def enqueue(self, unit: Transaction, jobs: Sequence[Job]) -> None:
        """Ask for work on pages, as part of the caller's unit of work."""
        ...

    async def serve(self, handler: Handler, stop: asyncio.Event, at_once: int) -> None:
        """Work on at most `at_once` pages at a time, until `stop` is set."""
        ...


class PgQueue:
    """PgQueuer on our own database; a dead worker's jobs are picked again by the others."""

    def __init__(self, dsn: str) -> None:
        self._dsn = dsn

    async def enqueue(self, unit: Transaction, jobs: Sequence[Job]) -> None:
        """Write the jobs with the caller's unit of work."""
        if jobs:
            await Queries(AsyncpgDriver(unit.connection)).enqueue(
                [_LIVE_ENTRY if job.priority >= LIVE else _PATIENT_ENTRY for job in jobs],
                [str(job.page).encode() for job in jobs],
                [job.priority for job in jobs],
                [timedelta(seconds=job.after_s) for job in jobs],
                [job.key or None for job in jobs],
                on_conflict="skip",
            )

    async def serve(self, handler: Handler, stop: asyncio.Event, at_once: int) -> None:
        """Take jobs from the database until `stop` is set."""
        async with asyncpg.create_pool(
            self._dsn, min_size=2, max_size=6, reset=as_it_is, server_settings=_PLANNED_ONCE
        ) as pool:
            await asyncio.gather(
                _serve(pool, _LIVE_ENTRY, handler, stop, at_once),
                _serve(pool, _PATIENT_ENTRY, handler, stop, min(at_once, _PATIENT_AT_ONCE)),
            )


async def _serve(
    pool: asyncpg.Pool, entry: str, handler: Handler, stop: asyncio.Event, at_once: int
) -> None:
    """Take the jobs of one entrypoint until `stop` is set."""
    manager = QueueManager(Queries(AsyncpgPoolDriver(pool)))

    @manager.entrypoint(entry, accepts_context=False)
    async def work(job: QueuedJob) -> None:  # pyright: ignore[reportUnusedFunction]
        await handler(PageId(int(job.payload or b"0")))

    async def end() -> None:
        await stop.wait()
        manager.shutdown.set()

    ending = asyncio.create_task(end())
    try:
        await manager.run(
            dequeue_timeout=timedelta(seconds=2),
            batch_size=max(1, at_once // 2),
            max_concurrent_tasks=max(2, at_once),
            heartbeat_timeout=_HEARTBEAT,
        )
    finally:
        ending.cancel()


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
            self._patient.serve(handler, stop, min(at_once, _PATIENT_AT_ONCE)),
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


def key(page: PageId) -> str:
    """The key under which a page waits once, however often it is asked for."""
    return f"page-{page}"
