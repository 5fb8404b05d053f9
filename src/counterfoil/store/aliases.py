"""Aliases: by what other names documents are named by others than by their keys.

A binding is of a document's own key, which stays. These come and go, and each is kept with when,
why, and the record that told it; so an old name still finds what it meant.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

import msgspec

from counterfoil.model.words import Word
from counterfoil.store.bindings import Namespace
from counterfoil.store.postgres import Executor
from counterfoil.store.query import Query
from counterfoil.values.clock import Instant
from counterfoil.values.ids import RecordId


class Called(msgspec.Struct, frozen=True):
    """By what names the document with `key` is named from `at` on; `why` is empty, "archived" or
    "merged", and `lives_on` the name that a merged one lives on as."""

    key: str
    names: tuple[str, ...]
    at: Instant
    record: RecordId
    why: str = ""
    lives_on: str = ""


class AliasRow(NamedTuple):
    """One name of a document at a connection, as it was borne."""

    connection: int
    name: str
    key: str
    since: datetime
    until: datetime | None
    why: str
    lives_on: str
    record: RecordId


class _Key(NamedTuple):
    name: str
    key: str


_KEYS = Query("keys_of_aliases", _Key)
_HISTORY = Query("alias_history", AliasRow)


async def keep(unit: Executor, namespace: Namespace, called: Sequence[Called]) -> None:
    """Keep what these are named by now; names that one of them had and has no more have ended."""
    if not called:
        return
    borne = [(name, row) for row in called for name in row.names]
    names, keys = [name for name, _ in borne], [row.key for _, row in borne]
    whys, heirs = [row.why for _, row in borne], [row.lives_on for _, row in borne]
    tellers = [row.record for _, row in borne]
    await unit.run(
        "end_aliases", *namespace, [row.key for row in called],
        [row.at.to_stdlib() for row in called], [row.record for row in called], keys, names,
    )  # fmt: skip
    since = [row.at.to_stdlib() for _, row in borne]
    await unit.run("keep_aliases", *namespace, names, keys, since, whys, heirs, tellers)
    await unit.run("restate_aliases", *namespace, names, keys, whys, heirs, tellers)


async def keys(db: Executor, namespace: Namespace, names: Sequence[str]) -> Mapping[str, str]:
    """The keys of the documents that these names mean today; unknown names are left out."""
    return dict(await _KEYS.rows(db, *namespace, names)) if names else {}


async def history(db: Executor, word: Word, names: Sequence[str]) -> Sequence[AliasRow]:
    """Every name that the documents ever had which bear, or bore, one of these."""
    return await _HISTORY.rows(db, word, names)
