"""A crew: worker processes that begin together, are watched, and tell what they used."""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Sequence

import msgspec

from bench.house import Ground
from bench.worker import Job, Used
from counterfoil.ledger.account import State
from counterfoil.store import pages, standings
from counterfoil.store.postgres import Database

_LOOK_S = 0.02


class Run(msgspec.Struct, frozen=True):
    """What a crew did: seconds from the signal to the last delivery, processor seconds, and bytes
    that the database wrote ahead."""

    orders: int
    seconds: float
    workers_cpu_s: float
    database_cpu_s: float
    wal_bytes: int
    peak_kib: int

    @property
    def per_s(self) -> float:
        """Orders a second."""
        return self.orders / self.seconds

    @property
    def cpu_us(self) -> float:
        """Processor microseconds an order, of the workers and of the database together."""
        return (self.workers_cpu_s + self.database_cpu_s) / self.orders * 1e6

    @property
    def wal_per_record(self) -> float:
        """Bytes written ahead for an order."""
        return self.wal_bytes / self.orders


class Crew:
    """Worker processes, one for each job."""

    def __init__(self, processes: Sequence[asyncio.subprocess.Process]) -> None:
        self.processes = list(processes)
        self._listed: list[asyncio.Task[bytes]] = []

    @classmethod
    async def raised(cls, jobs: Sequence[Job]) -> Crew:
        """The crew for these jobs, ready to begin."""
        crew = cls([await _process() for _ in jobs])
        for process, job in zip(crew.processes, jobs, strict=True):
            _tell(process, msgspec.json.encode(job))
        for process in crew.processes:
            await _line(process)
        return crew

    def begin(self) -> None:
        """Give the signal."""
        for process in self.processes:
            _tell(process, b"go")
        self._listed = [asyncio.create_task(_line(process)) for process in self.processes]

    @property
    def listed(self) -> bool:
        """Whether every listing is through."""
        return all(task.done() for task in self._listed)

    async def end(self) -> list[Used]:
        """Stop the crew; what each process used."""
        used: list[Used] = []
        await asyncio.gather(*self._listed)
        for process in self.processes:
            _tell(process, b"stop")
            used.append(msgspec.json.decode(await _line(process), type=Used))
        for process in self.processes:
            await process.wait()
        return used

    def kill(self, at: int) -> None:
        """Kill one process as it stands."""
        self._listed.pop(at).cancel()
        self.processes.pop(at).kill()


async def run(ground: Ground, database: Database, jobs: Sequence[Job]) -> Run:
    """Have a crew move all orders of its jobs. Raises `AssertionError` where one did not arrive."""
    crew = await Crew.raised(jobs)
    database_cpu_s, wal = ground.database_cpu_s(), await written_ahead(database)
    start = time.monotonic()
    crew.begin()
    while not (crew.listed and await at_rest(database)):  # noqa: ASYNC110 (far away)
        await asyncio.sleep(_LOOK_S)
    seconds = time.monotonic() - start
    database_cpu_s = ground.database_cpu_s() - database_cpu_s
    wal = await written_ahead(database) - wal
    used = await crew.end()
    orders = sum(job.orders for job in jobs if job.lists)
    assert await delivered(database, jobs[0].routes) == orders
    workers_cpu_s = sum(one.cpu_s for one in used)
    peak_kib = max(one.peak_kib for one in used)
    return Run(orders, seconds, workers_cpu_s, database_cpu_s, wal, peak_kib)


async def written_ahead(database: Database) -> int:
    """How many bytes the server has written ahead since it was made."""
    async with database.transaction() as unit:
        return await unit.connection.fetchval("select pg_current_wal_insert_lsn() - '0/0'::pg_lsn")


async def at_rest(database: Database) -> bool:
    """Whether no page is left."""
    return (await pages.open_now(database)).open == 0


async def delivered(database: Database, routes: int) -> int:
    """How many records stand as delivered."""
    count = 0
    for route in range(1, routes + 1):
        count += (await standings.progress(database, route)).get(State.DELIVERED, 0)
    return count


async def _process() -> asyncio.subprocess.Process:
    pipe = asyncio.subprocess.PIPE
    words = (sys.executable, "-m", "bench.worker")
    return await asyncio.create_subprocess_exec(*words, stdin=pipe, stdout=pipe)


def _tell(process: asyncio.subprocess.Process, line: bytes) -> None:
    assert process.stdin is not None
    process.stdin.write(line + b"\n")


async def _line(process: asyncio.subprocess.Process) -> bytes:
    assert process.stdout is not None
    line = await process.stdout.readline()
    assert line, "A worker of the bench ended; its reason stands above."
    return line
