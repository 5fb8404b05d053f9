"""Steps: how far a write of several calls has come, record by record."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from counterfoil.store.postgres import Executor
from counterfoil.store.query import Query
from counterfoil.values.ids import RecordId


class Step(NamedTuple):
    """One call of a write: its `place` from 0, and its name. `identity` and `number` are the
    target's own of what it made; None as long as that is not proven."""

    record: RecordId
    place: int
    name: str
    identity: str | None = None
    number: str | None = None


_OF = Query("steps_of", Step)


async def begin(unit: Executor, steps: Sequence[Step]) -> None:
    """These are about to leave, or may have left."""
    if steps:
        await unit.run(
            "begin_steps",
            [step.record for step in steps],
            [step.place for step in steps],
            [step.name for step in steps],
        )


async def prove(unit: Executor, steps: Sequence[Step]) -> None:
    """The target has what these made, under the names that they bring."""
    if steps:
        await unit.run(
            "prove_steps",
            [step.record for step in steps],
            [step.place for step in steps],
            [step.identity for step in steps],
            [step.number for step in steps],
        )


async def of(db: Executor, records: Sequence[int]) -> Mapping[RecordId, Sequence[Step]]:
    """The steps of each of these records that has any, in their sequence."""
    steps: dict[RecordId, list[Step]] = {}
    for step in await _OF.rows(db, records):
        steps.setdefault(step.record, []).append(step)
    return steps
