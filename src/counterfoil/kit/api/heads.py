"""Documents that a target shows by two queries: their heads, and the rows of all of them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import NamedTuple

from counterfoil.kit.api.compared import ByCode, Shown
from counterfoil.kit.api.queried import Ask
from counterfoil.kit.api.readback import Row, fields, identity, runs, text, unseen
from counterfoil.kit.connector import Field, Kind, Seen


class HeadsAndRows:
    """How one target shows documents.

    `places` names the columns of the key, the number and the reference of a document, of a row's
    own key and of a currency's id, in this sequence. How many codes the rows of a document have is
    the field `counted`. `kinds` has every field that is compared.
    """

    def __init__(
        self,
        places: tuple[str, str, str, str, str],
        shown: Sequence[Shown],
        rows: ByCode,
        counted: str,
    ) -> None:
        self._key, self._number, self._reference, self._row_key, self._currency = places
        self._shown = {field.column: field.reader for field in shown}
        self._rows = rows
        self._counted = counted
        self.kinds: Mapping[str, Kind] = {
            **{field.name: field.kind for field in shown if field.kind},
            **rows.kinds,
            counted: "pieces",
        }

    def seen(
        self,
        heads: Iterable[Row],
        rows: Sequence[Row],
        references: Collection[str],
        currencies: Mapping[str, int],
    ) -> dict[str, list[Seen]]:
        """The documents under each reference. A row that a join repeated counts once.

        Amounts are read in the currency whose id the head shows, else in the first of `currencies`.
        """
        below: dict[str, dict[str, Row]] = {}
        for row in rows:
            below.setdefault(str(row[self._key]), {})[str(row[self._row_key])] = row
        codes: dict[Field, str] = {number: code for code, number in currencies.items()}
        hidden = self._rows.unseen(rows)
        documents: dict[str, list[Seen]] = {}
        for key, head in {str(head[self._key]): head for head in heads}.items():
            reference = text(head[self._reference])
            if reference not in references:
                continue
            currency = codes.get(identity(head.get(self._currency)), next(iter(currencies)))
            of_rows, count = self._rows.seen(below.get(key, {}).values(), currency)
            document = Seen(
                identity=key,
                number=text(head[self._number]),
                fields=fields(head, self._shown, currency) | of_rows | {self._counted: count},
                unseen=frozenset(hidden | unseen(head, self._shown)),
            )
            documents.setdefault(reference, []).append(document)
        return documents


class Shows(NamedTuple):
    """How documents are shown: `heads` are asked for with @refs, what is below them with @ids of
    their column `key`, or with @refs too where that is empty; amounts are read in one of the
    `currencies`. `most` characters a text."""

    heads: Ask
    lines: Ask
    shown: HeadsAndRows
    key: str
    currencies: Mapping[str, int]
    most: int
    between: str

    async def read(self, references: Sequence[str]) -> Mapping[str, Sequence[Seen]]:
        """Every document under each reference."""
        documents: dict[str, Sequence[Seen]] = {}
        for run in runs(references, self.most, self.between):
            parameters = {"@refs": self.between.join(run)}
            heads = await self.heads(parameters)
            lines = await self._below(heads, parameters)
            documents |= self.shown.seen(heads, lines, frozenset(run), self.currencies)
        return documents

    async def _below(self, heads: Sequence[Row], asked: Mapping[str, str]) -> Sequence[Row]:
        if not self.key:
            return await self.lines(asked) if heads else []
        lines: list[Row] = []
        for ids in runs([str(row[self.key]) for row in heads], self.most, self.between):
            lines += await self.lines({"@ids": self.between.join(ids)})
        return lines
