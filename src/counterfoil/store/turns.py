"""Turns: documents of a route of which one at a time is in flight.

A turn is free again when the document that took it is in flight no longer: nothing is released, so
nothing can be forgotten.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from counterfoil.store.postgres import Executor
from counterfoil.store.query import Query
from counterfoil.values.ids import RecordId


class Turn(NamedTuple):
    """A turn that was taken before, how often, and by which document last. `busy`: that is in
    flight; `stuck`: it is in doubt, and only a person ends that."""

    turn: str
    times: int
    subject: int
    busy: bool
    stuck: bool


class Claim(NamedTuple):
    """A record that takes a turn, which was free when it had been taken so often."""

    turn: str
    record: RecordId
    times: int


_OF = Query("turns_of", Turn)
_TAKE = Query("take_turns", RecordId)


async def of(db: Executor, route: int, turns: Sequence[str]) -> dict[str, Turn]:
    """Those of these turns that anybody ever took."""
    return {row.turn: row for row in await _OF.rows(db, route, turns)}


async def take(db: Executor, route: int, claims: Sequence[Claim]) -> set[RecordId]:
    """Take these turns, each once, where nobody took them meanwhile: the records that did."""
    columns = zip(*claims, strict=True)
    return {*await _TAKE.rows(db, route, *map(list, columns))}
