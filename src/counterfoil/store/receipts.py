"""Receipts: what a person did at the desk to records that waited. They are never changed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from counterfoil.store.postgres import Executor
from counterfoil.store.query import Query
from counterfoil.values.clock import Instant
from counterfoil.values.ids import RecordId


class ReceiptRow(NamedTuple):
    """One receipt: what was done (`act`) to what was waiting (`title`), and its money then."""

    id: int
    done_at: datetime
    by: str
    act: str
    title: str
    why: str
    records: list[RecordId]
    minors: list[int]
    currencies: list[str]


class NewReceipt(NamedTuple):
    """A receipt that is to be kept."""

    by: str
    act: str
    title: str
    why: str
    records: Sequence[RecordId]
    minors: Sequence[int]
    currencies: Sequence[str]


class NamedRecord(NamedTuple):
    """A record, and what people call its document."""

    id: RecordId
    name: str


class StateNow(NamedTuple):
    """How many of some documents stand in one state now."""

    state: int
    records: int


_KEPT = Query("keep_receipt", int)
_ROWS = Query("receipts", ReceiptRow)
_NAMES = Query("record_names", NamedRecord)
_NOW = Query("states_now", StateNow)


async def keep(db: Executor, at: Instant, receipt: NewReceipt) -> int:
    """Keep a receipt; its number."""
    return await _KEPT.only(db, at.to_stdlib(), *receipt)


async def one(db: Executor, number: int) -> ReceiptRow | None:
    """The receipt of this number."""
    rows = await _ROWS.rows(db, number, None, 1)
    return rows[0] if rows else None


async def newest(
    db: Executor, records: Sequence[RecordId] | None = None, limit: int = 20
) -> list[ReceiptRow]:
    """The last receipts, of these records where some are named."""
    return await _ROWS.rows(db, None, records, limit)


async def names(db: Executor, records: Sequence[RecordId]) -> list[NamedRecord]:
    """What people call the documents of these records."""
    return await _NAMES.rows(db, records)


async def states_now(db: Executor, records: Sequence[RecordId]) -> list[StateNow]:
    """Where the documents stand now that these records are versions of."""
    return await _NOW.rows(db, records)
