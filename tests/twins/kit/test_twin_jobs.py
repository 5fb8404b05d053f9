"""Long jobs, searches with their pages, and changes under an idempotency key."""

from __future__ import annotations

from pathlib import Path

import pytest

from counterfoil.twins.kit.jobs import Batch, Job, Jobs
from counterfoil.twins.kit.memory import Memory
from counterfoil.twins.kit.once import Mismatch, once
from counterfoil.twins.kit.paging import Cursor
from counterfoil.twins.kit.search import by
from counterfoil.values.clock import Clock, Instant

BATCH = 2


def counting(memory: Memory, clock: Clock, roots: int = 5) -> Jobs:
    """Jobs that write a line for each of so many numbers."""

    def step(job: Job, now: Instant) -> Batch:
        numbers = range(job.last_id + 1, roots + 1)[:BATCH]
        lines = [f"{job.query} {number}".encode() for number in numbers]
        last_id = numbers[-1] if numbers else job.last_id
        return Batch(lines, len(numbers), last_id, last=len(numbers) < BATCH)

    return Jobs(memory, clock, 3.0, step)


def test_a_job_waits_and_is_worked_off_in_batches(memory: Memory, clock: Clock) -> None:
    jobs = counting(memory, clock)
    job = jobs.begin("line")
    assert not jobs.advance()
    clock.elapsed_s = 3.0  # type: ignore[attr-defined]
    assert [jobs.advance() for _ in range(4)] == [True, True, True, False]
    done = jobs.job(job.id)
    assert done is not None
    assert done.finished
    assert (done.objects, done.roots, done.last_id, done.size) == (5, 5, 5, 5 * len("line 1\n"))
    assert b"".join(jobs.file(job.id)) == b"line 1\nline 2\nline 3\nline 4\nline 5\n"
    assert jobs.unfinished == []
    assert jobs.next_s() is None


def test_a_killed_process_goes_on_where_it_stopped(tmp_path: Path, clock: Clock) -> None:
    first = Memory(tmp_path / "twin.db")
    jobs = counting(first, clock)
    job = jobs.begin("line")
    clock.elapsed_s = 3.0  # type: ignore[attr-defined]
    assert jobs.advance()
    first.close()
    second = Memory(tmp_path / "twin.db")
    jobs = counting(second, clock)
    while jobs.advance():
        pass
    assert b"".join(jobs.file(job.id)).count(b"\n") == 5
    second.close()


def test_a_change_under_a_key_happens_once(memory: Memory) -> None:
    made: list[int] = []

    def make() -> dict[str, int]:
        made.append(1)
        return {"number": len(made)}

    assert once(memory, "key", ["add", {"a": 1}], make) == {"number": 1}
    assert once(memory, "key", ["add", {"a": 1}], make) == {"number": 1}
    assert once(memory, "other", ["add", {"a": 1}], make) == {"number": 2}
    with pytest.raises(Mismatch):
        once(memory, "key", ["add", {"a": 2}], make)
    assert len(made) == 2


def test_a_change_that_fails_leaves_its_key_free(memory: Memory) -> None:
    def fail() -> object:
        raise KeyError("away")

    with pytest.raises(KeyError, match="away"):
        once(memory, "key", [], fail)
    assert once(memory, "key", [], lambda: 1) == 1


def test_a_page_begins_behind_the_last_one_in_the_same_listing() -> None:
    listing = by("total", [("size > ?", (3,)), ("name = ?", ("a",))], "total", "words")
    assert listing.where() == ("(size > ?) and (name = ?)", (3, "a"))
    further = listing.continued(Cursor(9, 40, listing.listing))
    assert further is not None
    assert further.where()[0].endswith("((total, id) > (?, ?))")
    assert further.where()[1] == (3, "a", 40, 9)
    assert listing.continued(Cursor(9, 40, "another")) is None
    assert listing.continued(None) is None
    assert by("total", [], falls=True).where() == ("1", ())
