"""A source whose documents are told by the rows of reports, several of which make one document.

A report's pages may end in the middle of a document, and a row changes its place as others come.
So a listing asks only for the names of what changed, in closed windows of time, the last of which
is open; each document is then read whole, by its name.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Final, Generic, NamedTuple, Protocol, TypeVar, cast
from urllib.parse import parse_qsl

import msgspec

from counterfoil.kit.api.reading import known, reading_of
from counterfoil.kit.api.reports import Reporting, Row
from counterfoil.kit.connector import CensusPage, Hint, Listed, Listing, Reading
from counterfoil.kit.formats import linq, strict_json
from counterfoil.kit.mark import made, moment, newest
from counterfoil.mapping.convert import whole
from counterfoil.mapping.interpret import PYTHON
from counterfoil.mapping.losses import Loss
from counterfoil.model.document import Document
from counterfoil.values.clock import Clock, Instant, instant, later
from counterfoil.values.errors import CounterfoilError, Hold, Refuse

D = TypeVar("D")
D_co = TypeVar("D_co", covariant=True)
R = TypeVar("R", bound=Mapping[str, str])

_ENCODER: Final = msgspec.json.Encoder()
_NAMELESS: Final = "(no name)"
_RESEND: Final = "Correct the report at the system that it comes from."


class Told(msgspec.Struct, frozen=True, omit_defaults=True):
    """What the reports say of one document: its rows, and those `beside` them; `void` since when
    (ISO 8601) they say nothing of it any more."""

    key: str
    rows: Sequence[Mapping[str, str]]
    beside: Sequence[Mapping[str, str]] = ()
    void: str = ""


class Reports(Protocol[D_co]):
    """The reports of one kind of document."""

    def named(self, body: bytes, /) -> Sequence[str]:
        """The names of what a message is about; raises `Refuse` where it names nothing."""
        ...

    def name(self, key: str, /) -> str:
        """Under which name a document is asked for."""
        ...

    async def first(self, start: Instant | None, /) -> Instant | None:
        """When something changed for the first time, at `start` or later."""
        ...

    async def changed(self, start: Instant, end: Instant | None, /) -> Collection[str]:
        """The names of what changed from `start` on, before `end`; more may be among them."""
        ...

    async def whole(self, names: Sequence[str], /) -> Sequence[Told]:
        """Everything that is told of the documents under these names."""
        ...

    def document(self, told: Told, at: Instant, /) -> tuple[D_co, tuple[Loss, ...]]:
        """The document that it makes, and what is lost of it (pure); `at` is when it was read.
        Raises `Hold` where a cell cannot be read."""
        ...


class Counted(Reports[D_co], Protocol[D_co]):
    """Those of documents that are counted too."""

    async def counted(self, start: Instant, end: Instant, /) -> Sequence[Listed]:
        """The documents that were created from `start` on, before `end`, or stand now, by another
        report."""
        ...


class Changed(Generic[D]):
    """The names of what changed, as one `report` tells them in a column by several `times`; a
    message has the name in the `field` of a form."""

    def __init__(
        self, reporting: Reporting, report: str, times: Sequence[str], column: str, field: str
    ) -> None:
        self._reporting = reporting
        self._listing = report, times
        self._column = column
        self._field = field

    def named(self, body: bytes) -> Sequence[str]:
        return posted(body, self._field)

    def name(self, key: str) -> str:
        return key

    async def first(self, start: Instant | None) -> Instant | None:
        report, times = self._listing
        moments = [await self._reporting.first(report, time, start) for time in times]
        return min((moment for moment in moments if moment is not None), default=None)

    async def changed(self, start: Instant, end: Instant | None) -> Collection[str]:
        rows = await self._reporting.within(*self._listing, start, end)
        return {row[self._column] for row in rows}

    def document(self, told: Told, at: Instant) -> tuple[D, tuple[Loss, ...]]:
        raise NotImplementedError

    def stands(self, told: Told, at: Instant) -> Listed:
        """What stands now as a count has it: what is told unreadably counts as nothing, so that it
        differs from every document and is fetched."""
        try:
            document = cast("Document", self.document(told, at)[0])
        except CounterfoilError:
            return Listed(told.key, told.key, at, at)
        return Listed(told.key, document.number, at, at, pieces=document.measure.pieces)

    def events(
        self, rows: Iterable[Row], column: str, time: str, pieces: str, start: Instant
    ) -> Sequence[Listed]:
        """The rows of a report by their names, as a count has them: what it says unreadably counts
        as nothing, at `start`, so that it differs from every document and is fetched."""
        listed: list[Listed] = []
        for key, mine in grouped(rows, column).items():
            texts = [known(self._reporting.clock.convert, row[time], "") for row in mine]
            moment = instant(min(filter(None, texts), default=start.format_iso()))
            count = sum(known(whole, row[pieces], 0) for row in mine)
            listed.append(Listed(key or _NAMELESS, key, moment, moment, pieces=count))
        return listed


class Pace(NamedTuple):
    """How much is asked at once: what changed in `window_s` seconds, and `most` documents whole."""

    clock: Clock
    window_s: float
    most: int


class ReportedSource(Generic[D]):
    """`kit.connector.Source` of what `reports` tell."""

    def __init__(self, reports: Reports[D], pace: Pace) -> None:
        self._reports = reports
        self._clock, self._window_s, self._most = pace

    def parse(self, body: bytes, at: Instant) -> tuple[Hint, ...]:
        """The documents that a message names."""
        return (Hint(tuple(self._reports.named(body))),)

    def reread(self, source: bytes, at: Instant) -> Reading[D]:
        """Read what was kept of a document."""
        return self._reading(_kept(source), source, at)

    def vanished(self, source: bytes, at: Instant) -> Reading[D]:
        """What was kept of a document, as `Vanishes`."""
        before = _kept(source)
        void = msgspec.structs.replace(before, void=before.void or at.format_iso())
        return self._reading(void, _ENCODER.encode(void), at)

    def read_any(self, body: bytes, at: Instant) -> Reading[D]:
        """Read what was kept of a document; a message has nothing of one."""
        return self.reread(body, at)

    async def read(self, keys: Sequence[str]) -> Sequence[Reading[D]]:
        """The documents with these keys; one that is not there is left out."""
        names = sorted({self._reports.name(key) for key in keys})
        return [reading for reading in await self._whole(names) if reading.key in keys]

    async def since(self, mark: str | None, cursor: str | None) -> Listing[D]:
        """The documents that changed in one window from the moment `mark` on, oldest change
        first."""
        start = moment(cursor or mark) or await self._reports.first(None)
        if start is None:
            return Listing((), None)
        until = later(start, self._window_s)
        end = until if until < self._clock.now() else None
        readings = await self._whole(sorted(await self._reports.changed(start, end)))
        mine = [
            reading
            for reading in readings
            if end is None or reading.version < end or reading.problem is not None
        ]
        mine.sort(key=lambda reading: (reading.version, reading.key))
        further = await self._reports.first(end) if end is not None else None
        return Listing(tuple(mine), made(further) if further is not None else None, newest(mine))

    async def _whole(self, names: Sequence[str]) -> list[Reading[D]]:
        readings = list(self._unsayable(names))
        sayable = [name for name in names if linq.sayable(name)]
        for start in range(0, len(sayable), self._most):
            for document in await self._reports.whole(sayable[start : start + self._most]):
                source = _ENCODER.encode(document)
                readings.append(self._reading(document, source, self._clock.now()))
        return readings

    def _reading(self, told: Told, source: bytes, at: Instant) -> Reading[D]:
        if not told.key:
            raise Refuse("What was kept names no document.", do=_RESEND, code="no-identity")
        try:
            document, losses = self._reports.document(told, at)
        except (*PYTHON, CounterfoilError) as error:
            problem = error if isinstance(error, CounterfoilError) else _unreadable(told.key)
            return Reading(told.key, told.key, at, problem=problem, source=source)
        return reading_of(document, source, losses=losses)

    def _unsayable(self, names: Sequence[str]) -> Iterator[Reading[D]]:
        for name in names:
            if not linq.sayable(name):
                problem = Hold(
                    f"{name[:40]!r} cannot be searched for: it is empty, or has a quote in it.",
                    do="Rename it at the system that it comes from.",
                    code="bad-reference",
                )
                key = name or _NAMELESS
                yield Reading(key=key, number=key, version=self._clock.now(), problem=problem)


def grouped(rows: Iterable[R], column: str) -> dict[str, list[R]]:
    """The rows by what they have in a column, each in its own sequence."""
    groups: dict[str, list[R]] = {}
    for row in rows:
        groups.setdefault(row[column], []).append(row)
    return groups


def _kept(source: bytes) -> Told:
    return strict_json.convert(strict_json.parse(source, what="What was kept"), Told)


def _unreadable(key: str) -> Hold:
    return Hold(f"What is told of {key[:40]!r} lacks a column.", do=_RESEND, code="missing-field")


class CountedSource(ReportedSource[D]):
    """The same of documents that another report counts: events by their creation, or a `state` as
    it is now."""

    def __init__(self, reports: Counted[D], pace: Pace, *, state: bool = False) -> None:
        super().__init__(reports, pace)
        self._counted = reports
        self._state = state

    async def census(self, start: Instant, end: Instant, cursor: str | None) -> CensusPage:
        """Everything that was created in [start, end), the oldest first; of a state all of it."""
        counted = await self._counted.counted(start, end)
        within = [row for row in counted if self._state or start <= row.created < end]
        return CensusPage(tuple(sorted(within, key=lambda row: (row.created, row.key))), None)


def posted(body: bytes, field: str) -> Sequence[str]:
    """The name in one field of a form that was posted; raises `Refuse` (code "no-identity")."""
    try:
        pairs = dict(parse_qsl(body.decode("utf-8"), strict_parsing=True, max_num_fields=100))
    except ValueError:
        pairs = {}
    if not pairs.get(field, "").strip():
        raise Refuse(
            f"The message has no {field} and so names no document.",
            do="Subscribe with the parameters that the connector's notes say.",
            code="no-identity",
        )
    return (pairs[field].strip(),)
