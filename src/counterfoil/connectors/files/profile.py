"""What a person says of the files of one connection: their columns, their words, how they write."""

from __future__ import annotations

from typing import Literal

import msgspec

from counterfoil.kit.api.settings import typed, value_maps
from counterfoil.kit.connector import Opening
from counterfoil.kit.manifest import Manifest
from counterfoil.mapping.valuemap import ValueMap
from counterfoil.values.errors import Misconfigured
from counterfoil.values.nearest import near


class Settings(msgspec.Struct, frozen=True):
    """The settings of a connection; the manifest says what each is."""

    pattern: str
    settle_s: int
    encoding: Literal["utf-8", "latin-1"]
    decimals: Literal[".", ","]
    dates: Literal["iso", "day-first", "month-first"]
    zone: str
    currency: str
    provider: str
    documents_per_page: int
    most_entries: int


class Profile(msgspec.Struct, frozen=True):
    """The settings with their value maps: `columns` by our words, `kinds` and `statuses` by the
    file's own."""

    settings: Settings
    columns: dict[str, str]
    kinds: ValueMap | None
    statuses: ValueMap | None


def profile(opening: Opening, manifest: Manifest, words: frozenset[str]) -> Profile:
    """The profile of a connection. Raises `Misconfigured` for a column that means nothing here."""
    maps = value_maps(opening, manifest)
    columns = maps["columns"]
    if columns is None:
        raise Misconfigured(
            f"Nobody has said which columns the files of {opening.name} have.",
            do="Write a value map from our words to their column names, and name it in columns.",
            where=opening.name,
        )
    for word in columns.values:
        if word not in words:
            raise Misconfigured(
                f"{word!r} in value map {columns.name!r} is no word for a column.",
                do=near(word, sorted(words)),
                where=opening.name,
            )
    return Profile(typed(opening, Settings), dict(columns.values), maps["kinds"], maps["statuses"])
