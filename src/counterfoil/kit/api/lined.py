"""Documents that are one object with their lines in it: made by one table, and seen by the same."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any, Final, Generic, TypeVar, cast

import msgspec

from counterfoil.kit.api.compared import ByCode, Forms, Shown
from counterfoil.kit.api.paging import Row
from counterfoil.kit.api.readback import fields, flat, text, unseen
from counterfoil.kit.connector import Field, Intent, Kind, Seen
from counterfoil.kit.formats import strict_json
from counterfoil.mapping.losses import Loss

P = TypeVar("P")

_ENCODER: Final = msgspec.json.Encoder()


class Columns(msgspec.Struct, frozen=True):
    """What is seen of a document: of its head, and of the lines at `lines_at`, whose number is
    compared as `count`. `identity` and `reference` are the members with its id there and with what
    we call it; an amount is in the currency at `currency`."""

    head: Sequence[Shown]
    lines: ByCode
    lines_at: str
    identity: str
    reference: str
    currency: str
    count: str = "items"

    @property
    def kinds(self) -> Mapping[str, Kind]:
        """Every field that is compared, and what it is."""
        kinds: dict[str, Kind] = {field.name: field.kind for field in self.head if field.kind}
        return {**kinds, **self.lines.kinds, self.count: "pieces"}


class Lined(Generic[P]):
    """Documents of one kind; those whose member `status` is a word of `dead` are none while another
    one stands under the same reference."""

    def __init__(
        self, forms: Forms[P], columns: Columns, status: str = "", dead: Sequence[str] = ()
    ) -> None:
        self._forms = forms
        self._columns = columns
        self._readers = {field.column: field.reader for field in columns.head}
        self._status = status
        self._dead = dead

    def intent(self, parts: P, reference: str, currency: str, losses: Sequence[Loss]) -> Intent:
        """The write of one document (pure)."""
        form = self._forms.of(parts)
        body = form.payload.run(parts, currency)
        expected, payload = form.expected(body, parts, currency), _ENCODER.encode(body)
        # A line is expected as it is read: from the bytes that leave.
        sent = strict_json.convert(strict_json.parse(payload), strict_json.Object)
        return Intent(
            reference=reference,
            payload=payload,
            expect=expected | self._of_lines(sent, currency),
            losses=tuple(losses),
            kinds=self._columns.kinds,
            not_compared=form.not_compared,
        )

    def standing(
        self, documents: Sequence[Row], references: Sequence[str]
    ) -> Mapping[str, Sequence[Seen]]:
        """What stands under each reference: a dead one only where no other does."""
        by_reference: dict[str, list[Row]] = defaultdict(list)
        for document in documents:
            reference = text(document.get(self._columns.reference))
            if reference in references:
                by_reference[reference].append(document)
        return {
            reference: [self._seen(row) for row in self._living(rows) or rows]
            for reference, rows in by_reference.items()
        }

    def _living(self, rows: Sequence[Row]) -> list[Row]:
        return [row for row in rows if text(row.get(self._status)) not in self._dead]

    def _seen(self, document: Row) -> Seen:
        columns, row = self._columns, {**document, **flat(document)}
        currency, lines = text(document.get(columns.currency)), _lines(document, columns.lines_at)
        return Seen(
            identity=text(document.get(columns.identity)),
            number=text(document.get(columns.reference)),
            fields=fields(row, self._readers, currency) | self._of_lines(document, currency),
            unseen=frozenset({*unseen(row, self._readers), *columns.lines.unseen(lines)}),
        )

    def _of_lines(self, document: Row, currency: str) -> dict[str, Field]:
        columns = self._columns
        of_lines, count = columns.lines.seen(_lines(document, columns.lines_at), currency)
        return {**of_lines, columns.count: count}


def _lines(document: Row, place: str) -> list[dict[str, Any]]:
    return cast("list[dict[str, Any]]", document.get(place) or [])
