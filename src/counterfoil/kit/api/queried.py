"""A source whose documents are told by two stored queries: their heads, and the rows below them.

A head may show before its rows, and may be repeated for each part of its own (a parcel). Times are
the server's wall clock: an hour of autumn exists there twice.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Annotated, Any, Final, Generic, NamedTuple, TypeVar

import msgspec

from counterfoil.kit.api.readback import Row, runs, text
from counterfoil.kit.api.reading import known, reading_of
from counterfoil.kit.connector import CensusPage, Listed, Listing, Reading
from counterfoil.kit.formats import strict_json
from counterfoil.kit.mark import moment, newest
from counterfoil.model.document import Measure
from counterfoil.values.clock import Clock, Instant, from_wall_clock, wall_span
from counterfoil.values.errors import CounterfoilError, Refuse

D = TypeVar("D")

Ask = Callable[[Mapping[str, str]], Awaitable[Sequence[Row]]]
"""Runs a query: of heads with @ids, @by, @since, @until, @after and @most, of rows with @ids."""

_PARAMETERS: Final = ("@ids", "@by", "@since", "@until", "@after")
_KEPT: Final = "What was kept"


class Told(msgspec.Struct, frozen=True):
    """All rows of one document, as they are kept."""

    heads: Annotated[list[dict[str, Any]], msgspec.Meta(min_length=1)]
    lines: list[dict[str, Any]]


class Names(NamedTuple):
    """The columns of a document's key and number, of a row's own key, and of when the document was
    changed and born (local times); `by` is the word by which heads are asked for by their birth."""

    key: str
    number: str
    line: str
    changed: str
    born: str
    by: str


class Site(NamedTuple):
    """How a site is asked: its clock's time zone, how many heads a page has, and how many
    characters the keys of one call may have, with what stands between them."""

    clock: Clock
    zone: str
    page: int
    text_most: int
    between: str


class _Place(msgspec.Struct, frozen=True):
    """Where a listing goes on: from this local time on, at it beyond this key."""

    since: str
    after: str = ""

    @classmethod
    def read(cls, cursor: str | None) -> _Place | None:
        """The place that a cursor names."""
        return None if cursor is None else cls(*cursor.split("/"))


class QueriedSource(Generic[D]):
    """`kit.connector.Source` of the documents that `make` makes of what was read at a moment.

    `stake` is what is at stake by a head alone, of what cannot be read. Nothing is pushed.
    """

    def __init__(
        self,
        heads: Ask,
        lines: Ask,
        names: Names,
        site: Site,
        make: Callable[[Told, Instant], D],
        stake: Callable[[Row], Measure] = lambda head: Measure(),
    ) -> None:
        self._ask_heads, self._ask_lines = heads, lines
        self._names = names
        self._site = site
        self._make = make
        self._stake = stake

    def parse(self, body: bytes, at: Instant) -> Reading[D]:
        """Raise `Refuse`: no message says all that these queries do."""
        raise Refuse("No message of these documents is taken: they are listed.", code="no-identity")

    def reread(self, source: bytes, at: Instant) -> Reading[D]:
        """Read the rows of one document, as they were kept."""
        value = strict_json.parse(source, what=_KEPT)
        return self._reading(strict_json.convert(value, Told, what=_KEPT), at)

    read_any = reread

    async def read(self, keys: Sequence[str]) -> Sequence[Reading[D]]:
        """The documents with these keys."""
        readings: list[Reading[D]] = []
        for run in runs(keys, self._site.text_most, self._site.between):
            asked = {"@ids": self._site.between.join(run), "@most": str(len(run))}
            readings += await self._readings(await self._heads(asked))
        return readings

    async def since(self, mark: str | None, cursor: str | None) -> Listing[D]:
        """One page of what changed at or after the moment `mark`, the oldest change first."""
        start, site = moment(mark), self._site
        place = _Place.read(cursor) or (
            _Place("")
            if start is None
            else _Place(wall_span(start, site.clock.now(), site.zone)[0])
        )
        rows, further = await self._page("amended", self._names.changed, place)
        readings = [
            reading
            for reading in await self._readings(rows)
            if start is None or reading.version >= start
        ]
        readings.sort(key=lambda reading: reading.version)
        return Listing(tuple(readings), further, newest(readings))

    async def census(self, start: Instant, end: Instant, cursor: str | None) -> CensusPage:
        """One page of what was born in [start, end)."""
        since, until = wall_span(start, end, self._site.zone)
        place = _Place.read(cursor) or _Place(since)
        rows, further = await self._page(self._names.by, self._names.born, place, until)
        listed = [
            Listed(
                *(reading.key, reading.number, reading.version, reading.created),
                *(reading.minor, reading.currency, reading.pieces),
            )
            for reading in await self._readings(rows)
            if reading.created is not None and start <= reading.created < end
        ]
        return CensusPage(tuple(listed), further)

    # --- inside ---

    async def _page(
        self, by: str, stamp: str, place: _Place, until: str = ""
    ) -> tuple[Sequence[Row], str | None]:
        """The rows of one page from a place on, and the cursor of the next one."""
        key, most = self._names.key, self._site.page
        span = {"@by": by, "@since": place.since, "@after": place.after, "@until": until}
        rows = await self._heads({**span, "@most": str(most)})
        if len({str(row[key]) for row in rows}) < most:
            return rows, None
        return rows, f"{text(rows[-1][stamp])}/{rows[-1][key]}"

    async def _heads(self, asked: Mapping[str, str]) -> Sequence[Row]:
        return await self._ask_heads({**dict.fromkeys(_PARAMETERS, ""), **asked})

    async def _readings(self, heads: Sequence[Row]) -> list[Reading[D]]:
        """The readings of the documents of these heads, with what is below them."""
        names, site = self._names, self._site
        documents: dict[str, Told] = {}
        for row in heads:
            documents.setdefault(str(row[names.key]), Told([], [])).heads.append({**row})
        for run in runs(documents, site.text_most, site.between):
            rows = await self._ask_lines({"@ids": site.between.join(run)})
            for row in {str(row[names.line]): row for row in rows}.values():  # a join may repeat
                documents[str(row[names.key])].lines.append({**row})
        return [self._reading(told, site.clock.now()) for told in documents.values()]

    def _reading(self, document: Told, at: Instant) -> Reading[D]:
        """The reading of a document; of what cannot be read as much as is certain."""
        source = strict_json.encode(msgspec.structs.asdict(document))
        try:
            return reading_of(self._make(document, at), source)
        except CounterfoilError as problem:
            return self._stump(document.heads[0], at, problem, source)

    def _stump(
        self, head: Row, at: Instant, problem: CounterfoilError, source: bytes
    ) -> Reading[D]:
        names = self._names
        stake = known(lambda row, currency: self._stake(row), head, Measure())
        return Reading(
            key=str(head.get(names.key)),
            number=str(head.get(names.number)),
            version=self._moment(head.get(names.changed), at) or at,
            minor=stake.minor,
            currency=stake.currency,
            problem=problem,
            created=self._moment(head.get(names.born), Instant.MIN),
            source=source,
            pieces=stake.pieces,
        )

    def _moment(self, local: object, by: Instant) -> Instant | None:
        try:
            return from_wall_clock(text(local), self._site.zone, by)
        except CounterfoilError:
            return None
