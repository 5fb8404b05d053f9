"""Despatches out of OrderWise: by their ids, by change, and by when they left.

Heads and lines are two export definitions, so that a despatch may show before what it holds. Its
times are the server's wall clock: an hour of autumn exists there twice.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Final

import msgspec

from counterfoil.connectors.orderwise.client import Client
from counterfoil.connectors.orderwise.fields import BETWEEN, columns_of
from counterfoil.connectors.orderwise.profile import TITLE, Profile
from counterfoil.kit.api.readback import Row, runs
from counterfoil.kit.api.reading import reading_of
from counterfoil.kit.connector import CensusPage, Listed, Listing, Reading
from counterfoil.kit.formats import strict_json
from counterfoil.kit.mark import moment, newest
from counterfoil.mapping.convert import identity, trimmed, whole
from counterfoil.mapping.mapper import Mapper
from counterfoil.mapping.shape import at, table
from counterfoil.mapping.valuemap import ValueMap
from counterfoil.model.fulfilment import STEPS, Fulfilment, FulfilmentStatus, Parcel, Sent
from counterfoil.values.clock import Instant, from_wall_clock, wall_span
from counterfoil.values.errors import CounterfoilError, Hold, Misconfigured, Refuse

CF_DESPATCH: Final = columns_of("definitions/CF_DESPATCH.sql")
CF_DESPATCH_LINES: Final = columns_of("definitions/CF_DESPATCH_LINES.sql")


class _Head(msgspec.Struct, frozen=True):
    """One row of CF_DESPATCH: a despatch with one consignment. Times are local."""

    order: Annotated[str, at("owOrderId", identity)]
    order_number: Annotated[str, at("owOrderNo", identity)]
    status: Annotated[str, at("statusText", trimmed)]
    left: Annotated[str, at("despatchedAt", trimmed)]
    amended: Annotated[str, at("amendedAt", trimmed)]
    carrier: Annotated[str, at("courier", trimmed)]
    tracking: Annotated[str, at("consignment", trimmed)]
    url: Annotated[str, at("trackingUrl", trimmed)]


class _Line(msgspec.Struct, frozen=True):
    """One row of CF_DESPATCH_LINES."""

    sku: Annotated[str, at("sku", trimmed)]
    quantity: Annotated[int, at("qtySent", whole)]


class _Place(msgspec.Struct, frozen=True):
    """Where a listing goes on: from this local time on, at it beyond this id."""

    since: str
    after: str = ""

    @classmethod
    def read(cls, cursor: str | None) -> _Place | None:
        """The place that a cursor names."""
        return None if cursor is None else cls(*cursor.split("/"))


class _Told(msgspec.Struct, frozen=True):
    """All rows of one despatch, as they are kept."""

    heads: Annotated[list[dict[str, Any]], msgspec.Meta(min_length=1)]
    lines: list[dict[str, Any]]


_HEADS: Final = Mapper(table("orderwise.despatch", _Head))
_LINES: Final = Mapper(table("orderwise.despatch_line", _Line))


class DespatchSource:
    """Despatches of one connection, as `kit.connector.Source`."""

    def __init__(
        self, profile: Profile, client: Client, statuses: ValueMap | None, *, where: str
    ) -> None:
        self._profile = profile
        self._client = client
        self._statuses = statuses
        self._where = where

    def parse(self, body: bytes, at: Instant) -> Reading[Fulfilment]:
        """Raise `Refuse`: OrderWise pushes no despatch that says what it holds."""
        raise Refuse(f"{TITLE} sends no messages here.", where=self._where, code="no-identity")

    def reread(self, source: bytes, at: Instant) -> Reading[Fulfilment]:
        """Read the rows of one despatch, as they were kept."""
        value = strict_json.parse(source, what="What was kept")
        return self._reading(strict_json.convert(value, _Told, what="What was kept"), at)

    read_any = reread

    async def read(self, keys: Sequence[str]) -> Sequence[Reading[Fulfilment]]:
        """The despatches with these ids."""
        readings: list[Reading[Fulfilment]] = []
        for run in runs(keys, self._profile.reference_text_most, BETWEEN):
            rows = await self._heads({"@ids": BETWEEN.join(run), "@most": str(len(run))})
            readings += await self._readings(rows)
        return readings

    async def since(self, mark: str | None, cursor: str | None) -> Listing[Fulfilment]:
        """One page of the despatches amended at or after the moment `mark`, oldest change first."""
        start = moment(mark)
        place = _Place.read(cursor) or (
            _Place("") if start is None else _Place(wall_span(start, self._now, self._zone)[0])
        )
        rows, further = await self._page("amended", "amendedAt", place)
        readings = [
            reading
            for reading in await self._readings(rows)
            if start is None or reading.version >= start
        ]
        readings.sort(key=lambda reading: reading.version)
        return Listing(tuple(readings), further, newest(readings))

    async def census(self, start: Instant, end: Instant, cursor: str | None) -> CensusPage:
        """One page of the despatches that left in [start, end)."""
        since, until = wall_span(start, end, self._zone)
        place = _Place.read(cursor) or _Place(since)
        rows, further = await self._page("left", "despatchedAt", place, until)
        listed = [
            Listed(
                reading.key, reading.number, reading.version, reading.created,
                pieces=reading.pieces,
            )
            for reading in await self._readings(rows)
            if reading.created is not None and start <= reading.created < end
        ]  # fmt: skip
        return CensusPage(tuple(listed), further)

    @property
    def _now(self) -> Instant:
        return self._client.clock.now()

    @property
    def _zone(self) -> str:
        return self._profile.clock

    async def _page(
        self, by: str, stamp: str, place: _Place, until: str = ""
    ) -> tuple[list[Row], str | None]:
        """The rows of one page from a place on, and the cursor of the next one."""
        most = self._profile.despatches_per_page
        parameters = {"@by": by, "@since": place.since, "@after": place.after, "@until": until}
        rows = await self._heads({**parameters, "@most": str(most)})
        if len({str(row["despatchId"]) for row in rows}) < most:
            return rows, None
        return rows, f"{trimmed(rows[-1][stamp], '')}/{rows[-1]['despatchId']}"

    async def _heads(self, asked: Mapping[str, str]) -> list[Row]:
        profile = self._profile
        if not (profile.despatch_definition and profile.despatch_lines_definition):
            raise Misconfigured(
                "Nothing says where despatches are read.",
                do="Set despatch_definition and despatch_lines_definition of this connection.",
                where=self._where,
            )
        none = dict.fromkeys(("@ids", "@by", "@since", "@until", "@after"), "")
        rows = await self._client.run(profile.despatch_definition, {**none, **asked})
        CF_DESPATCH.check(rows, self._where)
        return rows

    async def _readings(self, heads: Sequence[Row]) -> list[Reading[Fulfilment]]:
        """The readings of what these rows are of, with what it holds."""
        rows_by_key: dict[str, _Told] = {}
        for row in heads:
            rows_by_key.setdefault(str(row["despatchId"]), _Told([], [])).heads.append({**row})
        for run in runs(rows_by_key, self._profile.reference_text_most, BETWEEN):
            definition = self._profile.despatch_lines_definition
            lines = await self._client.run(definition, {"@ids": BETWEEN.join(run)})
            CF_DESPATCH_LINES.check(lines, self._where)
            for row in {str(row["lineId"]): row for row in lines}.values():  # a join may repeat one
                rows_by_key[str(row["despatchId"])].lines.append({**row})
        return [self._reading(rows, self._now) for rows in rows_by_key.values()]

    def _reading(self, told: _Told, at: Instant) -> Reading[Fulfilment]:
        """The reading of a despatch; of what cannot be read as much as is certain."""
        source = strict_json.encode(msgspec.to_builtins(told))
        key, number = (str(told.heads[0].get(name)) for name in ("despatchId", "despatchNo"))
        try:
            return reading_of(self._despatch(key, number, told, at), source)
        except CounterfoilError as problem:
            return Reading(key, number, at, problem=problem, source=source)

    def _despatch(self, key: str, number: str, told: _Told, at: Instant) -> Fulfilment:
        heads = [_HEADS.run(row, "") for row in told.heads]
        lines = [_LINES.run(row, "") for row in told.lines]
        first, zone = heads[0], self._zone
        # When it left must be the same whenever it is read; what was changed later is later.
        departure = from_wall_clock(first.left, zone, Instant.MIN).format_iso()
        status = self._status(first.status)
        return Fulfilment(
            key=key,
            number=number,
            order=first.order,
            order_number=first.order_number,
            status=status,
            created=departure,
            updated=from_wall_clock(first.amended, zone, at).format_iso(),
            moved=departure,
            holds=tuple(Sent(line.sku, line.quantity) for line in lines if line.quantity),
            parcels=tuple(
                Parcel(head.carrier, tracking=head.tracking, url=head.url if head.tracking else "")
                for head in {head.tracking: head for head in heads}.values()
            ),
        )

    def _status(self, text: str) -> FulfilmentStatus:
        """The status that the site's word stands for; without a map all that is listed has left."""
        if self._statuses is None:
            return "shipped"
        word = self._statuses.look_up(text)
        for status in STEPS:
            if status == word:
                return status
        raise Hold(
            f"{word!r} in value map {self._statuses.name!r} is no status of a despatch.",
            do=f"Use {', '.join(STEPS)}.",
            where=self._where,
            code="unmapped-value",
        )
