"""Coverage: the words that documents had, against the words that value maps have."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Literal

import msgspec

from counterfoil.config.shape import Config, Map
from counterfoil.store import met
from counterfoil.store.met import UnknownCount, WordCount
from counterfoil.surfaces.desk.acts import asks
from counterfoil.surfaces.desk.duties import owner
from counterfoil.surfaces.desk.opening import Desk
from counterfoil.values.clock import Instant, from_stdlib, later
from counterfoil.values.errors import Misconfigured
from counterfoil.values.money import Money
from counterfoil.values.nearest import near

_DAY_S = 86_400.0
_UNMAPPED = "unmapped-value"

Standing = Literal["mapped", "default", "unseen", "unknown"]
"""It is in the map; the map's default stood for it; it is in the map and no document had it; no
document that has it can be sent."""


class CoveredWord(msgspec.Struct, frozen=True):
    """A word of a map: what it means there, how many documents had it with what money, when the
    last was sent, or began to wait; of one that is unknown, who is asked."""

    map: str
    word: str
    standing: Standing
    means: str = ""
    count: int = 0
    money: tuple[Money, ...] = ()
    last: Instant | None = None
    owner: str = ""


class Coverage(msgspec.Struct, frozen=True):
    """The words of the maps that were asked for, the unknown ones first."""

    words: tuple[CoveredWord, ...]

    @property
    def unknown(self) -> int:
        """For how many words documents wait."""
        return sum(word.standing == "unknown" for word in self.words)


@asks("map coverage", money="shown")
async def coverage(desk: Desk, name: str | None = None, days: int | None = None) -> Coverage:
    """Hold the words that documents had against the words that value maps have.

    `name` is one map, else all of them; `days` how far back. Raises `Misconfigured` where there is
    no such map.
    """
    maps = desk.config.file.maps
    if name is not None and name not in maps:
        raise Misconfigured(f"There is no value map named {name!r}.", do=near(name, maps))
    names = [name] if name is not None else sorted(maps)
    since = None if days is None else later(desk.clock.now(), -days * _DAY_S)
    counts = await met.known(desk.database, names, since)
    unknown = await met.unknown(desk.database, names)
    words = [*_unknown(desk.config, unknown)]
    for map_name in names:
        words += _known(map_name, maps[map_name], [row for row in counts if row.map == map_name])
    return Coverage(tuple(words))


def _unknown(config: Config, rows: Iterable[UnknownCount]) -> Iterator[CoveredWord]:
    counted: dict[tuple[str, str, str], list[UnknownCount]] = {}
    for row in rows:
        asked = owner(config, row.route, _UNMAPPED, row.owner)
        counted.setdefault((row.map, row.word, asked), []).append(row)
    for (map_name, word, asked), counts in counted.items():
        yield CoveredWord(map_name, word, "unknown", "", *_sums(counts), asked)


def _known(name: str, words: Map, rows: Iterable[WordCount]) -> Iterator[CoveredWord]:
    counted: dict[str, list[WordCount]] = {}
    for row in rows:
        counted.setdefault(row.word if words.case else row.word.casefold(), []).append(row)
    for word in sorted({*words.values, *counted}):
        counts, means = counted.get(word, []), words.values.get(word)
        standing: Standing = "default" if means is None else "mapped" if counts else "unseen"
        yield CoveredWord(name, word, standing, means or words.default or "", *_sums(counts))


def _sums(
    rows: list[WordCount] | list[UnknownCount],
) -> tuple[int, tuple[Money, ...], Instant | None]:
    money = tuple(Money(row.minor, row.currency) for row in rows if row.currency)
    last = max((row.last for row in rows), default=None)
    return sum(row.documents for row in rows), money, from_stdlib(last) if last else None
