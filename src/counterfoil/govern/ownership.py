"""Ownership: which connection masters which field of a document, and what follows for a route.

A route writes the fields that its source masters and no other. What is edited elsewhere is nobody's
word: the route says what becomes of it (`OnEdit`), and `flows/edits.py` finds it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final, Literal, NamedTuple, get_args

import msgspec

from counterfoil.govern.gap import Gap
from counterfoil.govern.redact import FieldClass, field_class
from counterfoil.model.shapes import SHAPES
from counterfoil.model.words import Word
from counterfoil.values.errors import Misconfigured
from counterfoil.values.nearest import near

Said = Mapping[str, Mapping[str, str]]
"""What the file says, by word: the owner of a field, of a class of fields ("personal",
"commercial", "public"), and of every other one ("default")."""

OnEdit = Literal["overwrite", "flag", "refuse"]
"""What becomes of an edit in a field that is not its system's, when a newer version comes: it is
written over; or that too, and it is listed; or nothing is sent, and a person is asked."""

FILE: Final = "ownership.toml"
DEFAULT: Final = "default"
CLASSES: Final = tuple(name for name in get_args(FieldClass) if name != "secret")
_STRICTEST: Final[tuple[OnEdit, ...]] = ("refuse", "flag", "overwrite")
_NOBODYS: Final = frozenset({"key", "created", "updated"})
"""Of a document itself, and so of whoever states it."""


class Way(NamedTuple):
    """A route as ownership sees it. What has another `prefix` at the target is another document."""

    name: str
    word: Word
    source: str
    target: str
    prefix: str = ""


class Owners(msgspec.Struct, frozen=True):
    """Who masters the fields of one word."""

    word: Word
    fields: Mapping[str, str]
    default: str = ""

    def owner(self, field: str) -> str:
        """The connection that masters a field, by its own name or by its class; empty where nobody
        does."""
        of_class = self.fields.get(field_class((field,)), self.default)
        return self.fields.get(field, of_class)

    def mask(self, source: str) -> frozenset[str]:
        """The fields that a route from `source` may write."""
        return frozenset(field for field in fields_of(self.word) if self.owner(field) == source)


def fields_of(word: Word) -> tuple[str, ...]:
    """The fields of a word that can be mastered."""
    names = SHAPES[word].__struct_fields__
    return tuple(name for name in names if name not in _NOBODYS)


def ownership(said: Said, connections: Iterable[str]) -> dict[Word, Owners]:
    """Who masters what, by word. Raises `Misconfigured` naming the word, field or
    connection that there is not."""
    names = sorted(connections)
    owners: dict[Word, Owners] = {}
    for name, rows in said.items():
        word: Word | None = next((key for key in SHAPES if key == name), None)
        if word is None:
            raise _unknown(f"There is no document {name!r}.", name, SHAPES, name)
        fields = {**rows}
        default = fields.pop(DEFAULT, "")
        known = (DEFAULT, *CLASSES, *fields_of(word))
        for field, owner in (*fields.items(), (DEFAULT, default or names[0])):
            if field not in known:
                sentence = f"A {name} has no field {field!r} that could be mastered."
                raise _unknown(sentence, field, known, f"{name}.{field}")
            if owner not in names:
                sentence = f"There is no connection named {owner!r}."
                raise _unknown(sentence, owner, names, f"{name}.{field}")
        owners[word] = Owners(word, fields, default)
    return owners


def mask(owners: Mapping[Word, Owners], way: Way) -> frozenset[str] | None:
    """The fields that a route may write, blank ones too; None: nobody has said who masters what, so
    that a blank is nobody's word."""
    return owners[way.word].mask(way.source) if way.word in owners else None


def unless_all(word: Word, may: frozenset[str] | None) -> frozenset[str] | None:
    """The same fields; None where they are all of them, as for a target that takes no part."""
    return may if may is not None and not may.issuperset(fields_of(word)) else None


def gaps(owners: Mapping[Word, Owners], ways: Sequence[Way]) -> Iterator[Gap]:
    """Every field that nobody masters, every one that two routes write at one target, and every
    route that writes nothing, or writes to a field's own master what is not its."""
    for word in owners:
        yield from _unowned(owners[word])
        yield from _untold(owners[word], [way for way in ways if way.word == word])
    for way in ways:
        may = mask(owners, way)
        if may is not None and not may:
            yield Gap(
                f"The route {way.name} may write no field: {way.source} masters nothing of a"
                f" {way.word}.",
                f"Name {way.source} for some of them in {FILE}, or take the route away.",
                (way.word,),
            )
    yield from _doubles(owners, ways)


def _unowned(owners: Owners) -> Iterator[Gap]:
    nobodys = [field for field in fields_of(owners.word) if not owners.owner(field)]
    if nobodys:
        yield Gap(
            f"Nobody masters {', '.join(nobodys)} of a {owners.word}: no route writes them.",
            f"Name a connection for each of them in {FILE}, or a default.",
            (owners.word,),
        )


def _untold(owners: Owners, ways: Sequence[Way]) -> Iterator[Gap]:
    """Masters from which no route leads anywhere."""
    named = {owners.owner(field) for field in fields_of(owners.word)} - {""}
    for connection in sorted(named - {way.source for way in ways}):
        yield Gap(
            f"{connection} masters fields of a {owners.word}, and no route takes them anywhere.",
            f"Write a route from {connection}, or name another connection in {FILE}.",
            (owners.word,),
            harmless=True,
        )


def _doubles(owners: Mapping[Word, Owners], ways: Sequence[Way]) -> Iterator[Gap]:
    """Routes of one word into one target that would write the same field of one document."""
    for place, way in enumerate(ways):
        for other in ways[:place]:
            if (other.word, other.target, other.prefix) != (way.word, way.target, way.prefix):
                continue
            if way.word not in owners:
                yield Gap(
                    f"The routes {other.name} and {way.name} both write every field of a"
                    f" {way.word} at {way.target}.",
                    f"Say in {FILE} which connection masters which field.",
                )
            elif other.source == way.source and mask(owners, way):
                yield Gap(
                    f"The routes {other.name} and {way.name} both write what {way.source} masters"
                    f" of a {way.word} at {way.target}.",
                    "Take one of them away.",
                )


def strictest(on_edit: Mapping[str, OnEdit], fields: Iterable[str]) -> OnEdit:
    """What becomes of an edit in these fields at once, by what a route says of each and of every
    other one ("default"); a field inside another one is also said of by that one's name."""
    said = {_on_edit(on_edit, field) for field in fields}
    for answer in _STRICTEST:
        if answer in said:
            return answer
    return "overwrite"


def _on_edit(on_edit: Mapping[str, OnEdit], field: str) -> OnEdit:
    for name in (field, field.partition(".")[0], DEFAULT):
        if name in on_edit:
            return on_edit[name]
    return "overwrite"


def _unknown(said: str, word: str, known: Iterable[str], place: str) -> Misconfigured:
    return Misconfigured(said, do=near(word, known), where=f"{FILE}, {place}")
