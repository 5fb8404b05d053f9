"""A source whose documents are a row each of a stored query, page by page by when they changed.

A page goes on at the time of its last row, beyond the row's `place` within that time. Times are the
server's wall clock: an hour of autumn exists there twice.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Generic, NamedTuple, TypeVar, cast

from counterfoil.kit.api.queried import Ask, Site
from counterfoil.kit.api.readback import Row, runs, text
from counterfoil.kit.connector import CensusPage, Listed, Listing, Reading
from counterfoil.kit.formats import strict_json
from counterfoil.kit.mark import made, moment, newest
from counterfoil.values.clock import Instant, local_since, wall_span
from counterfoil.values.errors import Refuse

D = TypeVar("D")

_BEGINNING: Final = "1990-01-01T00:00:00"  # a local time before every change
_FIRST: Final = "-1"  # a place before every other


class Changes(NamedTuple):
    """The query of the rows: by the parameter `by` those of some keys, else from @since on @after a
    place, @most of them; its column `time` says when a row changed.

    `as_asked`: a row is as old as the question that it answers, whenever it changed.
    """

    ask: Ask
    by: str
    time: str
    as_asked: bool = False


class Births(NamedTuple):
    """The query of what was made @from a local time @to another one @after a place, @most of it;
    its column `time` says when."""

    ask: Ask
    time: str


class RowSource(Generic[D]):
    """`kit.connector.Source` of the rows of a query. Without `births` everything that stands is
    counted, by its place. Nothing is pushed."""

    def __init__(self, changes: Changes, births: Births | None, site: Site) -> None:
        self._changes, self._births = changes, births
        self._site = site

    # --- a vendor's own ---

    def reading(self, value: object, at: Instant, source: bytes) -> Reading[D]:
        """The reading of what was told `at` a moment and may be kept as `source` (pure)."""
        raise NotImplementedError

    def asked_by(self, keys: Sequence[str]) -> Sequence[str]:
        """What the rows with these keys are asked for by."""
        return keys

    async def whole(self, rows: Sequence[Row]) -> Sequence[Row]:
        """The rows with what other queries have of them."""
        return rows

    def listed(self, row: Row, at: Instant) -> Listed:
        """A row as a count has it."""
        reading = self.reading(row, at, b"")
        born = reading.version if reading.created is None else reading.created
        return Listed(reading.key, reading.number, reading.version, born, pieces=reading.pieces)

    # --- what is read ---

    def parse(self, body: bytes, at: Instant) -> Reading[D]:
        """Raise `Refuse`: no message says all that the query does."""
        raise Refuse("No message of these documents is taken: they are listed.", code="no-identity")

    def reread(self, source: bytes, at: Instant) -> Reading[D]:
        """Read a row that was kept."""
        return self.reading(strict_json.parse(source, what="What was kept"), at, source)

    def read_any(self, body: bytes, at: Instant) -> Reading[D]:
        """Read a row, or the first one of an answer."""
        value = strict_json.parse(body, what="The file")
        if not isinstance(value, list):
            return self.reading(value, at, body)
        first: object = cast("list[object]", value)[0] if value else {}
        return self.reading(first, at, strict_json.encode(first))

    async def read(self, keys: Sequence[str]) -> Sequence[Reading[D]]:
        """The documents with these keys."""
        site, readings = self._site, list[Reading[D]]()
        for run in runs(self.asked_by(keys), site.text_most, site.between):
            now, keyed = site.clock.now(), {self._changes.by: site.between.join(run)}
            listed = {"@since": "", "@after": "0", "@most": str(len(run))}
            rows = await self._changes.ask({**keyed, **listed})
            readings += await self._readings(rows, now)
        return [reading for reading in readings if reading.key in {*keys}]

    async def since(self, mark: str | None, cursor: str | None) -> Listing[D]:
        """One page of what changed at or after the moment `mark`, the oldest change first."""
        reached, changes, now = moment(mark), self._changes, self._site.clock.now()
        start = _BEGINNING if reached is None else local_since(reached, self._site.zone)
        rows = await self._page(cursor or f"{start}/{_FIRST}")
        readings = tuple(await self._readings(rows, now))
        reached_now = made(now) if changes.as_asked else newest(readings)
        return Listing(readings, self._further(rows, changes.time), reached_now)

    async def census(self, start: Instant, end: Instant, cursor: str | None) -> CensusPage:
        """One page of what was made in [start, end); or of everything that stands."""
        births, site = self._births, self._site
        if births is None:
            now, rows = site.clock.now(), await self._page(cursor or f"/{_FIRST}")
            listed = tuple(self.listed(row, now) for row in rows)
            return CensusPage(listed, self._further(rows))
        since, until = wall_span(start, end, site.zone)
        first, _, after = (cursor or f"{since}/{_FIRST}").partition("/")
        span = {"@from": first, "@to": until, "@after": after, "@most": str(site.page)}
        rows = await births.ask(span)
        counted = [self.listed(row, site.clock.now()) for row in rows]
        within = tuple(row for row in counted if start <= row.created < end)
        return CensusPage(within, self._further(rows, births.time))

    # --- inside ---

    async def _page(self, cursor: str) -> Sequence[Row]:
        since, _, after = cursor.partition("/")
        place = {"@since": since, "@after": after, "@most": str(self._site.page)}
        return await self._changes.ask({self._changes.by: "", **place})

    def _further(self, rows: Sequence[Row], time: str = "") -> str | None:
        """The cursor after a page: the time of its last row, if it is paged by one, and its
        place."""
        if len(rows) < self._site.page:
            return None
        since = text(rows[-1][time]).replace(" ", "T") if time else ""
        return f"{since}/{text(rows[-1]['place'])}"

    async def _readings(self, rows: Sequence[Row], asked: Instant) -> Sequence[Reading[D]]:
        rows = await self.whole(rows)
        moment_ = asked if self._changes.as_asked else self._site.clock.now()
        return [self.reading(row, moment_, strict_json.encode({**row})) for row in rows]
