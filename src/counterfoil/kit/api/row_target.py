"""A target that takes a document as one row of one of its tables, under the row's own key.

A column that says nothing is left out of the row, so that what the target has there stays.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from typing import Final, NamedTuple, Protocol

import msgspec

from counterfoil.kit.api.parts import Parts, Saved
from counterfoil.kit.api.sheet import Sheet
from counterfoil.kit.api.tables import Row
from counterfoil.kit.connector import Answer, Intent, Seen
from counterfoil.mapping.losses import Loss
from counterfoil.values.errors import Misconfigured

_ENCODER: Final = msgspec.json.Encoder()


class Tables(Protocol):
    """The tables of a site."""

    async def check(self, needed: Mapping[str, Collection[str]], *, anew: bool = False) -> None:
        """Raise `Misconfigured` where a table lacks a column; read once, or `anew`."""
        ...

    async def save(self, table: str, rows: Sequence[Mapping[str, str]], action: str, /) -> Saved:
        """Save rows in the manner of an action."""
        ...

    async def rows(self, table: str, references: Collection[str], key: str, /) -> Sequence[Row]:
        """The rows under these keys."""
        ...


class Kept(NamedTuple):
    """A table of documents: what the target calls it, the column of its key, its columns, and what
    stands before the key in a reference, so that no two tables have one alike."""

    table: str
    key: str
    sheet: Sheet
    before: str = ""


class _Sent(msgspec.Struct, frozen=True):
    """A payload: the cells of a row, and under which reference it is found."""

    kept: int
    reference: str
    cells: dict[str, str]


class RowTarget:
    """Writes and reads back documents of these tables, which `action` saves; of references that
    begin alike the longest beginning counts. Amounts are read in `currency`."""

    def __init__(
        self, tables: Tables, kept: Sequence[Kept], parts: Parts, action: str, currency: str
    ) -> None:
        self._tables, self._kept = tables, kept
        self._parts, self._action = parts, action
        self._currency = currency

    def row(self, place: int, source: object, losses: Sequence[Loss]) -> Intent:
        """The row of the table at this place that says what `source` does (pure)."""
        kept = self._kept[place]
        whole = kept.sheet.row(source, self._currency)
        cells = {name: cell for name, cell in whole.items() if cell}
        reference = f"{kept.before}{cells.get(kept.key, '')}"
        return Intent(
            reference=reference,
            payload=_ENCODER.encode(_Sent(place, reference, cells)),
            expect=kept.sheet.expected(cells, self._currency),
            losses=tuple(losses),
            kinds=kept.sheet.kinds,
        )

    async def write(self, intents: Sequence[Intent]) -> Sequence[Answer]:
        """Save one row. Raises `Settle` where it may have landed without saying so."""
        (intent,) = intents
        sent = msgspec.json.decode(intent.payload, type=_Sent)
        table, key, sheet, _ = self._kept[sent.kept]
        await self._tables.check({table: sheet.names})

        async def look() -> bool:
            visible = await self._tables.rows(table, [sent.cells[key]], key)
            expected = sheet.expected(sent.cells, self._currency).items()
            return any(expected <= sheet.seen(row, self._currency).items() for row in visible)

        async def save() -> None:
            saved = await self._tables.save(table, [sent.cells], self._action)
            await self._parts.landed(sent.reference, table, saved, look)

        return [await self._parts.alone(sent.reference, save)]

    async def proven_beside(self, prove: Callable[[], Awaitable[str]]) -> str:
        """What `prove` says of the connection; and why nothing can be written here, where a table
        lacks a column: who writes nothing here need not mind."""
        sentence = await prove()
        try:
            await self._tables.check({kept.table: kept.sheet.names for kept in self._kept})
        except Misconfigured as error:
            return f"{sentence[:-1]}; but {error.said}"
        return sentence

    async def read(self, references: Sequence[str]) -> Mapping[str, Sequence[Seen]]:
        """Every document under each reference."""
        groups: dict[Kept, list[str]] = {}
        for reference in references:
            mine = [kept for kept in self._kept if reference.startswith(kept.before)]
            groups.setdefault(max(mine, key=lambda kept: len(kept.before)), []).append(reference)
        documents: dict[str, Sequence[Seen]] = {}
        for kept, named in groups.items():
            keys = {reference.removeprefix(kept.before) for reference in named}
            for row in await self._tables.rows(kept.table, sorted(keys), kept.key):
                if row[kept.key] in keys:
                    reference = f"{kept.before}{row[kept.key]}"
                    fields = kept.sheet.seen(row, self._currency)
                    hidden = frozenset(kept.sheet.unseen(row))
                    documents[reference] = [Seen(reference, row[kept.key], fields, hidden)]
        return documents
