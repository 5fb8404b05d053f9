"""Documents that a target shows by two queries: their heads, and the rows of all of them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

from counterfoil.kit.api.compared import ByCode, Shown
from counterfoil.kit.api.readback import Row, fields, identity, text, unseen
from counterfoil.kit.connector import Field, Seen


class HeadsAndRows:
    """How one target shows documents.

    `places` names the columns of the key, the number and the reference of a document, of a row's
    own key and of a currency's id, in this sequence. How many codes the rows of a document have is
    the field `counted`.
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
