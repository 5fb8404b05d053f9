"""Tables of texts: read from a CSV that was posted, and answered as one, page by page.

A report is a view of a twin's own tables; which column shows what stands in a file of data.
"""

from __future__ import annotations

import csv
import io
import sqlite3
import tomllib
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from importlib.resources import files
from typing import NamedTuple
from zoneinfo import ZoneInfo

import msgspec

from counterfoil.twins.kit import linq
from counterfoil.twins.kit.memory import Memory, number
from counterfoil.twins.kit.posted import Refusal

Cells = dict[str, str]


class Report(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A report: the view or table that it is of, and for each of its columns an expression in SQL.
    Behind a colon stands what it is: a "time", a "date" as it was posted, an "amount" in
    thousandths, or a text. Rows are in the sequence of `order`, where nobody asks for another."""

    view: str
    columns: Mapping[str, str]
    order: str = "1"


class Asked(NamedTuple):
    """What a report is asked: a condition, a column by which it is sorted, the columns that are
    wanted (none: all), and a page of so many rows (0: all of them)."""

    condition: str
    by: str
    columns: Sequence[str]
    page: int
    size: int

    @classmethod
    def of(cls, texts: Mapping[str, str]) -> Asked:
        """What a call asks by these names: brackets around a column are free, and so is each."""
        names = [name.strip("[] ") for name in texts.get("columns", "").split(",")]
        page, size = (int(texts.get(name) or 0) for name in ("pageno", "itemsperpage"))
        return cls(
            texts.get("searchclause", ""),
            texts.get("orderby", "").strip("[] "),
            [name for name in names if name],
            page or 1,
            size,
        )


class Spelling(NamedTuple):
    """How a site writes: its time zone, the form of its times, whether every cell is quoted, and
    whether dates that were posted come back in that form too."""

    zone: str = "Europe/London"
    time: str = "'%d/%m/%Y %H:%M:%S'"
    quoted: bool = True
    dates: bool = False

    def moment(self, local: datetime) -> float:
        """Seconds since 1970 at a local time."""
        return local.replace(tzinfo=ZoneInfo(self.zone)).timestamp()

    def shown(self, kind: str, value: object) -> str:
        """A cell."""
        if kind == "time":
            seconds = number(value)
            moment = datetime.fromtimestamp(seconds, UTC).astimezone(ZoneInfo(self.zone))
            return moment.strftime(self.time) if seconds else ""
        if kind == "date" and value and self.dates:
            return datetime.fromisoformat(str(value)).strftime(self.time)
        if kind == "amount":
            amount = int(number(value))
            part = f"{abs(amount) % 1000:03d}".rstrip("0")
            sign = "-" if amount < 0 else ""
            return f"{sign}{abs(amount) // 1000}" + (f".{part}" if part else "")
        return "" if value is None else str(value)


def stored(view: str, columns: Iterable[str], dates: Iterable[str], **others: str) -> Report:
    """The report of a table whose column `cells` has texts as JSON by their names, some of them
    `dates` as they were posted; `others` have expressions of their own."""
    texts = {name: f"coalesce(json_extract(cells, '$.{name}'), '')" for name in columns}
    texts |= {name: f"{texts[name]}:date" for name in dates}
    return Report(view, {**texts, **others}, "id")


def load(package: str, file: str) -> dict[str, Report]:
    """The reports that a package's file has, by their names."""
    return msgspec.convert(
        tomllib.loads((files(package) / file).read_text("utf-8")), dict[str, Report]
    )


def rows(text: str) -> list[Cells]:
    """The rows of a CSV by their columns; white space before its header is nothing."""
    reader = csv.DictReader(io.StringIO(text.lstrip()))
    return [{name: cell or "" for name, cell in row.items() if name} for row in reader]


def text(columns: Sequence[str], cells: Iterable[Sequence[str]], *, quoted: bool = False) -> str:
    """A CSV with its header."""
    body = io.StringIO(newline="")
    writer = csv.writer(body, quoting=csv.QUOTE_ALL if quoted else csv.QUOTE_MINIMAL)
    writer.writerow(columns)
    writer.writerows(cells)
    return body.getvalue()


class Tables:
    """The reports of one site; `named` is what the site calls a column."""

    def __init__(
        self, memory: Memory, reports: Mapping[str, Report], spelling: Spelling,
        named: Callable[[str], str],
    ) -> None:  # fmt: skip
        self._memory = memory
        self._reports = reports
        self._spelling = spelling
        self._named = named

    def __contains__(self, name: str) -> bool:
        return name in self._reports

    def columns(self, report: str) -> list[str]:
        """The columns of a report, as the site calls them."""
        return [self._named(name) for name in self._reports[report].columns]

    def page(self, report: str, asked: Asked) -> tuple[str, int]:
        """A page as CSV, and how many rows there are in all; a column that the report does not have
        is left out without a word. Raises `Refusal`."""
        places = {
            self._named(name): expression.partition(":")
            for name, expression in self._reports[report].columns.items()
        }
        names = [name for name in asked.columns if name in places] if asked.columns else [*places]
        sql = {name: place[0] for name, place in places.items()}
        clause, values = linq.where(asked.condition, sql, self._spelling.moment)
        source = f"from {self._reports[report].view} where {clause or '1'}"
        order = sql.get(asked.by, self._reports[report].order)
        limit = f"limit {asked.size} offset {(asked.page - 1) * asked.size}" if asked.size else ""
        columns = ", ".join(sql[name] for name in names)
        try:
            total = self._memory.number(f"select count(*) {source}", *values)
            body = self._memory.rows(
                f"select {columns} {source} order by {order}, 1 {limit}", *values
            )
        except sqlite3.OperationalError:
            raise Refusal("Syntax error in the search clause") from None
        kinds = [places[name][2] for name in names]
        cells = (
            [self._spelling.shown(kind, value) for kind, value in zip(kinds, row, strict=True)]
            for row in body
        )
        return text(names, cells, quoted=self._spelling.quoted), int(total)
