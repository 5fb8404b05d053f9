"""What the tests of the flows do again and again, in one word each."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence

import msgspec
from ends import order
from flow_stage import Stage

from counterfoil.flows.engine import Engine
from counterfoil.flows.local_queue import LocalQueue
from counterfoil.flows.queue import Queue
from counterfoil.flows.route import Route
from counterfoil.flows.sweep import sweep_source
from counterfoil.kit.capability import InDoubt
from counterfoil.kit.connector import Seen
from counterfoil.ledger.account import State
from counterfoil.store.sequence import Sequence as Numbers
from counterfoil.values.errors import Settle
from counterfoil.values.ids import RecordId


async def swept(stage: Stage) -> int:
    """List everything; how many records are new."""
    _, new = await sweep_source(stage.engine, stage.route, None)
    return new


async def causes(stage: Stage) -> list[str]:
    """Why records wait for a person, the largest money first."""
    return [row["cause"] for row in await stage.database.rows("list_holds", None, None, 100, 0)]


async def held(stage: Stage) -> list[RecordId]:
    """The numbers of the records that wait for a person."""
    rows = await stage.database.rows("list_holds", None, None, 100, 0)
    return [RecordId(row["record"]) for row in rows]


async def path(stage: Stage, number: str) -> list[str]:
    """Every account that the records of an order passed, by its entries."""
    rows = await stage.database._pool.fetch(
        "select e.path from line e join record r on r.id = e.record where r.number = $1 "
        "order by e.record, e.seq",
        number,
    )
    return [State(step).word for row in rows for step in row["path"]]


def unanswered(*, landed: bool) -> Settle:
    """What the office raises where it does not answer, and has or has not written."""
    error = Settle("no answer")
    error.landed = landed  # type: ignore[attr-defined]
    return error


async def changed_in_doubt(stage: Stage, kind: InDoubt, *, landed: bool, **changes: object) -> None:
    """An order of a target of this class that was not answered, and is changed so before that is
    settled."""
    of_class(stage, kind)
    stage.office.answers = [unanswered(landed=landed)]
    stage.shop.put(order(1))
    await swept(stage)
    await stage.work(rounds=1)
    stage.shop.put(order(1, version=1, **changes))  # type: ignore[arg-type]
    await swept(stage)
    await waited(stage)


async def waited(stage: Stage) -> None:
    """Longer than it takes to find out what became of anything."""
    for _ in range(8):
        await stage.work()
        stage.clock.pass_(31)


def of_class(stage: Stage, kind: InDoubt | None) -> Route:
    """The stage's route to an office of another class."""
    carries = msgspec.structs.replace(stage.route.carries, in_doubt=kind)
    stage.route = msgspec.structs.replace(stage.route, carries=carries)
    stage.engine.routes = {stage.route.id: stage.route}
    return stage.route


def colleague(stage: Stage, holder: str, queue: Queue | None = None) -> Engine:
    """Another worker on the same database, with the same two ends and the same clock."""
    return Engine(
        stage.database,
        stage.clock,
        random.Random(holder),
        Numbers(stage.database),
        queue or LocalQueue(stage.clock),
        stage.engine.routes,
        holder,
    )


class Blind:
    """Makes the office's books unreadable or late: what `read` gives for the next looks."""

    def __init__(self, stage: Stage, looks: int) -> None:
        self.left = looks
        self.looked = 0
        self._read = stage.office.read
        stage.office.read = self.read  # type: ignore[method-assign]

    async def read(self, references: Sequence[str]) -> Mapping[str, Sequence[Seen]]:
        self.looked += 1
        self.left -= 1
        return {} if self.left >= 0 else await self._read(references)
