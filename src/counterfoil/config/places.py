"""Places: on which line of a TOML text each key stands, so that an error can point at it."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from typing import TypeGuard, cast

from counterfoil.config.shape import Place


def lines(text: str) -> dict[Place, int]:
    """The line of every key and table of a TOML text that is in order; the first line is 1.

    A statement is the fewest lines that are TOML by themselves, so TOML's own reader decides
    where one ends.
    """
    lines_of: dict[Place, int] = {}
    under: Place = ()
    begun: list[str] = []
    for number, line in enumerate(text.splitlines(), 1):
        begun.append(line)
        try:
            statement = tomllib.loads("\n".join(begun))
        except tomllib.TOMLDecodeError:
            continue
        first = number - len(begun) + 1
        if begun[0].lstrip().startswith("["):
            under = max(places(statement), key=len)
            statement = {}
            lines_of.setdefault(under, first)
        for place in places(statement):
            lines_of.setdefault(under + place, first)
        begun = []
    return lines_of


def nearest(found: Mapping[Place, int], place: Place) -> int:
    """The line of `place`, or of the nearest table around it; 0 where there is none."""
    while place and place not in found:
        place = place[:-1]
    return found.get(place, 0)


def places(value: object) -> Iterator[Place]:
    """Every place inside a table, those of tables included."""
    if isinstance(value, list):
        for last in cast("list[object]", value)[-1:]:
            yield from places(last)
    elif table(value):
        for key, inner in value.items():
            yield (key,)
            for place in places(inner):
                yield (key, *place)


def table(value: object) -> TypeGuard[dict[str, object]]:
    """Whether `value` is a table."""
    return isinstance(value, dict)


def dotted(place: Place) -> str:
    """`place` as it is written in TOML: connections.shop.url."""
    return ".".join(key if _bare(key) else f'"{key}"' for key in place)


def _bare(key: str) -> bool:
    return key.isascii() and bool(key) and key.replace("-", "").replace("_", "").isalnum()
