"""Erasures: who was erased, by marks, and the rows that must be rewritten for it.

What is written here takes words away and nothing else: no state, no amount, no number moves.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from datetime import datetime
from typing import NamedTuple

import msgspec
import zstandard

from counterfoil.store import evidence, pages
from counterfoil.store.evidence import Kept
from counterfoil.store.inbox import MessageRow
from counterfoil.store.kept_beside import Erased
from counterfoil.store.postgres import Executor, Transaction
from counterfoil.store.query import Query
from counterfoil.values.clock import Instant, from_stdlib, instant
from counterfoil.values.ids import PageId, RecordId, Subject

_AT_ONCE = 20
"""Pages, or messages, that are held at once."""


class ErasureRow(NamedTuple):
    """One erasure; `done_at` None: it is not over. `people` are marks."""

    id: str
    asked_at: datetime
    by: str
    why: str
    classes: list[str]
    documents: int
    done_at: datetime | None
    people: list[bytes]


class Version(NamedTuple):
    """A record, as an erasure looks at it: `connection` and `document` say whose key `key` is."""

    id: RecordId
    subject: Subject
    route: int
    page: PageId
    place: int
    key: str
    number: str
    state: int
    created: datetime
    connection: int
    document: str


class OpenVersion(NamedTuple):
    """A record that is not at rest; `state` is the number of a `State`."""

    id: RecordId
    key: str
    number: str
    state: int
    route: str


class Exchanges(msgspec.Struct):
    """The exchanges of one commit, and where they rest."""

    page: int
    posting: int
    posted_at: datetime
    calls: list[Kept]


class Held(msgspec.Struct):
    """A page with all that rests on it, as it is rewritten: the bodies, what the sources said, the
    records, and the exchanges. `before` is what rested there when it was read."""

    id: PageId
    bodies: list[bytes]
    sources: list[bytes | int]
    before: tuple[bytes, bytes]
    versions: list[Version] = []
    exchanges: list[Exchanges] = []


class HoldWords(NamedTuple):
    """The words of one hold."""

    record: RecordId
    opened_at: datetime
    sentence: str
    advice: str
    closing: str


class ReceiptWords(NamedTuple):
    """The words of one receipt."""

    id: int
    title: str
    why: str


class RunWords(NamedTuple):
    """A run of the journal, and what it says of its records."""

    page: int
    posting: int
    place: int
    posted_at: datetime
    records: list[RecordId]
    details: list[str]


class PostedRun(NamedTuple):
    """A run of one posting, as its digest covers it."""

    prior: bytes
    posted_at: datetime
    seq: int
    before: int
    path: list[int]
    records: list[RecordId]
    details: list[str]


class _Page(NamedTuple):
    id: PageId
    bodies: bytes
    sources: bytes


class _Evidence(NamedTuple):
    page: int
    posting: int
    posted_at: datetime
    body: bytes


class _Mark(NamedTuple):
    mark: bytes
    until: datetime


_ALL = Query("erasures", ErasureRow)
_MARKS = Query("erased_people", _Mark)
_DOCUMENTS = Query("erased_documents", Subject)
_PAGES = Query("pages_beyond", _Page)
_VERSIONS = Query("kept_on_pages", Version)
_EVIDENCE = Query("evidence_on_pages", _Evidence)
_MESSAGES = Query("messages_beyond", MessageRow)
_TOLD = Query("told_of", Subject)
_OPEN = Query("open_among", OpenVersion)
_MOVING = Query("moving_among", Subject)
_DONE = Query("erased_in", Subject)
_HOLDS = Query("words_of_holds", HoldWords)
_RECEIPTS = Query("words_of_receipts", ReceiptWords)
_RUNS = Query("words_of_runs", RunWords)
_POSTING = Query("posting_of", PostedRun)


async def every(db: Executor) -> list[ErasureRow]:
    """Every erasure, the first one first."""
    return await _ALL.rows(db)


async def begin(db: Executor, erased: Erased) -> None:
    """Note an erasure that is to be done; from now on what comes late is known by it."""
    at = instant(erased.asked_at).to_stdlib()
    await db.run("begin_erasure", erased.id, at, erased.by, erased.why, list(erased.classes))
    await db.run("mark_erased", [bytes.fromhex(mark) for mark in erased.people], erased.id)
    await note(db, erased, erased.documents)


async def note(db: Executor, erased: Erased, subjects: Sequence[int]) -> None:
    """Note which documents it erases."""
    await db.run("note_erased_documents", list(subjects), list(erased.classes), erased.id)


async def end(db: Executor, erased: Erased, at: Instant) -> None:
    """It is over."""
    await db.run("end_erasure", erased.id, at.to_stdlib())


async def until(db: Executor, marks: Sequence[bytes]) -> dict[bytes, Instant]:
    """Which of these marks are of people who were erased, and when they were last."""
    return {row.mark: from_stdlib(row.until) for row in await _MARKS.rows(db, list(marks))}


async def documents(db: Executor, subjects: Sequence[int]) -> set[int]:
    """Which of these documents were erased."""
    return {*await _DOCUMENTS.rows(db, list(subjects))}


async def told_of(db: Executor, subjects: Sequence[int]) -> list[Subject]:
    """The documents that name one of these and nothing else."""
    return await _TOLD.rows(db, list(subjects))


async def open_among(db: Executor, subjects: Sequence[int]) -> list[OpenVersion]:
    """The records of these documents that are not at rest."""
    return await _OPEN.rows(db, list(subjects))


async def moving(db: Executor, subjects: Sequence[int]) -> set[int]:
    """Which of these documents are not at rest."""
    return {*await _MOVING.rows(db, list(subjects))}


async def done_in(db: Executor, class_: str) -> set[int]:
    """The documents that were erased in a class."""
    return {*await _DONE.rows(db, class_)}


async def held(db: Executor, *, whole: bool) -> AsyncGenerator[list[Held]]:
    """Everything that rests on pages, a few pages at a time, by their numbers; `whole`: with the
    exchanges too."""
    last = 0
    while rows := await _PAGES.rows(db, last, _AT_ONCE):
        by_page = {
            row.id: Held(
                row.id,
                pages.unpack(row.bodies),
                pages.unpack_sources(row.sources),
                (row.bodies, row.sources),
            )
            for row in rows
        }
        last, numbers = rows[-1].id, list(by_page)
        for version in await _VERSIONS.rows(db, numbers):
            versions = by_page[version.page].versions
            if not versions or versions[-1].id != version.id:
                versions.append(version)
        for row in await _EVIDENCE.rows(db, numbers) if whole else ():
            unpacked = evidence.unpack(row.body)
            by_page[PageId(row.page)].exchanges.append(
                Exchanges(row.page, row.posting, row.posted_at, unpacked)
            )
        yield list(by_page.values())


async def messages(db: Executor) -> AsyncGenerator[list[MessageRow]]:
    """Every pushed message, some at a time."""
    last = -1
    while rows := await _MESSAGES.rows(db, last, _AT_ONCE * 10):
        last = rows[-1].id
        yield rows


async def replace_page(unit: Executor, page: Held) -> bool:
    """Let a page say what it is now; False where somebody else has written it meanwhile."""
    bodies = pages.pack(page.bodies) if page.bodies else page.before[0]
    sources = pages.pack_sources(page.sources) if page.sources else page.before[1]
    return bool(await unit.rows("replace_page", page.id, bodies, sources, *page.before))


async def replace_exchanges(unit: Executor, exchanges: Exchanges) -> None:
    """Let the exchanges of a commit say what they are now."""
    body = zstandard.compress(msgspec.msgpack.encode(exchanges.calls), 3)
    await unit.run("replace_evidence", exchanges.page, exchanges.posting, exchanges.posted_at, body)


async def replace_messages(unit: Executor, by_id: dict[int, bytes]) -> None:
    """Let messages of the inbox be these bytes."""
    if by_id:
        await unit.run("replace_messages", list(by_id), list(by_id.values()))


async def forget_inputs(unit: Executor, records: Sequence[int]) -> None:
    """Let go what targets held when these records were made."""
    await unit.run("forget_inputs", list(records))


async def hold_words(db: Executor, records: Sequence[int]) -> list[HoldWords]:
    """What was said in the holds of these records."""
    return await _HOLDS.rows(db, list(records))


async def replace_hold_words(unit: Executor, words: HoldWords) -> None:
    """Let a hold say this."""
    await unit.run("replace_words_of_hold", *words)


async def receipt_words(db: Executor, records: Sequence[int]) -> list[ReceiptWords]:
    """What people wrote in receipts about these records."""
    return await _RECEIPTS.rows(db, list(records))


async def replace_receipt_words(unit: Executor, words: ReceiptWords) -> None:
    """Let a receipt say this; `named` must have been called in this unit."""
    await unit.run("replace_words_of_receipt", *words)


async def run_words(db: Executor, numbers: Sequence[int]) -> list[RunWords]:
    """What the journal says on these pages."""
    return await _RUNS.rows(db, list(numbers))


async def replace_run_words(unit: Executor, words: RunWords) -> None:
    """Let a run say this of its records; `named` must have been called in this unit."""
    await unit.run(
        "erase_from_run", words.page, words.posting, words.place, words.posted_at, words.details
    )


async def posted(db: Executor, posting: int) -> list[PostedRun]:
    """The runs of a posting."""
    return await _POSTING.rows(db, posting)


async def note_posting(unit: Executor, posting: int, erasure: str, digest: bytes) -> None:
    """Keep the digest of what is left of a posting."""
    await unit.run("note_erased_posting", posting, erasure, digest)


async def named(unit: Transaction, erasure: str) -> None:
    """Say in a unit of work for which erasure the journal's words are taken away."""
    await unit.rows("name_erasure", erasure)
