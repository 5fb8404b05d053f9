"""Long jobs: begun by a caller, worked off batch by batch, read as a file when they are done."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Final, NamedTuple

import msgspec

from counterfoil.twins.kit.memory import Memory, blob
from counterfoil.twins.kit.moments import unix_s
from counterfoil.values.clock import Clock, Instant

_COLUMNS: Final = "id, query, status, created_s, completed_s, last_id, objects, roots, size"


class Job(msgspec.Struct, frozen=True, array_like=True):
    """One job: CREATED, RUNNING or COMPLETED. `last_id` is how far it has come, `objects` how many
    lines it has written for how many `roots`, `size` in bytes."""

    id: int
    query: str
    status: str
    created_s: int
    completed_s: int | None
    last_id: int
    objects: int
    roots: int
    size: int

    @property
    def finished(self) -> bool:
        """Whether it is done."""
        return self.status == "COMPLETED"


class Batch(NamedTuple):
    """What one step of a job has made: lines for so many roots, up to `last_id`; `last` where
    nothing comes after it."""

    lines: Sequence[bytes]
    roots: int
    last_id: int
    last: bool


class Jobs:
    """The jobs of an account. `advance` does the work, a batch at a time: `step` makes the batch of
    a job, at a moment. A job waits `takes_s` before it is worked on."""

    def __init__(
        self, memory: Memory, clock: Clock, takes_s: float, step: Callable[[Job, Instant], Batch]
    ) -> None:
        self._memory = memory
        self._clock = clock
        self._takes_s = takes_s
        self._step = step

    def begin(self, query: str) -> Job:
        """A new job."""
        number = self._memory.run(
            "insert into jobs (query, status, created_s) values (?, 'CREATED', ?)",
            query,
            self._clock.now().timestamp(),
        )
        return self._select("where id = ?", number)[0]

    def job(self, number: int) -> Job | None:
        """One job, or None."""
        return next(iter(self._select("where id = ?", number)), None)

    @property
    def unfinished(self) -> list[Job]:
        """The jobs that are not done, the oldest first."""
        return self._select("where status in ('CREATED', 'RUNNING') order by id")

    def file(self, number: int) -> Iterator[bytes]:
        """The lines of a finished job, in pieces."""
        seq = 0
        while row := self._memory.row(
            "select body from job_chunks where job_id = ? and seq = ?", number, seq
        ):
            yield blob(row[0])
            seq += 1

    def next_s(self) -> float | None:
        """When the oldest unfinished job can be worked on (seconds since 1970)."""
        waiting = self.unfinished
        return waiting[0].created_s + self._takes_s if waiting else None

    def advance(self) -> bool:
        """Work off one batch of the oldest job; False where there is nothing to do."""
        now = self._clock.now()
        ready_s = self.next_s()
        if ready_s is None or ready_s > unix_s(now):
            return False
        with self._memory.transaction():
            self._work(self.unfinished[0], now)
        return True

    def _work(self, job: Job, now: Instant) -> None:
        batch = self._step(job, now)
        body = b"".join(line + b"\n" for line in batch.lines)
        self._memory.run(
            "insert into job_chunks select ?, count(*), ? from job_chunks where job_id = ?1",
            job.id,
            body,
        )
        self._memory.run(
            "update jobs set status = ?, last_id = ?, objects = objects + ?, roots = roots + ?, "
            "size = size + ?, completed_s = ? where id = ?",
            "COMPLETED" if batch.last else "RUNNING",
            batch.last_id,
            len(batch.lines),
            batch.roots,
            len(body),
            now.timestamp() if batch.last else None,
            job.id,
        )

    def _select(self, where: str, *values: object) -> list[Job]:
        rows = self._memory.rows(f"select {_COLUMNS} from jobs {where}", *values)  # noqa: S608
        return msgspec.convert(rows, list[Job])
