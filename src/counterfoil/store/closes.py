"""Closes: what was done to close a period, act by act, each chained to the one before it."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from counterfoil.store.postgres import Executor
from counterfoil.store.query import Query


class CloseAct(NamedTuple):
    """One act: `content` is canonical JSON, `digest` covers all of it and the digest before it."""

    number: int
    act: str
    at: datetime
    by: str
    content: bytes
    digest: bytes


_ACTS = Query("close_acts", CloseAct)
_PERIODS = Query("closed_periods", str)
_KEPT = Query("keep_close_act", int)


async def acts(db: Executor, period: str) -> list[CloseAct]:
    """Everything that was done for a period, the first act first."""
    return await _ACTS.rows(db, period)


async def periods(db: Executor) -> list[str]:
    """Every period for which something was done."""
    return await _PERIODS.rows(db)


async def keep(unit: Executor, period: str, act: CloseAct) -> bool:
    """Keep an act; False where somebody else has kept one of its number meanwhile."""
    return await _KEPT.first(unit, period, *act) is not None
