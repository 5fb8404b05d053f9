"""What came of each document of a call, as a vendor's rows say it: made, refused, or nobody knows.

A good status proves nothing of a row, and of a refused call some documents may have been made.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any, cast

import msgspec

from counterfoil.kit.api.call import Call
from counterfoil.kit.api.faults import Faults, Place, member
from counterfoil.kit.connector import Answer, Intent, Written
from counterfoil.kit.formats import strict_json
from counterfoil.kit.transport import Answer as Raw
from counterfoil.values.errors import CounterfoilError, Refuse

_Row = Mapping[str, Any]


class Kind(msgspec.Struct, frozen=True):
    """A kind of document there: its collection, the member with its id, and the one with what we
    call it."""

    collection: str
    id: str
    reference: str


class RowAnswers(msgspec.Struct, frozen=True):
    """How the rows of the system `title` say what came of them.

    A row that has one of the values of `failed` was refused, and so was one with a message: `text`
    of the objects at `messages`, wherever inside it. `nobody` is the id of what was not made.
    `refused_at` is where a refused call (its `status`) has the rows that were not taken.
    """

    title: str
    faults: Faults
    failed: Sequence[tuple[str, object]]
    messages: str
    text: str
    nobody: str
    status: int
    refused_at: Place

    def taken(
        self, kind: Kind, intents: Sequence[Intent], rows: Sequence[_Row], call: Call
    ) -> list[Answer]:
        """The answers of a call that was taken: a row for each document, some of them refused.

        Raises `Settle` where it does not tell of each.
        """
        if len(rows) != len(intents):
            sentence = (
                f"{self.title} was sent {len(intents)} {kind.collection} and told of {len(rows)}"
            )
            raise self.faults.doubtful(sentence, call)
        pairs = zip(intents, rows, strict=True)
        return [self._answer(kind, intent, row, call) for intent, row in pairs]

    def refused(
        self, kind: Kind, intents: Sequence[Intent], answer: Raw, call: Call
    ) -> list[Answer]:
        """The answers of a call that was refused. Of several documents those are named that were
        not taken, and the others are made; raises as the table says where none is named."""
        rows = self._rows(answer) if answer.status == self.status else []
        if not rows:
            raise self.faults.judge(answer, call)
        if len(intents) == 1:
            return [self._refusal(rows[0], call)]
        named = {str(row.get(kind.reference)): row for row in rows}
        sentence = f"{self.title} refused others of the same call and did not name it"
        unnamed = self.faults.doubtful(sentence, call)
        return [
            self._refusal(named[intent.reference], call) if intent.reference in named else unnamed
            for intent in intents
        ]

    def _answer(self, kind: Kind, intent: Intent, row: _Row, call: Call) -> Answer:
        failed = any(row.get(name) == value for name, value in self.failed)
        if failed or any(self._said(row)):
            return self._refusal(row, call)
        identity, number = str(row.get(kind.id, self.nobody)), str(row.get(kind.reference, ""))
        if identity == self.nobody or number != intent.reference:
            sentence = (
                f"{self.title} was sent {intent.reference} and answered with"
                f" {number or 'something else'}"
            )
            return self.faults.doubtful(sentence, call)
        return Written(identity, number)

    def _refusal(self, row: _Row, call: Call) -> CounterfoilError:
        """The error of a row, by the words that the vendor has for it."""
        quoted = " ".join(dict.fromkeys(self._said(row))) or "it gives no reason."
        return self.faults.error(self.faults.spoken(quoted), call, quoted=quoted)

    def _said(self, row: _Row) -> Iterator[str]:
        """Every message of a row: each of its parts may have some, most of them have none."""
        for name, value in row.items():
            parts = cast("list[object]", value if isinstance(value, list) else [value])
            for part in parts:
                if isinstance(part, dict):
                    inner = cast("_Row", part)
                    says = name == self.messages
                    yield from [str(inner.get(self.text))] if says else self._said(inner)

    def _rows(self, answer: Raw) -> list[_Row]:
        with suppress(Refuse):
            rows = member(strict_json.parse(answer.body), self.refused_at)
            if isinstance(rows, list):
                return [row for row in cast("list[_Row]", rows) if isinstance(row, dict)]
        return []
