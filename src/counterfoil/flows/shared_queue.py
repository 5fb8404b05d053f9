"""The queue that all workers share: PgQueuer, in the same database and commit as the page."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from typing import TYPE_CHECKING

import asyncpg

from counterfoil.flows.queue import LIVE, PATIENT_AT_ONCE, Handler, Job
from counterfoil.store.postgres import Transaction, as_it_is
from counterfoil.values.deferred import Deferred
from counterfoil.values.ids import PageId

if TYPE_CHECKING:
    import pgqueuer
else:
    pgqueuer = Deferred("pgqueuer")

_LIVE_ENTRY, _PATIENT_ENTRY = "page", "patient page"
_HEARTBEAT = timedelta(seconds=6)
# Planning a dequeue takes longer than running it.
_PLANNED_ONCE = {"plan_cache_mode": "force_generic_plan"}


class SharedQueue:
    """PgQueuer on our own database; a dead worker's jobs are picked again by the others."""

    def __init__(self, dsn: str) -> None:
        self._dsn = dsn

    async def enqueue(self, unit: Transaction, jobs: Sequence[Job]) -> None:
        """Write the jobs with the caller's unit of work."""
        if jobs:
            await pgqueuer.Queries(pgqueuer.AsyncpgDriver(unit.connection)).enqueue(
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
                _serve(pool, _PATIENT_ENTRY, handler, stop, min(at_once, PATIENT_AT_ONCE)),
            )


async def _serve(
    pool: asyncpg.Pool, entry: str, handler: Handler, stop: asyncio.Event, at_once: int
) -> None:
    """Take the jobs of one entrypoint until `stop` is set."""
    manager = pgqueuer.QueueManager(pgqueuer.Queries(pgqueuer.AsyncpgPoolDriver(pool)))

    @manager.entrypoint(entry, accepts_context=False)
    async def work(job: pgqueuer.Job) -> None:  # pyright: ignore[reportUnusedFunction]
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
