"""Causes: what waits for a person, together with all that waits for the same reason."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from counterfoil.store.holds import NOWHERE, After, HoldRow
from counterfoil.store.postgres import Executor, Transaction
from counterfoil.store.query import Query
from counterfoil.values.clock import Instant
from counterfoil.values.ids import RecordId


class CauseRow(NamedTuple):
    """What waits for one cause in one currency. `since` is when the oldest of it was first held,
    `recent` how many were lately, and `alike` says that the same was `said` of all of it."""

    id: str
    route: str
    cause: str
    state: int
    place: str
    said: str
    advice: str
    owner: str
    currency: str
    records: int
    minor: int
    since: datetime
    newest: datetime
    recent: int
    alike: bool


class Ended(NamedTuple):
    """How a hold ended last: by whom (null where nobody is noted), when, and what became of it."""

    by: str | None
    moment: datetime
    closing: str | None


_EVERY = Query("waiting_causes", CauseRow)
_MEMBERS = Query("waiting_for_cause", HoldRow)
_ENDED = Query("last_ended", Ended)
_CLAIMED = Query("claim_cause", bool)


async def every(db: Executor, cause: str | None, lately: Instant) -> list[CauseRow]:
    """Every cause for which something waits, or one of them, the most money first; those held
    after `lately` are counted as recent."""
    return await _EVERY.rows(db, cause, lately.to_stdlib())


async def members(
    db: Executor,
    cause: str,
    records: Sequence[RecordId] | None,
    limit: int,
    start: int = 0,
    after: After | None = None,
) -> list[HoldRow]:
    """What waits for a cause (of it these records, where some are named), the most money first;
    from the place `start` on, or what comes `after` a row."""
    return await _MEMBERS.rows(db, cause, records, limit, start, *(after or NOWHERE))


async def last_ended(
    db: Executor, cause: str, records: Sequence[RecordId] | None = None
) -> Ended | None:
    """Who last let go what waited for a cause, or these records; None where nobody has."""
    return await _ENDED.first(db, cause, records)


async def claim(unit: Transaction, cause: str) -> bool:
    """Be the only one who is at a cause until the unit of work ends; False where somebody is."""
    return await _CLAIMED.only(unit, cause)
