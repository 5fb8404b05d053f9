"""Privacy export: all that is kept of a person, as one document for them and for a program."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

import msgspec

from counterfoil.flows.trace import Story, stories
from counterfoil.govern import redact
from counterfoil.govern.erasure import Scope
from counterfoil.store import erasures, evidence, pages, search
from counterfoil.store.erasures import Version
from counterfoil.store.evidence import Kept
from counterfoil.surfaces.desk.acts import asks
from counterfoil.surfaces.desk.figures import counted
from counterfoil.surfaces.desk.opening import Desk
from counterfoil.surfaces.desk.subject import scope_of
from counterfoil.values.clock import Instant, from_stdlib


class ExportedVersion(msgspec.Struct, frozen=True):
    """One version of a document: what stands in it here, and what its source said, as text."""

    record: int
    key: str
    number: str
    document: str
    created: Instant
    content: Any
    said_by_source: str


class ExportedHold(msgspec.Struct, frozen=True):
    """Why a version waited for a person."""

    record: int
    opened_at: Instant
    sentence: str
    advice: str


class ExportedCall(msgspec.Struct, frozen=True):
    """What was asked of another system, or told it, and what it answered, about this person."""

    called_at: str
    method: str
    address: str
    sent: str
    answered: str


class ExportedReceipt(msgspec.Struct, frozen=True):
    """What a person of the retailer's did, and why."""

    title: str
    why: str


class Dossier(msgspec.Struct, frozen=True):
    """All that is kept of a person. `in_words` tells it to people, document by document."""

    made_at: Instant
    summary: str
    known_by: tuple[str, ...]
    in_words: tuple[str, ...]
    versions: tuple[ExportedVersion, ...]
    holds: tuple[ExportedHold, ...]
    calls: tuple[ExportedCall, ...]
    receipts: tuple[ExportedReceipt, ...]


@asks("privacy export", money="shown")
async def export(desk: Desk, subject: str) -> Dossier:
    """Give out all that is kept of a person, and nobody else's.

    Raises `Misconfigured` where nothing is kept of them, or it is not said who is meant.
    """
    scope = await scope_of(desk, subject)
    database, records = desk.database, sorted(scope.records)
    documents = await search.of_subjects(database, sorted(scope.subjects))
    tellings = await stories(database, desk.config.routes, documents)
    keys = {name for version, _ in scope.versions for name in (version.key, version.number) if name}
    keys |= {story.identity for story in tellings if story.identity}
    number = counted(len(scope.subjects), "document")
    return Dossier(
        made_at=desk.clock.now(),
        summary=f"{number} and {counted(len(scope.versions), 'version')} of them are kept.",
        known_by=tuple(sorted(scope.names)),
        in_words=tuple(line for story in tellings for line in _lines(story)),
        versions=tuple(await _versions(desk, scope)),
        holds=tuple(
            ExportedHold(words.record, from_stdlib(words.opened_at), words.sentence, words.advice)
            for words in await erasures.hold_words(database, records)
        ),
        calls=tuple(await _calls(desk, scope, keys)),
        receipts=tuple(
            ExportedReceipt(words.title, words.why)
            for words in await erasures.receipt_words(database, records)
        ),
    )


def _lines(story: Story) -> list[str]:
    name = f"{story.number or story.key}, from {story.source} to {story.target}: {story.state}"
    return [name, *story.lines()]


async def _versions(desk: Desk, scope: Scope) -> list[ExportedVersion]:
    places = [(int(version.page), version.place) for version, _ in scope.versions]
    sources = await pages.sources(desk.database, places)
    return [
        ExportedVersion(
            version.id, version.key, version.number, version.document,
            from_stdlib(version.created), msgspec.to_builtins(document) if document else None,
            _said(version, sources.get((version.page, version.place))),
        )
        for version, document in scope.versions
    ]  # fmt: skip


def _said(version: Version, source: tuple[bytes, Instant, bool] | None) -> str:
    """What a source said of a version: its own object, out of whatever else it said then."""
    if source is None:
        return ""
    keys = {name for name in (version.key, version.number) if name}
    return "\n".join(redact.parts(source[0], keys, hide=())) or _text(source[0])


async def _calls(desk: Desk, scope: Scope, keys: Collection[str]) -> list[ExportedCall]:
    numbers = sorted({version.page for version, _ in scope.versions})
    return [
        _call(exchange, keys, theirs=scope.records.issuperset(exchange.records))
        for exchange in await evidence.found(desk.database, numbers)
        if not scope.records.isdisjoint(exchange.records)
    ]


def _call(exchange: Kept, keys: Collection[str], *, theirs: bool) -> ExportedCall:
    def part(body: bytes) -> str:
        return _text(body) if theirs else "\n".join(redact.parts(body, keys, hide=()))

    return ExportedCall(
        exchange.at, exchange.method, exchange.url, part(exchange.sent), part(exchange.answered)
    )


def _text(body: bytes) -> str:
    return body.decode("utf-8", "replace")


def shown(dossier: Dossier) -> Sequence[str]:
    """The export as people read it."""
    return [dossier.summary, *dossier.in_words]
