"""What came of each document of a call, as Xero's rows say it: made, refused, or nobody knows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any, Final, cast

import msgspec

from counterfoil.connectors.xero.profile import TITLE
from counterfoil.kit.api import faults
from counterfoil.kit.api.call import Call
from counterfoil.kit.api.faults import member
from counterfoil.kit.connector import Answer, Intent, Written
from counterfoil.kit.formats import strict_json
from counterfoil.kit.transport import Answer as Raw
from counterfoil.values.errors import CounterfoilError, Refuse

FAULTS: Final = faults.load(__package__ or "")
_NOBODY: Final = "00000000-0000-0000-0000-000000000000"
_FAILED: Final = ("HasErrors", "HasValidationErrors")
_Row = Mapping[str, Any]


class Kind(msgspec.Struct, frozen=True):
    """A kind of document there: its collection, the member with its id, and the one with what we
    call it."""

    collection: str
    id: str
    reference: str


def outcome(
    kind: Kind, intents: Sequence[Intent], rows: Sequence[_Row], call: Call
) -> list[Answer]:
    """The answers of a call that was taken: a row for each document, some of them refused.

    Raises `Settle` where it does not tell of each.
    """
    if len(rows) != len(intents):
        sentence = f"{TITLE} was sent {len(intents)} {kind.collection} and told of {len(rows)}"
        raise FAULTS.doubtful(sentence, call)
    return [_answer(kind, intent, row, call) for intent, row in zip(intents, rows, strict=True)]


def failing(kind: Kind, intents: Sequence[Intent], answer: Raw, call: Call) -> list[Answer]:
    """The answers of a call that was refused. Of several documents Xero names those that it did not
    take, and has made the others; raises as the table says where it names none."""
    rows = _elements(answer) if answer.status == 400 else []
    if not rows:
        raise FAULTS.judge(answer, call)
    if len(intents) == 1:
        return [_refused(rows[0], call)]
    named = {str(row.get(kind.reference)): row for row in rows}
    unnamed = FAULTS.doubtful(f"{TITLE} refused others of the same call and did not name it", call)
    return [
        _refused(named[intent.reference], call) if intent.reference in named else unnamed
        for intent in intents
    ]


def _answer(kind: Kind, intent: Intent, row: _Row, call: Call) -> Answer:
    failed = any(row.get(name) is True for name in _FAILED)
    if failed or row.get("StatusAttributeString") == "ERROR" or any(_messages(row)):
        return _refused(row, call)
    identity, number = str(row.get(kind.id, _NOBODY)), str(row.get(kind.reference, ""))
    if identity == _NOBODY or number != intent.reference:
        sentence = (
            f"{TITLE} was sent {intent.reference} and answered with {number or 'something else'}"
        )
        return FAULTS.doubtful(sentence, call)
    return Written(identity, number)


def _refused(row: _Row, call: Call) -> CounterfoilError:
    """The error of a row, by the words that Xero has for it."""
    quoted = " ".join(dict.fromkeys(_messages(row))) or "it gives no reason."
    return FAULTS.error(FAULTS.spoken(quoted), call, quoted=quoted)


def _messages(row: _Row) -> Iterator[str]:
    """Every message of a row: each of its parts may have some, most of them have none."""
    for name, value in row.items():
        parts = cast("list[object]", value if isinstance(value, list) else [value])
        for part in parts:
            if isinstance(part, dict):
                inner = cast("_Row", part)
                yield from (
                    [str(inner.get("Message"))] if name == "ValidationErrors" else _messages(inner)
                )


def _elements(answer: Raw) -> list[_Row]:
    with suppress(Refuse):
        elements = member(strict_json.parse(answer.body), ("Elements",))
        if isinstance(elements, list):
            return [row for row in cast("list[_Row]", elements) if isinstance(row, dict)]
    return []
