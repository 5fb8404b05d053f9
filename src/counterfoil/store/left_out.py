"""Left out: what a rule of a route, or a person, left out, and why."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from counterfoil.store.postgres import Executor
from counterfoil.store.query import Query
from counterfoil.values.ids import RecordId, Subject


class RuleCount(NamedTuple):
    """How many documents one rule left out, and their money in one currency."""

    rule: str
    currency: str
    documents: int
    minor: int


class LeftOutRow(NamedTuple):
    """One document that was left out: when, by whom, by which rule and why."""

    id: RecordId
    number: str
    key: str
    minor: int
    currency: str
    created: datetime
    at: datetime
    by: str
    rule: str
    why: str


class RuleRow(NamedTuple):
    """What the journal says of a document that the house left out."""

    subject: Subject
    detail: str


_COUNT = Query("count_left_out", RuleCount)
_LIST = Query("list_left_out", LeftOutRow)
_RULES = Query("left_out_of", RuleRow)


async def counts(db: Executor, route: str, rule: str | None = None) -> list[RuleCount]:
    """How many documents each rule of a route left out, by currency; or this rule alone."""
    return await _COUNT.rows(db, route, rule)


async def rows(
    db: Executor, route: str, rule: str | None, limit: int, start: int
) -> list[LeftOutRow]:
    """What was left out, the newest first: at most `limit` from the place `start` (from 0) on."""
    return await _LIST.rows(db, route, rule, limit, start)


async def of(
    db: Executor, subjects: Sequence[int], routes: Sequence[int], by: str
) -> list[RuleRow]:
    """Which of these documents were left out of one of these routes, and never sent on it."""
    return await _RULES.rows(db, subjects, routes, by)
