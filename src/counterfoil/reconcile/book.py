"""Book: documents as the rows of a table, field by field, so that two systems' can be compared.

Every text, number and truth that a document has by itself is a column; money stands there as people
write it, in the document's own currency. What it has several of, such as lines, is no column.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import get_origin

import msgspec

from counterfoil.mapping.entered import REFERENCE
from counterfoil.model.document import Document
from counterfoil.model.line import Pairs
from counterfoil.values.money import plain

_MINOR = "_minor"
_NAMES = ("key", "number", "reference")
"""By what a document is called, by its own system or by the one that it came from."""
_MOMENTS = ("placed", "created", "updated", "as_of", "born", "issued")
COMPARED_NOT = frozenset({*_NAMES, *_MOMENTS, "currency"})
"""Columns that are no fields to be compared: names, and moments that each system has of its own."""


def columns(shape: type[msgspec.Struct]) -> tuple[str, ...]:
    """The columns that documents of this shape have."""
    fields = [name.removesuffix(_MINOR) for name in _fields(shape)]
    others = [name for name in fields if name not in (*_NAMES, "created", "currency")]
    return (*_NAMES, "created", "currency", *others)


def row(document: Document, names: Sequence[str]) -> list[str]:
    """One document in these columns; empty where it has nothing to say."""
    currency = document.measure.currency
    attributes: Pairs = getattr(document, "attributes", ())
    cells = {
        "key": document.key,
        "number": document.number,
        "reference": dict(attributes).get(REFERENCE, ""),
        "created": document.born.format_iso(),
        "currency": currency,
    }
    for name in _fields(type(document)):
        bare = name.removesuffix(_MINOR)
        if bare not in cells:
            cells[bare] = _cell(document, name, currency)
    return [cells[name] for name in names]


def written(path: Path, shape: type[msgspec.Struct], documents: Iterable[Document]) -> Path:
    """A new CSV file of documents of one shape."""
    names = columns(shape)
    with path.open("x", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(names)
        writer.writerows(row(document, names) for document in documents)
    return path


def _fields(shape: type[object]) -> Iterator[str]:
    """The plain fields of a shape; those of a part of it as "part.field"."""
    assert issubclass(shape, msgspec.Struct)
    for field in msgspec.structs.fields(shape):
        kind: object = field.type
        if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
            yield from (f"{field.name}.{inner}" for inner in _fields(kind))
        elif get_origin(kind) is not tuple:
            yield field.name


def _cell(document: object, name: str, currency: str) -> str:
    value = document
    for part in name.split("."):
        value = getattr(value, part)
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int) and name.endswith(_MINOR):
        return plain(value, currency)
    return str(value)
