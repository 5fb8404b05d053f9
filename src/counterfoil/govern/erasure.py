"""Erasure: a person is taken out of everything that is kept, and the books stay as they were.

Amounts, states, numbers and the chain of the journal are not touched. Bodies lose what tells of a
person; what sources, targets and people said of it leaves a tombstone. Bodies come last: until then
they say what is to be looked for, so whoever goes on after a crash finds it again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import aclosing
from datetime import datetime
from pathlib import Path
from typing import Literal, Protocol, get_args

import msgspec

from counterfoil.govern.person import Needles, known, leading_on
from counterfoil.govern.scrub import scrubbed_call, scrubbed_message, without_in
from counterfoil.ledger.account import State
from counterfoil.ledger.run import Run, chain
from counterfoil.model.personal import blank, country
from counterfoil.model.shapes import SHAPES
from counterfoil.store import erasures, kept_beside, tombstone
from counterfoil.store.erasures import Held, RunWords, Version
from counterfoil.store.kept_beside import Erased
from counterfoil.store.keys import Keys, keys
from counterfoil.store.postgres import Database, Transaction
from counterfoil.values.clock import Clock, Instant, from_stdlib

_DECODERS = {word: msgspec.msgpack.Decoder(shape).decode for word, shape in SHAPES.items()}
_ENCODE = msgspec.msgpack.Encoder().encode

Kept = Literal["personal", "messages", "evidence"]
CLASSES: tuple[Kept, ...] = get_args(Kept)
"""What can be erased: everything that tells of a person; what sources said; what was asked and
answered. The first holds the other two."""


class Choice(Protocol):
    """Which versions are meant."""

    def fits(self, version: Version, names: frozenset[str]) -> bool:
        """Whether this one is, by what its person is known."""
        ...


class Chosen(msgspec.Struct):
    """Versions by what their person is known, or by their documents."""

    names: set[str] = msgspec.field(default_factory=set[str])
    subjects: set[int] = msgspec.field(default_factory=set[int])

    def fits(self, version: Version, names: frozenset[str]) -> bool:
        """Whether this one is meant."""
        return version.subject in self.subjects or not self.names.isdisjoint(names)


class Marked:
    """Versions of people who were erased, by their marks, as long as they are older than that: a
    person who comes back is a new one."""

    def __init__(self, keys: Keys, until: Mapping[bytes, Instant], subjects: set[int]) -> None:
        self._keys = keys
        self._until = until
        self._subjects = subjects

    def fits(self, version: Version, names: frozenset[str]) -> bool:
        """Whether this one is meant."""
        created = from_stdlib(version.created)
        return version.subject in self._subjects or any(
            created <= until
            for until in (self._until.get(self._keys.mark(name)) for name in names)
            if until is not None
        )


class Scope(msgspec.Struct):
    """What was found of a person: the versions of their documents, each with its document (None:
    it could not be read), and by what they are known in them."""

    versions: list[tuple[Version, msgspec.Struct | None]] = []
    names: set[str] = msgspec.field(default_factory=set[str])
    records: set[int] = msgspec.field(default_factory=set[int])
    subjects: set[int] = msgspec.field(default_factory=set[int])

    def add(self, version: Version, document: msgspec.Struct | None, names: frozenset[str]) -> None:
        """Let a version be in scope."""
        self.versions.append((version, document))
        self.names |= names
        self.records.add(version.id)
        self.subjects.add(version.subject)

    @property
    def needles(self) -> Needles:
        """By what bytes are found that speak of the person."""
        keys = {name for version, _ in self.versions for name in (version.key, version.number)}
        return Needles((document for _, document in self.versions if document is not None), keys)

    def countries(self) -> dict[int, tuple[str, datetime]]:
        """Of each document the country that it goes to, and when it was created at its source."""
        return {
            version.subject: (country(document) if document is not None else "", version.created)
            for version, document in self.versions
        }


async def look(database: Database, choice: Choice) -> Scope:
    """One pass over every body: the versions that are meant."""
    scope = Scope()
    async with aclosing(erasures.held(database, whole=False)) as batches:
        async for batch in batches:
            for page in batch:
                for version in page.versions:
                    document = read(page, version)
                    names = known(document, version.connection) if document else frozenset[str]()
                    if choice.fits(version, names):
                        scope.add(version, document, names)
    return scope


async def find(database: Database, choice: Chosen) -> Scope:
    """All that is kept of a person: every version of each of their documents, whatever account or
    e-mail leads on to, and what names these documents and nothing else."""
    while True:
        scope = await look(database, choice)
        subjects = scope.subjects | {*await erasures.told_of(database, sorted(scope.subjects))}
        names = leading_on(scope.names)
        if subjects <= choice.subjects and names <= choice.names:
            return scope
        choice.subjects |= subjects
        choice.names |= names


def read(page: Held, version: Version) -> msgspec.Struct | None:
    """The document of a version; None where none could be read when it came."""
    body = page.bodies[version.place] if version.place < len(page.bodies) else b""
    decode = next(
        (decoder for word, decoder in _DECODERS.items() if word == version.document), None
    )
    return decode(body) if body and decode is not None else None


async def apply(database: Database, scope: Scope, erased: Erased, clock: Clock) -> None:
    """Erase what is in scope. Whoever goes on with it after a crash ends where this would."""
    async with database.transaction() as unit:
        await erasures.begin(unit, erased)
        await erasures.note(unit, erased, sorted(scope.subjects))
    if {"personal", "evidence"} & {*erased.classes}:
        await _exchanges(database, scope, erased)
    if {"personal", "messages"} & {*erased.classes}:
        await _messages(database, scope, erased)
    if "personal" in erased.classes:
        await _words(database, scope, erased)
    await _bodies(database, scope, erased)
    await erasures.end(database, erased, clock.now())


async def gone_on(database: Database, file: Path, clock: Clock) -> Keys:
    """The estate's keys, once all is done that was erased before and is not over here: after a
    crash, or where the database was put back from a copy that knows nothing of it.

    `file` is the key file, beside which erasures are kept too. Raises what `store/keys.py` raises.
    """
    estate_keys = await keys(database, file, clock)
    outlives = kept_beside.read(file)
    rows = {row.id: row for row in await erasures.every(database)}
    for erased in outlives.erasures:
        if erased.id not in rows:
            await erasures.begin(database, erased)
    pending = [row for row in await erasures.every(database) if row.done_at is None]
    documents = {erased.id: erased.documents for erased in outlives.erasures}
    for row in pending:
        erased = Erased(
            row.id, from_stdlib(row.asked_at).format_iso(), row.by, row.why, tuple(row.classes),
            tuple(mark.hex() for mark in row.people), documents.get(row.id, ()),
        )  # fmt: skip
        until = dict.fromkeys(row.people, from_stdlib(row.asked_at))
        scope = await look(database, Marked(estate_keys, until, {*erased.documents}))
        await apply(database, scope, erased, clock)
    return estate_keys


async def keep_beside(database: Database, file: Path, additions: Sequence[Erased] = ()) -> None:
    """Write beside the key file what was erased, `more` included: a copy does not know it."""
    outlives = kept_beside.read(file)
    by_id = {erased.id: erased for erased in (*outlives.erasures, *additions)}
    for row in await erasures.every(database):
        people = tuple(mark.hex() for mark in row.people)
        asked_at = from_stdlib(row.asked_at).format_iso()
        noted = Erased(row.id, asked_at, row.by, row.why, tuple(row.classes), people)
        by_id.setdefault(row.id, noted)
    if len(by_id) > len(outlives.erasures):
        erased = tuple(by_id.values())
        kept_beside.write(file, msgspec.structs.replace(outlives, erasures=erased))


async def _exchanges(database: Database, scope: Scope, erased: Erased) -> None:
    needles, records = scope.needles, scope.records
    async with aclosing(erasures.held(database, whole=True)) as batches:
        async for batch in batches:
            for exchanges in (part for page in batch for part in page.exchanges):
                remainder = [
                    scrubbed_call(exchange, needles, erased.id, records)
                    for exchange in exchanges.calls
                ]
                if remainder != exchanges.calls:
                    exchanges.calls = remainder
                    await erasures.replace_exchanges(database, exchanges)


async def _messages(database: Database, scope: Scope, erased: Erased) -> None:
    needles = scope.needles
    theirs = frozenset(await _pushed(database, scope))
    async with aclosing(erasures.messages(database)) as batches:
        async for batch in batches:
            remainder = {
                message.id: scrubbed_message(message, needles, erased.id, theirs)
                for message in batch
            }
            bodies = {message.id: message.body for message in batch}
            await erasures.replace_messages(
                database,
                {number: body for number, body in remainder.items() if body != bodies[number]},
            )


async def _pushed(database: Database, scope: Scope) -> set[int]:
    """The numbers of the messages that said these versions and nothing else."""
    numbers: set[int] = set()
    async with aclosing(erasures.held(database, whole=False)) as batches:
        async for batch in batches:
            for page in batch:
                sources = (page.sources[place] for place in _places(page, scope))
                numbers |= {source for source in sources if isinstance(source, int)}
    return numbers


async def _bodies(database: Database, scope: Scope, erased: Erased) -> None:
    """Bodies without the person, and tombstones over what the source said; again until nobody has
    written a page meanwhile."""
    beaten = True
    while beaten:
        beaten = False
        async with aclosing(erasures.held(database, whole=False)) as batches:
            async for batch in batches:
                for page in batch:
                    if _blanked(page, scope, erased):
                        beaten |= not await erasures.replace_page(database, page)


def _blanked(page: Held, scope: Scope, erased: Erased) -> bool:
    """Take the person out of a page; whether anything of it was theirs."""
    places = _places(page, scope)
    before = ([*page.bodies], [*page.sources])
    for place in places if {"personal", "messages"} & {*erased.classes} else ():
        source = page.sources[place]
        if isinstance(source, bytes) and source:
            page.sources[place] = tombstone.over(source, erased.id)
    if "personal" in erased.classes:
        for version in page.versions:
            document = read(page, version) if version.id in scope.records else None
            if document is not None:
                page.bodies[version.place] = _ENCODE(blank(document))
    return before != (page.bodies, page.sources)


def _places(page: Held, scope: Scope) -> list[int]:
    """Where on a page what the source said of these versions lies."""
    return [
        version.place
        for version in page.versions
        if version.id in scope.records and version.place < len(page.sources)
    ]


async def _words(database: Database, scope: Scope, erased: Erased) -> None:
    """What was said of these documents: in holds, in receipts, in the journal."""
    needles, records = scope.needles, sorted(scope.records)
    numbers = sorted({version.page for version, _ in scope.versions})
    async with database.transaction() as unit:
        await erasures.named(unit, erased.id)
        await erasures.forget_inputs(unit, records)
        for words in await erasures.hold_words(unit, records):
            texts = [needles.unwritten(text) for text in words[2:]]
            if texts != [*words[2:]]:
                await erasures.replace_hold_words(unit, type(words)(*words[:2], *texts))
        for receipt in await erasures.receipt_words(unit, records):
            texts = [needles.unwritten(text) for text in receipt[1:]]
            if texts != [*receipt[1:]]:
                await erasures.replace_receipt_words(unit, type(receipt)(receipt.id, *texts))
        for run in await erasures.run_words(unit, numbers):
            remainder = _unwritten(run, needles, scope.records)
            if remainder != run.details:
                await erasures.replace_run_words(unit, run._replace(details=remainder))
                await _noted(unit, run.posting, erased)


def _unwritten(run: RunWords, needles: Needles, records: set[int]) -> list[str]:
    """What a run says, without what it quotes of the person."""
    if len(run.details) == len(run.records):
        return [
            without_in(detail, needles.unwritten if record in records else needles.without)
            for record, detail in zip(run.records, run.details, strict=True)
        ]
    strip = needles.without if records.isdisjoint(run.records) else needles.unwritten
    return [without_in(detail, strip) for detail in run.details]


async def _noted(unit: Transaction, posting: int, erased: Erased) -> None:
    """Keep the digest of what is left of a posting: who changes it from now on is found."""
    rows = await erasures.posted(unit, posting)
    runs = [
        Run(row.seq, row.before, tuple(State(number) for number in row.path), row.records,
            row.details)
        for row in rows
    ]  # fmt: skip
    digest = chain(rows[0].prior, from_stdlib(rows[0].posted_at).format_iso(), runs)
    await erasures.note_posting(unit, posting, erased.id, digest)
