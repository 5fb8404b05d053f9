"""Search: documents by what a person knows of them, and the versions of a document."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from datetime import datetime
from typing import NamedTuple

from counterfoil.store.postgres import Executor, Transaction
from counterfoil.store.query import Query
from counterfoil.values.ids import RecordId


class DocumentRoute(NamedTuple):
    """A document on a route, by their numbers."""

    subject: int
    route: int


class VersionRow(NamedTuple):
    """A version of a document on a route. `newest` is the version that stands, `identity` what the
    target calls it, `pushed` whether it came in a message; `state` the number of a `State`."""

    id: RecordId
    key: str
    number: str
    page: int
    place: int
    version: datetime
    minor: int
    currency: str
    created: datetime
    state: int
    subject: int
    route: int
    route_name: str
    newest: int
    identity: str | None
    pushed: bool
    inbox: list[int]


class DocumentRow(NamedTuple):
    """A document as it stands on a route; `state` is the number of a `State`."""

    id: RecordId
    key: str
    number: str
    minor: int
    currency: str
    created: datetime
    page: int
    place: int
    route: str
    state: int


class Wanted(NamedTuple):
    """Which documents are wanted: whatever is None is not asked. `numbers` are two ranges, each
    from its first to before its second; `minors` amounts in minor units."""

    numbers: tuple[str, str, str, str] | None = None
    subjects: Sequence[int] | None = None
    start: datetime | None = None
    until: datetime | None = None
    states: Sequence[int] | None = None
    minors: Sequence[int] | None = None
    route: str | None = None


_FIND = Query("find_subjects", DocumentRoute)
_OF_RECORDS = Query("subjects_of", DocumentRoute)
_OF_SUBJECTS = Query("routes_of_subjects", DocumentRoute)
_VERSIONS = Query("versions_of", VersionRow)
_DOCUMENTS = Query("find_records", DocumentRow)


async def by_name(
    db: Executor, numbers: Sequence[str], record: int = -1, identity: str = ""
) -> list[DocumentRoute]:
    """The documents that people call so, that have this record, or that a system calls so."""
    return await _FIND.rows(db, numbers, record, identity)


async def of_records(db: Executor, records: Sequence[int]) -> list[DocumentRoute]:
    """The documents that these records are versions of."""
    return await _OF_RECORDS.rows(db, records)


async def of_subjects(db: Executor, subjects: Sequence[int]) -> list[DocumentRoute]:
    """These documents, on each of their routes."""
    return await _OF_SUBJECTS.rows(db, subjects) if subjects else []


async def versions(db: Executor, documents: Sequence[DocumentRoute]) -> list[VersionRow]:
    """Every version of these documents, document by document, the last the newest."""
    return await _VERSIONS.rows(
        db,
        [document.subject for document in documents],
        [document.route for document in documents],
    )


async def documents(
    db: Transaction, wanted: Wanted, *, by_page: bool = False
) -> AsyncGenerator[DocumentRow]:
    """The documents that are wanted, by number or the newest first; or page by page."""
    numbers = wanted.numbers or (None,) * 4
    async with aclosing(_DOCUMENTS.stream(db, *numbers, *wanted[1:], by_page)) as rows:
        async for row in rows:
            yield row
