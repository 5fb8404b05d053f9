"""From one object of a source to a `Reading`: a document, or the reason why there is none.

What cannot be read is not lost: its stump says who, when and how much, as well as that is known.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, Generic, TypeVar, cast

import msgspec

from counterfoil.kit.api.faults import member
from counterfoil.kit.api.paging import Dates, moment_of
from counterfoil.kit.connector import Listed, Reading
from counterfoil.kit.formats.strict_json import Object
from counterfoil.mapping.convert import currency_code, identity, money, text, when
from counterfoil.mapping.field import Field, Table
from counterfoil.mapping.interpret import PYTHON
from counterfoil.mapping.losses import Loss
from counterfoil.mapping.mapper import Mapper
from counterfoil.model.document import Document
from counterfoil.values.clock import Instant, instant
from counterfoil.values.errors import CounterfoilError, Refuse

NO_CURRENCY: Final = "XXX"  # ISO 4217's own word for none
_NUMBER_MOST = 200

D = TypeVar("D")
M = TypeVar("M")
S = TypeVar("S")
V = TypeVar("V")
Row = Object
Tells = Callable[[Row], bool]


class Head(msgspec.Struct, frozen=True):
    """Where an object tells what must be known also of a document that cannot be read.

    `total` reads the money at stake, in minor units of a currency; `moment` makes ISO 8601 of what
    stands at a moment's place. `cancelled` is where a moment of cancellation stands, `test` where
    the object says true; or either is what tells it by the whole object.
    """

    key: Field
    number: str
    version: str
    created: str
    currency: str
    total: Callable[[Row, str], int | None]
    cancelled: str | Tells = ""
    test: str | Tells = ""
    moment: Dates = when


def head_of(table: Table[M], *totals: str) -> Head:
    """The head that a table reads with its targets key, number, updated, created, currency,
    cancelled and test; the money at stake is at the first of the targets `totals` that is told."""
    fields = {entry.target: entry for entry in table.entries if isinstance(entry, Field)}
    places = [tuple(fields[name].source.split(".")) for name in totals]

    def total(row: Row, currency: str) -> int | None:
        stated = (member(row, place) for place in places)
        return next((money(value, currency) for value in stated if value is not None), None)

    return Head(
        key=fields["key"],
        number=fields["number"].source,
        version=fields["updated"].source,
        created=fields["created"].source,
        currency=fields["currency"].source,
        total=total,
        cancelled=fields["cancelled"].source,
        test=fields["test"].source,
    )


def inside_of(value: object, *members: str) -> object:
    """What an answer holds at these members, one inside another, each of which may be left out."""
    for name in members:
        below = member(value, (name,))
        if isinstance(below, dict):
            value = cast("object", below)
    return value


class DocumentReader(Generic[M, D]):
    """Reads one shape of documents. `make` makes of an object the document, with whatever else its
    reading is told from; `whole` is that reading."""

    def __init__(
        self,
        head: Head,
        make: Callable[[Row], M],
        whole: Callable[[M, Row, bytes], Reading[D]],
        *,
        nameless: str,
    ) -> None:
        self._head = head
        self._make = make
        self._whole = whole
        self._nameless = nameless

    def read(self, value: object, at: Instant, source: bytes = b"") -> Reading[D]:
        """The reading of one object; `at` is its version where it does not tell its own.

        `source` is what `value` was read from, where it is kept. Raises `Refuse` (code
        "no-identity") only where nothing says which document it is.
        """
        if not isinstance(value, dict):
            raise self._no_identity()
        row = cast("Row", value)
        try:
            document = self._make(row)
        except CounterfoilError as error:
            return self.stump(row, at, error, source)
        return self._whole(document, row, source)

    def stump(
        self, row: Row, at: Instant, problem: CounterfoilError, source: bytes = b""
    ) -> Reading[D]:
        """What can be known of a document that could not be read; who, when and how much."""
        head, moment = self._head, self._head.moment
        cancelled, test = head.cancelled, head.test
        key = known(head.key.convert, row.get(head.key.source), "")
        if not isinstance(key, str) or not key:
            raise self._no_identity()
        currency = known(currency_code, row.get(head.currency), NO_CURRENCY)
        return Reading(
            key=key,
            number=str(row.get(head.number) or "")[:_NUMBER_MOST],
            version=moment_of(row.get(head.version), moment) or at,
            minor=known(head.total, row, None, currency) or 0,
            currency=currency,
            problem=problem,
            created=moment_of(row.get(head.created), moment),
            test=row.get(test) is True if isinstance(test, str) else test(row),
            cancelled=moment_of(row.get(cancelled), moment) is not None
            if isinstance(cancelled, str)
            else cancelled(row),
            source=source,
        )

    def listed(self, row: Row, whole: Reading[D] | None = None) -> Listed:
        """The row of a census that an object is; its money is that of the `whole` document, where
        only this tells it.

        Raises `Hold` where the object does not say which one it is, when, or how much.
        """
        head = self._head
        currency = known(currency_code, row.get(head.currency), NO_CURRENCY)
        return Listed(
            key=identity(head.key.convert(row.get(head.key.source), ""), ""),
            number=str(row.get(head.number) or ""),
            version=instant(head.moment(row.get(head.version), "")),
            created=instant(head.moment(row.get(head.created), "")),
            total_minor=whole.minor if whole else head.total(row, currency) or 0,
            currency=whole.currency if whole else currency,
        )

    def _no_identity(self) -> Refuse:
        return Refuse(
            self._nameless,
            do="Subscribe to the topics of this document only, and with every field.",
            code="no-identity",
        )


def reading_of(
    document: D,
    source: bytes,
    *,
    test: bool = False,
    losses: tuple[Loss, ...] = (),
    partial: bool = False,
) -> Reading[D]:
    """The reading of a whole document, which says of itself who, when and how much it is."""
    whole = cast("Document", document)
    measure = whole.measure
    return Reading(
        key=whole.key,
        number=whole.number,
        version=whole.version,
        minor=measure.minor,
        currency=measure.currency,
        pieces=measure.pieces,
        document=document,
        losses=losses,
        created=whole.born,
        test=test,
        cancelled=whole.gone,
        source=source,
        partial=partial,
    )


def known(convert: Callable[[S, str], V], value: S, otherwise: V, currency: str = "") -> V:
    """The converted value, or something else where it cannot be converted."""
    try:
        return convert(value, currency)
    except (*PYTHON, CounterfoilError):
        return otherwise


class _CensusFields(msgspec.Struct, frozen=True):
    key: str
    number: str
    created: str
    version: str
    total_minor: int


class CensusRow:
    """Reads one row of a census: five paths, of which the first is the identity."""

    def __init__(
        self, *, key: str, number: str, created: str, version: str, total: str, currency: str
    ) -> None:
        self._currency = currency
        self._mapper = Mapper(
            Table(
                "census row",
                [
                    Field("key", key, identity),
                    Field("number", number, text),
                    Field("created", created, when),
                    Field("version", version, when),
                    Field("total_minor", total, money),
                ],
                _CensusFields,
            )
        )

    def read(self, row: Row) -> Listed:
        """One row. Raises `Hold` naming the field where it cannot be read."""
        currency = currency_code(row.get(self._currency), "")
        fields = self._mapper.run(row, currency)
        return Listed(
            key=fields.key,
            number=fields.number,
            version=instant(fields.version),
            created=instant(fields.created),
            total_minor=fields.total_minor,
            currency=currency,
        )
