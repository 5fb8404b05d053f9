"""Losses: what of a route's documents did not come along, and what was not read back, by field."""

from __future__ import annotations

from typing import NamedTuple

from counterfoil.store.postgres import Executor
from counterfoil.store.query import Query


class LossCount(NamedTuple):
    """Of how many documents a field was lost for one reason; the money in the field and the total
    of the documents, in minor units of one currency."""

    field: str
    code: str
    currency: str
    documents: int
    minor: int
    total: int


class FieldCount(NamedTuple):
    """Of how many documents a field was sent and not read back."""

    field: str
    documents: int


_LOST = Query("count_losses", LossCount)
_NOT_COMPARED = Query("count_not_compared", FieldCount)


async def lost(db: Executor, route: str) -> list[LossCount]:
    """What did not come along, the most documents first."""
    return await _LOST.rows(db, route)


async def not_compared(db: Executor, route: str) -> list[FieldCount]:
    """What was sent and not read back, the most documents first."""
    return await _NOT_COMPARED.rows(db, route)
