"""Stock in OrderWise: what is free of each variant at each location, by an export definition."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, cast

from counterfoil.connectors.orderwise.client import Client
from counterfoil.connectors.orderwise.fields import BETWEEN
from counterfoil.connectors.orderwise.profile import Profile
from counterfoil.kit.api.queried import BEGINNING, place_after
from counterfoil.kit.api.readback import Row, columns, runs, text
from counterfoil.kit.api.reading import reading_of
from counterfoil.kit.connector import CensusPage, Listed, Listing, Reading
from counterfoil.kit.formats import strict_json
from counterfoil.kit.mark import made, moment
from counterfoil.mapping.unit import EACH
from counterfoil.model.stock import Stock
from counterfoil.values.clock import Clock, Instant, local_since
from counterfoil.values.errors import CounterfoilError, Misconfigured, Refuse
from counterfoil.values.quantity import exact

CF_STOCK: Final = columns(__package__ or "", "definitions/CF_STOCK.sql", "export definition")
_SAID: Final = ("sku", "locationId", "freeStock", "overallStock", "unit")
"""What a level says; when it was calculated tells when to look, and nothing of what there is."""


class StockSource:
    """Levels of one connection, as `kit.connector.Source`.

    A level is as old as the answer that told it.
    """

    def __init__(self, profile: Profile, client: Client, clock: Clock, *, where: str) -> None:
        self._profile = profile
        self._client = client
        self._clock = clock
        self._where = where

    def parse(self, body: bytes, at: Instant) -> Reading[Stock]:
        """OrderWise pushes none: raises `Refuse`."""
        raise Refuse("OrderWise sends no messages about stock.", code="no-identity")

    def reread(self, source: bytes, at: Instant) -> Reading[Stock]:
        """Read a row that was kept."""
        return self._reading(strict_json.convert(strict_json.parse(source), Row), at)

    def read_any(self, body: bytes, at: Instant) -> Reading[Stock]:
        """Read a row, or the first one of an answer."""
        value = strict_json.parse(body, what="The file")
        rows = cast("list[object]", value) if isinstance(value, list) else [value]
        first: object = rows[0] if rows else {}
        return self._reading(strict_json.convert(first, Row, what="The file"), at)

    async def read(self, keys: Sequence[str]) -> Sequence[Reading[Stock]]:
        """The levels with these keys, each a variant code and the id of a location."""
        codes, readings = sorted({key.rpartition("@")[0] for key in keys}), list[Reading[Stock]]()
        for run in runs(codes, self._profile.reference_text_most, BETWEEN):
            moment_, rows = await self._run(skus=BETWEEN.join(run))
            readings += [self._reading(row, moment_) for row in rows]
        return [reading for reading in readings if reading.key in {*keys}]

    async def since(self, mark: str | None, cursor: str | None) -> Listing[Stock]:
        """One page of what was calculated anew since the moment `mark`, the oldest first."""
        start = moment(mark)
        since = BEGINNING if start is None else local_since(start, self._profile.clock)
        moment_, rows = await self._page(cursor or f"{since}/-1")
        further = place_after(rows, "calculatedAt", self._profile.levels_per_page)
        readings = tuple(self._reading(row, moment_) for row in rows)
        return Listing(readings, further, made(moment_))

    async def census(self, start: Instant, end: Instant, cursor: str | None) -> CensusPage:
        """One page of every level that there is, by its place, whenever it was calculated."""
        moment_, rows = await self._page(cursor or "/-1")
        further = f"/{rows[-1]['place']}" if len(rows) == self._profile.levels_per_page else None
        listed = (_listed(self._reading(row, moment_)) for row in rows)
        return CensusPage(tuple(listed), further)

    async def _page(self, cursor: str) -> tuple[Instant, list[Row]]:
        since, _, after = cursor.partition("/")
        return await self._run(since=since, after=after, most=str(self._profile.levels_per_page))

    async def _run(
        self, *, skus: str = "", since: str = "", after: str = "0", most: str = "0"
    ) -> tuple[Instant, list[Row]]:
        """The rows of the definition, and the moment before which they cannot have been read."""
        number, moment_ = self._profile.stock_definition, self._clock.now()
        if not number:
            raise Misconfigured(
                "Nobody has said which export definition lists the stock.",
                do="Paste definitions/CF_STOCK.sql into one, and set stock_definition.",
                where=self._where,
            )
        given = {"@skus": skus, "@since": since, "@after": after, "@most": most}
        rows = await self._client.run(number, given)
        CF_STOCK.check(rows, self._where)
        return moment_, rows

    def _reading(self, row: Row, at: Instant) -> Reading[Stock]:
        source = strict_json.encode({name: row.get(name) for name in _SAID})
        try:
            return reading_of(_level(row, at), source)
        except CounterfoilError as problem:
            key = f"{text(row.get('sku'))}@{text(row.get('locationId'))}"
            return Reading(key=key, number=key, version=at, problem=problem, source=source)


def _level(row: Row, at: Instant) -> Stock:
    """The level of a row. Raises `Hold` for a quantity that is none."""
    free, overall = exact(row["freeStock"]), row["overallStock"]
    promised = None if overall is None else exact(overall) - free
    return Stock(
        sku=text(row["sku"]),
        place=text(row["locationId"]),
        as_of=made(at),
        on_hand=free,
        meaning="sellable",
        allocated=promised if promised is not None and promised >= 0 else None,
        unit=text(row["unit"]).lower() or EACH,
    )


def _listed(reading: Reading[Stock]) -> Listed:
    return Listed(
        reading.key, reading.number, reading.version, reading.version, pieces=reading.pieces
    )
