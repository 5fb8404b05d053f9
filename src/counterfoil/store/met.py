"""Met: the words of value maps that documents had, those of each commit together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from counterfoil.store.postgres import Executor
from counterfoil.store.query import Query
from counterfoil.values.clock import Instant
from counterfoil.values.ids import RecordId


class Word(NamedTuple):
    """A word that a document had: of which map, with the document's money in minor units."""

    map: str
    word: str
    currency: str
    minor: int


class WordCount(NamedTuple):
    """Of how many documents a word was, with their money in one currency, and when the last was."""

    map: str
    word: str
    currency: str
    documents: int
    minor: int
    last: datetime


class UnknownCount(NamedTuple):
    """For how many records of a route a word that nobody mapped is waited for, who was asked when
    they began to wait, and their money."""

    map: str
    word: str
    route: str
    owner: str
    currency: str
    documents: int
    minor: int
    last: datetime


_MET = Query("words_met", WordCount)
_UNMET = Query("words_unmet", UnknownCount)


async def keep(unit: Executor, route: int, words: Sequence[Word], at: Instant) -> None:
    """Keep the words that documents of a route had which were sent."""
    if not words:
        return
    counts, minors = Counter[tuple[str, str, str]](), Counter[tuple[str, str, str]]()
    for word in words:
        counts[word[:3]] += 1
        minors[word[:3]] += word.minor
    maps, names, currencies = (list(column) for column in zip(*counts, strict=True))
    sums = [minors[key] for key in counts]
    stamp = at.to_stdlib()
    await unit.run("keep_met", route, stamp, maps, names, currencies, list(counts.values()), sums)


async def keep_unknown(unit: Executor, words: Sequence[tuple[RecordId, str, str]]) -> None:
    """Keep which words, by record and map, nobody had mapped."""
    if words:
        await unit.run("keep_unmet", *map(list, zip(*words, strict=True)))


async def known(db: Executor, maps: Sequence[str], since: Instant | None) -> list[WordCount]:
    """The words of these maps that were sent since a moment, or ever."""
    return await _MET.rows(db, maps, since.to_stdlib() if since else None)


async def unknown(db: Executor, maps: Sequence[str]) -> list[UnknownCount]:
    """The words that records wait for."""
    return await _UNMET.rows(db, maps)
