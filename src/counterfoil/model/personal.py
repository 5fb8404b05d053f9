"""Personal: what of a document tells of a person, and the document without it.

Each shape names its own such fields (`PERSONAL`), and by which of them a person is known again
(`KNOWN_BY`: field and kind). What is left is what the law lets nobody erase: amounts, taxes, dates,
numbers, goods, and the country that a tax is of.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Literal, NamedTuple, TypeGuard, TypeVar

import msgspec

from counterfoil.model.address import Address

Shape = TypeVar("Shape", bound=msgspec.Struct)
Kind = Literal["mail", "phone", "account"]


class Identity(NamedTuple):
    """By what a person is known: an e-mail, a telephone number, or the number of their account."""

    kind: Kind
    text: str


def blank(part: Shape) -> Shape:
    """`part` without what tells of a person, in it and in its parts; the rest is as it was."""
    changes: dict[str, object] = {}
    for field, value in _fields(part):
        if field in _personal(part):
            changes[field] = type(value)()
        elif isinstance(value, msgspec.Struct):
            changes[field] = blank(value)
        elif _several(value):
            changes[field] = tuple(
                blank(inner) if isinstance(inner, msgspec.Struct) else inner for inner in value
            )
    return msgspec.structs.replace(part, **changes)


def texts(document: msgspec.Struct) -> Iterator[str]:
    """Every text of a document that tells of a person, in it and in its parts."""
    for part in _parts(document):
        for field, value in _fields(part):
            if field in _personal(part):
                yield from _texts(value)


def tellings(document: msgspec.Struct) -> Iterator[str]:
    """Whom a document is for and in which street they live: what is looked for first."""
    for part in _parts(document):
        if isinstance(part, Address):
            yield from filter(None, (part.name, part.line1))


def identities(document: msgspec.Struct) -> Iterator[Identity]:
    """By what the person is known of whom a document tells."""
    for part in _parts(document):
        known_by: Mapping[str, Kind] = getattr(part, "KNOWN_BY", {})
        for field, kind in known_by.items():
            for text in _texts(getattr(part, field)):
                yield Identity(kind, text)


def country(document: msgspec.Struct) -> str:
    """The country that a document goes to, or is of; empty where it tells none."""
    addresses = (part for part in _parts(document) if isinstance(part, Address))
    return next((address.country for address in addresses if address.country), "")


def _parts(part: msgspec.Struct) -> Iterator[msgspec.Struct]:
    """A document and every part of it."""
    yield part
    for _, value in _fields(part):
        for inner in value if _several(value) else (value,):
            if isinstance(inner, msgspec.Struct):
                yield from _parts(inner)


def _personal(part: msgspec.Struct) -> tuple[str, ...]:
    return getattr(part, "PERSONAL", ())


def _fields(part: msgspec.Struct) -> Iterator[tuple[str, object]]:
    for field in part.__struct_fields__:
        yield field, getattr(part, field)


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str) and value:
        yield value
    elif _several(value):
        for inner in value:
            yield from _texts(inner)


def _several(value: object) -> TypeGuard[tuple[object, ...]]:
    return isinstance(value, tuple)
