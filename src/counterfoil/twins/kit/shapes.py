"""Wire shapes as data: tables that say where each member comes from, compiled to plain functions.

A member is a text: a path from the source, and the name of its spelling with what that needs, such
as "sale.note text" or "id gid Order". A path goes by attributes and by named steps; "." is the
source itself, and what is null on the way stays null. Some spellings go on with another table: "as
NAME" and "each NAME" with the value, "with NAME" with the source where the value is not null, and
"ready NAME" as "each", spelt as JSON and remembered. "= this" is a constant text, an empty text is
null, and what is no text stands as it is. A member whose name ends in "?" is left out where it is
null.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Hashable, Iterable, Mapping
from functools import cache, lru_cache
from importlib.resources import files
from operator import attrgetter
from typing import Any, Final

import msgspec

from counterfoil.twins.kit.countries import country_name
from counterfoil.twins.kit.moments import mail_date

_SLOTS: Final = 8192  # values that are remembered, spelt

Getter = Callable[[Any], object]
Spelling = Callable[[Any, Any, str], object]
"""Takes the value, its source, and the words behind its own name."""
Record = Callable[[object], dict[str, object]]


class Shapes:
    """The shapes of one file of tables; `steps` and `spellings` are what its texts may name."""

    def __init__(
        self,
        tables: Mapping[str, Mapping[str, object]],
        steps: Mapping[str, Getter],
        spellings: Mapping[str, Spelling],
    ) -> None:
        self._tables = tables
        self._steps = steps
        self._spellings: dict[str, Spelling] = {
            "as": self._as,
            "each": self._each,
            "ready": self._ready,
            "with": self._with,
            **spellings,
        }
        self.record = cache(self._record)
        self._encoded = lru_cache(_SLOTS)(self._encode)

    def members(self, shape: str) -> dict[str, Getter]:
        """Each member of a shape by its name."""
        return {name: self._member(entry) for name, entry in self._tables[shape].items()}

    def _record(self, shape: str) -> Record:
        """A function from a source to the whole shape."""
        members = self.members(shape)
        spare = {name for name in members if name.endswith("?")}

        def record(source: object) -> dict[str, object]:
            return {name: get(source) for name, get in members.items()}

        def shorter(source: object) -> dict[str, object]:
            return {
                name.rstrip("?"): value
                for name, value in record(source).items()
                if value is not None or name not in spare
            }

        return shorter if spare else record

    def _member(self, entry: object) -> Getter:
        if not isinstance(entry, str):
            return lambda source: entry
        if not entry:
            return lambda source: None
        if entry.startswith("="):
            text = entry[1:].strip()
            return lambda source: text
        path, _, spelling = entry.partition(" ")
        get = self._path(path)
        if not spelling:
            return get
        name, _, words = spelling.partition(" ")
        spell = self._spellings[name]

        def member(source: object) -> object:
            value = get(source)
            return None if value is None else spell(value, source, words)

        return member

    def _path(self, path: str) -> Getter:
        if path == ".":
            return lambda source: source
        steps = [self._steps.get(name) or attrgetter(name) for name in path.split(".")]
        if len(steps) == 1:
            return steps[0]

        def walk(source: object) -> object:
            for step in steps:
                source = None if source is None else step(source)
            return source

        return walk

    def _each(self, values: Iterable[object], source: object, shape: str) -> object:
        record = self.record(shape)
        return [record(value) for value in values]

    def _as(self, value: object, source: object, shape: str) -> object:
        return self.record(shape)(value)

    def _with(self, value: object, source: object, shape: str) -> object:
        return self.record(shape)(source)

    def _ready(self, values: Iterable[Hashable], source: object, shape: str) -> object:
        return [self._encoded(shape, value) for value in values]

    def _encode(self, shape: str, value: Hashable) -> msgspec.Raw:
        return msgspec.Raw(msgspec.json.encode(self.record(shape)(value)))


def tables(package: str, file: str) -> dict[str, dict[str, object]]:
    """The tables of a TOML file that lies in a package."""
    return tomllib.loads((files(package) / file).read_text("utf-8"))


def texts(package: str, file: str) -> Mapping[str, Mapping[str, str]]:
    """The tables of a TOML file whose members are all texts."""
    return msgspec.convert(tables(package, file), dict[str, dict[str, str]])


def plainly(spell: Callable[[Any], object]) -> Spelling:
    """A spelling that needs nothing but the value."""
    return lambda value, source, words: spell(value)


def _pairs(pairs: Iterable[tuple[str, str]], source: object, members: str) -> object:
    """Names and values, as mappings with these two members."""
    return [dict(zip(members.split(), pair, strict=True)) for pair in pairs]


PLAIN: Final[Mapping[str, Spelling]] = {
    "country": plainly(country_name),
    "digits": plainly(str),
    "is": lambda value, source, word: value == word,
    "listed": plainly(lambda value: [value]),
    "lower": plainly(lambda text: text.lower() or None),
    "mail_date": plainly(mail_date),
    "number": plainly(lambda text: msgspec.Raw(text.encode())),  # digit for digit
    "or": lambda text, source, words: text or words,
    "pairs": _pairs,
    "positive": plainly(lambda count: count > 0),
    "sorted": plainly(lambda texts: sorted(set(texts))),
    "text": plainly(lambda value: value or None),
    "titled": lambda text, source, dash: text.replace(dash, " ").title(),
    "upper": plainly(str.upper),
    "where": lambda value, source, path: value if attrgetter(path)(source) else None,
}
"""Spellings that any vendor may need; an empty text or a 0 is null under "text" and "lower"."""
