"""Books: what a connection has of one document in a period, read as its connector reads it.

It is asked as by the house itself, within the budgets that all share; nothing is written to it.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import msgspec

from counterfoil.app import Connected
from counterfoil.flows.patience import patiently
from counterfoil.kit.connector import Reading, Source
from counterfoil.model.document import Document
from counterfoil.model.shapes import SHAPES
from counterfoil.model.words import WORDS, Word
from counterfoil.reconcile import book
from counterfoil.surfaces.desk.opening import StaffedDesk
from counterfoil.surfaces.desk.period import Period
from counterfoil.values.clock import Instant
from counterfoil.values.errors import Misconfigured
from counterfoil.values.nearest import near


class Copied(msgspec.Struct, frozen=True):
    """A file of what a connection has; `unread` are keys of what could not be read."""

    path: Path
    unread: tuple[str, ...]


async def copied(desk: StaffedDesk, name: str, word: Word, when: Period, path: Path) -> Copied:
    """Everything that a connection has of a document, as a new CSV file.

    Raises `Misconfigured` where there is no such connection, or it does not tell of such documents.
    """
    connected = _connection(desk, name, word)
    source = connected.session.source(word)
    documents: list[Document] = []
    unread: list[str] = []
    async for reading in _readings(desk, connected, source, word, when):
        if reading.document is None:
            unread.append(reading.number or reading.key)
        else:
            documents.append(reading.document)
    return Copied(book.written(path, SHAPES[word], documents), (*unread,))


def _connection(desk: StaffedDesk, name: str, word: Word) -> Connected:
    connections = desk.house.connections
    if name not in connections:
        raise Misconfigured(
            f"There is no file and no connection {name!r}.", do=near(name, connections)
        )
    connected = connections[name]
    if not connected.connector.manifest.carries(word, "since"):
        told = [one for one in WORDS if connected.connector.manifest.carries(one, "since")]
        raise Misconfigured(
            f"{name} cannot be asked for documents of the word {word!r}.",
            do=f"Say another with --document: {', '.join(told)}." if told else "Export a file.",
            where="--document",
        )
    return connected


async def _readings(
    desk: StaffedDesk, connected: Connected, source: Source[Any], word: Word, when: Period
) -> AsyncIterator[Reading[Any]]:
    """Each document once, in its newest version; those that were born in the period."""
    carries = connected.connector.manifest.documents[word]
    state = carries.counts == "state"
    if state or not connected.connector.manifest.carries(word, "census"):
        readings: dict[str, Reading[Any]] = {}
        cursor: str | None = None
        while True:
            page = await patiently(desk.engine, partial(source.since, None, cursor))
            readings |= {reading.key: reading for reading in page.readings}
            cursor = page.cursor
            if cursor is None:
                break
        for reading in readings.values():
            if state or _within(reading.created, when):
                yield reading
        return
    if when.start is None:
        raise Misconfigured(
            "Nobody said from when on the connections are compared.",
            do="Give the first day with --from.",
            where="--from",
        )
    until = when.until or desk.clock.now()
    for keys in _batches(await _keys(desk, source, when.start, until), carries.reads):
        for reading in await patiently(desk.engine, partial(source.read, keys)):
            yield reading


async def _keys(
    desk: StaffedDesk, source: Source[Any], start: Instant, until: Instant
) -> list[str]:
    keys: dict[str, None] = {}
    cursor: str | None = None
    while True:
        page = await patiently(desk.engine, partial(source.census, start, until, cursor))
        keys |= dict.fromkeys(listed.key for listed in page.listed)
        cursor = page.cursor
        if cursor is None:
            return list(keys)


def _batches(keys: list[str], size: int) -> Iterator[list[str]]:
    for start in range(0, len(keys), max(1, size)):
        yield keys[start : start + max(1, size)]


def _within(moment: Instant | None, when: Period) -> bool:
    return moment is None or (
        (when.start is None or moment >= when.start) and (when.until is None or moment < when.until)
    )
