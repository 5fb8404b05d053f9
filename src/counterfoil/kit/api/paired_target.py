"""A target that takes a document as a row in one table and rows under it in another.

Its head is saved so that nothing begins there, then its rows, and then the head so that it does.
These calls are one write and no steps, for each is an upsert by the same reference.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from functools import partial
from typing import Final, NamedTuple, Protocol

import msgspec

from counterfoil.kit.api.parts import Parts, Saved
from counterfoil.kit.api.sheet import Paired
from counterfoil.kit.api.tables import Row
from counterfoil.kit.connector import Answer, Intent, Seen
from counterfoil.mapping.losses import Loss

_ENCODER: Final = msgspec.json.Encoder()


class Tables(Protocol):
    """The tables of a site."""

    async def check(self, needed: Mapping[str, Collection[str]], *, anew: bool = False) -> None:
        """Raise `Misconfigured` where a table lacks a column; read once, or `anew`."""
        ...

    async def save(self, table: str, rows: Sequence[Mapping[str, str]], action: str, /) -> Saved:
        """Save rows in the manner of an action."""
        ...

    async def rows(self, table: str, references: Collection[str], /) -> Sequence[Row]:
        """The rows under these references."""
        ...


class Names(NamedTuple):
    """What a target calls the table of heads and that of rows, the column of the reference, and the
    two actions: a head that nothing begins on, and anything else."""

    heads: str
    rows: str
    key: str
    held_back: str
    released: str


class _Sent(msgspec.Struct, frozen=True):
    """A payload: the cells of the head, and of each row."""

    head: dict[str, str]
    rows: list[dict[str, str]] = []


class PairedTarget:
    """Writes, ends and reads back documents by `names`; amounts are read in `currency`."""

    def __init__(
        self, tables: Tables, sheets: Paired, names: Names, parts: Parts, currency: str
    ) -> None:
        self._tables = tables
        self._sheets = sheets
        self._names = names
        self._parts = parts
        self._currency = currency
        heads = (*sheets.head.names, *sheets.also.names)
        self._needed = {names.heads: heads, names.rows: sheets.below.names}

    def whole(
        self, source: object, below: Sequence[object], currency: str, losses: Sequence[Loss]
    ) -> Intent:
        """The rows that say what `source` does, and what is `below` it (pure)."""
        head = self._sheets.head.row(source, currency)
        rows = [self._sheets.below.row(part, currency) for part in below]
        return Intent(
            reference=head[self._names.key],
            payload=_ENCODER.encode(_Sent(head, rows)),
            expect=self._sheets.expected(head, rows, currency),
            losses=tuple(losses),
            kinds=self._sheets.kinds,
            not_compared=("release",),
        )

    def change(self, identity: str, cells: Mapping[str, str]) -> Intent:
        """The row that gives what the target calls `identity` these cells, and leaves every other
        as it is (pure)."""
        payload = _ENCODER.encode(_Sent({self._names.key: identity, **cells}))
        return Intent(
            identity, payload, self._sheets.also.seen(cells, ""), kinds=self._sheets.kinds
        )

    async def write(self, intents: Sequence[Intent]) -> Sequence[Answer]:
        """Save one document. Raises `Settle` where it may have landed without saying so."""
        (intent,), names = intents, self._names
        sent = msgspec.json.decode(intent.payload, type=_Sent)
        await self._tables.check(self._needed)
        head = partial(self._save, names.heads, [sent.head])
        rows = partial(self._save, names.rows, sent.rows, names.released)
        held_back, released = partial(head, names.held_back), partial(head, names.released)
        look = partial(self._there, intent.reference)
        return [await self._parts.written(intent.reference, held_back, rows, released, there=look)]

    async def cancel(self, intents: Sequence[Intent]) -> Sequence[Answer]:
        """End one document; a refusal, as of one that is being picked, is a person's."""
        (intent,) = intents
        sent = msgspec.json.decode(intent.payload, type=_Sent)
        await self._tables.check(self._needed)
        head = partial(self._save, self._names.heads, [sent.head], self._names.released)
        return [await self._parts.alone(intent.reference, head)]

    async def read(self, references: Sequence[str]) -> Mapping[str, Sequence[Seen]]:
        """Every document under each reference; a row that was repeated counts once."""
        key = self._names.key
        heads = await self._tables.rows(self._names.heads, references)
        heads = [row for row in heads if row[key] in references]
        rows = await self._tables.rows(self._names.rows, [row[key] for row in heads])
        return {row[key]: [self._seen(row, rows)] for row in heads}

    async def proven(self) -> str:
        """One sentence about the tables that answered. Raises `Misconfigured` where one lacks a
        column."""
        await self._tables.check(self._needed, anew=True)
        return f"{self._parts.title} answered; its templates have every column that is needed."

    async def _there(self, reference: str) -> bool:
        return bool(await self._tables.rows(self._names.heads, [reference]))

    async def _save(self, table: str, rows: Sequence[dict[str, str]], action: str) -> None:
        async def look() -> bool:
            # Of a head only its answer tells whether anything begins on it.
            references = [key] if table == self._names.rows else []
            visible = await self._tables.rows(table, references)
            return bool(visible) and self._sheets.there(rows, visible, self._currency)

        key = rows[0][self._names.key]
        await self._parts.landed(key, table, await self._tables.save(table, rows, action), look)

    def _seen(self, head: Row, rows: Sequence[Row]) -> Seen:
        key = head[self._names.key]
        mine = [row for row in rows if row[self._names.key] == key]
        return Seen(key, key, *self._sheets.seen(head, mine, self._currency))
