"""Entries: the journal, read again."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from datetime import datetime
from typing import NamedTuple

from counterfoil.store.postgres import Executor, Transaction
from counterfoil.store.query import Query, moment
from counterfoil.values.clock import Instant
from counterfoil.values.ids import PageId, RecordId


class EntryRow(NamedTuple):
    """One entry of one record: the states that it left and passed, by their numbers (`before` 0
    where it was captured), by whom and with which digest its posting was made, and under which
    release (0: none was numbered)."""

    record: RecordId
    seq: int
    at: datetime
    before: int
    path: list[int]
    detail: str
    by: str
    digest: bytes
    release: int


class RunRow(NamedTuple):
    """One run of a posting, with the posting, and with the end of its page's chain (`chain`); from
    `seq` on it is None where the posting has no run. `covers` is the digest of what the posting
    says now: its own, unless a person was erased from it."""

    page: int
    id: int
    at: datetime
    prior: bytes
    digest: bytes
    covers: bytes
    chain: bytes
    seq: int
    before: int
    path: list[int]
    records: list[RecordId] | None
    details: list[str]


class Recount(NamedTuple):
    """How many records there are, and those that do not stand where their entries lead; also the
    numbers of entries that are of no record."""

    records: int
    misplaced: list[RecordId]


_OF_RECORDS = Query("entries_of", EntryRow)
_PAGES = Query("pages_of", PageId)
_LAST = Query("last_seen", moment)
_JOURNAL = Query("journal_by_page", RunRow)
_RECOUNT = Query("recount", Recount)


async def of_records(db: Executor, records: Sequence[int]) -> list[EntryRow]:
    """Every entry of these records, record by record, in order."""
    return await _OF_RECORDS.rows(db, records)


async def pages_of(db: Executor, records: Sequence[int]) -> list[PageId]:
    """The pages on which anything was posted about these records."""
    return await _PAGES.rows(db, records)


async def last_seen(db: Executor) -> Instant | None:
    """The moment of the journal's last posting; None where there is none."""
    return await _LAST.only(db)


def journal(db: Transaction) -> AsyncGenerator[RunRow]:
    """The whole journal, page by page, and on each posting by posting."""
    return _JOURNAL.stream(db)


async def recount(db: Transaction) -> Recount:
    """Compare, in one pass over the journal, where every record stands with its entries."""
    (count,) = [count async for count in _RECOUNT.stream(db)]
    return count
