"""Links: which documents name which, and what a document is called at a connection.

A link keeps the other document as the source calls it. Which one that is, and what it is called
elsewhere, the bindings say, whenever they come to know it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import msgspec

from counterfoil.model.document import Ref
from counterfoil.model.words import Word
from counterfoil.store.postgres import Executor
from counterfoil.store.query import Query
from counterfoil.values.ids import Subject


class Named(msgspec.Struct, frozen=True):
    """What is known of a document that another one names: its subject, and its names there."""

    subject: Subject
    names: tuple[str, ...] = ()


class NameRow(NamedTuple):
    """A document by what one connection calls it, and one of its names at another."""

    document: Word
    foreign_id: str
    subject: Subject
    name: str | None


_NAMES = Query("names_at", NameRow)
_NAMING = Query("links_to", Subject)


async def keep(unit: Executor, source: int, refs: Iterable[tuple[Subject, Ref]]) -> None:
    """Keep that each subject names a document, in the words of the connection `source`."""
    links = sorted({(subject, ref.word, ref.key) for subject, ref in refs if ref.key})
    if links:
        subjects, words, keys = map(list, zip(*links, strict=True))
        await unit.run("keep_links", source, subjects, words, keys)


async def names(db: Executor, source: int, target: int, refs: Sequence[Ref]) -> Mapping[Ref, Named]:
    """What the documents that `source` calls so are called at `target`; unknown ones are left
    out."""
    if not refs:
        return {}
    words, keys = [ref.word for ref in refs], [ref.key for ref in refs]
    named: dict[Ref, Named] = {}
    for row in await _NAMES.rows(db, words, keys, source, target):
        ref = Ref(row.document, row.foreign_id)
        before = named.get(ref, Named(row.subject))
        extra_names = (row.name,) if row.name is not None else ()
        named[ref] = msgspec.structs.replace(before, names=(*before.names, *extra_names))
    return named


async def naming(db: Executor, subjects: Sequence[int]) -> Sequence[Subject]:
    """The documents that name one of these."""
    return await _NAMING.rows(db, subjects)
