"""Reports that a service makes when it is asked: their columns as data, read by our own names.

A report is asked for all its columns by name, sorted by one of them, with a condition in LINQ.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from importlib.resources import files
from typing import Final

import msgspec

from counterfoil.kit.api.reading import known
from counterfoil.kit.formats import linq
from counterfoil.mapping.zoned import Zoned
from counterfoil.values.clock import Instant, instant

Row = dict[str, str]
_EARLIEST: Final = Instant.from_utc(2000, 1, 1)


class Report(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A report by its `name` there; `columns` has its columns' names by ours."""

    columns: Mapping[str, str]
    name: str = ""


class Asked(msgspec.Struct, frozen=True):
    """What one report is asked: the rows for which a condition is true (empty: all), sorted by a
    column; `most` of them (0: all). Names are the site's own, in brackets."""

    report: str
    condition: str
    by: str
    columns: str
    most: int = 0


def load(package: str, **names: str) -> dict[str, Report]:
    """The reports in the `reports.toml` of a package's folder; `names` are those that a site gives
    to its own."""
    body = (files(package) / "reports.toml").read_bytes()
    reports = msgspec.toml.decode(body, type=dict[str, Report])
    return reports | {
        key: msgspec.structs.replace(reports[key], name=name) for key, name in names.items()
    }


class Reporting:
    """The reports of one connection. `read` gives the rows of one, which must have all columns that
    are named beside it; `there` what the site calls a column, and `clock` the site's own."""

    def __init__(
        self,
        reports: Mapping[str, Report],
        read: Callable[[Asked, Collection[str]], Awaitable[Sequence[Mapping[str, str]]]],
        there: Callable[[str], str],
        clock: Zoned,
    ) -> None:
        self.clock = clock
        self._reports = reports
        self._read = read
        self._there = there

    async def within(
        self, report: str, times: Sequence[str], start: Instant | None, end: Instant | None
    ) -> list[Row]:
        """The rows of which one of these times lies from `start` on, before `end`."""
        conditions = [self._between(report, time, start, end) for time in times]
        return await self._rows(report, linq.any_of(conditions), times[0])

    async def under(self, report: str, column: str, values: Collection[str]) -> list[Row]:
        """The rows that have one of these values in a column."""
        condition = linq.equals(self._column(report, column), values)
        return await self._rows(report, f"({condition})", column) if values else []

    async def every(self, report: str, by: str) -> list[Row]:
        """All rows, sorted by a column."""
        return await self._rows(report, "", by)

    async def first(self, report: str, time: str, start: Instant | None) -> Instant | None:
        """The earliest of these times that is not before `start`; where it cannot be read `start`
        itself, so that a listing goes on from there and tells of it."""
        condition = self._between(report, time, start, None)
        rows = await self._rows(report, condition, time, most=1)
        if not rows or not rows[0][time]:
            return None
        return instant(known(self.clock.convert, rows[0][time], (start or _EARLIEST).format_iso()))

    async def _rows(self, report: str, condition: str, by: str, most: int = 0) -> list[Row]:
        names = self._reports[report].columns
        columns = ",".join(self._column(report, name) for name in names)
        place = (condition, self._column(report, by), columns, most)
        rows = await self._read(Asked(self._reports[report].name, *place), names.values())
        return [{name: row[theirs] for name, theirs in names.items()} for row in rows]

    def _between(self, report: str, time: str, start: Instant | None, end: Instant | None) -> str:
        first = self.clock.since(start) if start is not None else None
        last = self.clock.until(end) if end is not None else None
        return linq.between(self._column(report, time), first, last)

    def _column(self, report: str, name: str) -> str:
        return f"[{self._there(self._reports[report].columns[name])}]"
