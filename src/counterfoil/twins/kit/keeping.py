"""How a vendor keeps a document otherwise than it came: one of the ways in which it can go wrong.

Its chance is its own, so that asking for it moves no other fault.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Generic, TypeVar

import msgspec

from counterfoil.twins.kit.faults import Faults

T = TypeVar("T")

Ways = list[Callable[[], None]]
"""Each changes what is about to be stored in one way."""


class Keeping(Generic[T]):
    """Alters documents before they are stored; `ways` has, by fault, how one document can be."""

    def __init__(
        self, faults: Faults, chance: random.Random, ways: Mapping[str, Callable[[T], Ways]]
    ) -> None:
        self.faults = faults
        self._chance = chance
        self._ways = ways

    def alter(self, document: T) -> None:
        """Change what is about to be stored, where a fault says so; only what can go wrong."""
        for name in self.faults.catalogue:
            ways = self._ways[name](document)
            if ways and self.faults.strikes(name):
                self._chance.choice(ways)()


def kept_otherwise(
    came: msgspec.Struct, row: Mapping[str, object], lines: Sequence[Mapping[str, object]]
) -> list[str]:
    """The fields of a document that are not kept as they came, by the columns that there are for
    them; blanks at a text's end do not matter."""
    sent = msgspec.to_builtins(came)
    names = [
        field.name
        for field in msgspec.structs.fields(came)
        if (column := field.encode_name) in row and not _same(sent[column], row[column])
    ]
    same = len(lines) == len(sent["lines"]) and all(
        line[column] == value
        for line, told in zip(lines, sent["lines"], strict=True)
        for column, value in told.items()
        if column in line
    )
    return names if same else [*names, "lines"]


def _same(came: object, now: object) -> bool:
    if isinstance(came, str) and isinstance(now, str):
        return came.rstrip() == now.rstrip()
    return came == now


def put(thing: object, name: str, value: object) -> Callable[[], None]:
    """The way that gives a field another value."""
    return lambda: setattr(thing, name, value)


def cut(thing: object, widths: Mapping[str, int]) -> Ways:
    """Each text that is longer than its width, cut at it; blanks at its end do not count."""
    texts = {name: str(getattr(thing, name)) for name in widths}
    return [
        put(thing, name, text[: widths[name]])
        for name, text in texts.items()
        if len(text.rstrip()) > widths[name]
    ]


def dropped(thing: object, names: Iterable[str]) -> Ways:
    """Each text that says something, empty."""
    return [put(thing, name, "") for name in names if getattr(thing, name)]


def hour_later(thing: object, names: Iterable[str]) -> Ways:
    """Each local time that is there, an hour off."""
    moments = {name: str(getattr(thing, name)) for name in names if getattr(thing, name)}
    hour = timedelta(hours=1)
    return [
        put(thing, name, (datetime.fromisoformat(text) + hour).isoformat())
        for name, text in moments.items()
    ]


def replaced(things: Iterable[object], name: str, values: Iterable[object]) -> Ways:
    """Every other one of these values, in each of these things."""
    others = list(values)
    return [
        put(thing, name, value)
        for thing in things
        for value in others
        if value != getattr(thing, name)
    ]
