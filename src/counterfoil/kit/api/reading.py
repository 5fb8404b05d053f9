"""From one object of a source to a `Reading`: a document, or the reason why there is none.

What cannot be read is not lost: its stump says who, when and how much, as well as that is known.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Final, Generic, TypeVar, cast

import msgspec

from counterfoil.kit.api.faults import member
from counterfoil.kit.api.paging import Dates, moment_of
from counterfoil.kit.connector import Listed, Reading
from counterfoil.kit.formats.strict_json import Object
from counterfoil.mapping.convert import currency_code, identity, money, when, wrong
from counterfoil.mapping.field import Field, Table
from counterfoil.mapping.interpret import PYTHON, guarded
from counterfoil.mapping.losses import Loss
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

        Raises `Hold` at its place where the object does not say which one it is, when, or how
        much.
        """
        head = self._head

        def read(place: str, convert: Callable[[object, str], object]) -> str:
            return identity(guarded(partial(convert, row.get(place), ""), place), "")

        stated = row.get(head.currency)
        currency = read(head.currency, currency_code) if stated is not None else NO_CURRENCY
        total_minor = head.total(row, currency) if whole is None else whole.minor
        if total_minor is None and stated is not None:
            raise wrong(None, "an amount of money")
        return Listed(
            key=read(head.key.source, head.key.convert),
            number=str(row.get(head.number) or ""),
            version=instant(read(head.version, head.moment)),
            created=instant(read(head.created, head.moment)),
            total_minor=total_minor or 0,
            currency=currency if whole is None else whole.currency,
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
