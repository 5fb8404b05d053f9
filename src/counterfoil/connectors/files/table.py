"""The rows of one file, sorted by a key on disk, so that a document comes whole and memory is flat.

Rows of one document may lie anywhere in a file of gigabytes. DuckDB sorts them once into a file of
its own beside the house's other passing files; a page then reads its own keys only.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import duckdb

from counterfoil.connectors.files.folder import File
from counterfoil.kit.formats import tabular, workbook
from counterfoil.kit.formats.tabular import Sheet, text
from counterfoil.values.errors import Refuse

_MEMORY: Final = "256MB"  # beyond it DuckDB sorts on disk
_AT_HAND: Final = 4  # files that stay sorted
KEY: Final = "key"
"""Our word for the column that says which document a row is of."""
FileRow = dict[str, str]
"""A row: its cells that are not empty, by our words for their columns."""


class Table:
    """The rows of one file that have a key; `columns` are its names by our words for them."""

    def __init__(self, sheet: Sheet, columns: Mapping[str, str], scratch: Path) -> None:
        missing = next((name for name in columns.values() if name not in sheet.columns), None)
        if missing is not None:
            raise Refuse(
                f"The file has no column {missing!r}.",
                do=f"It has {', '.join(sheet.columns)[:300]}: name the right one in the value map"
                " that columns of this connection names.",
                where=sheet.path.name,
                code="no-column",
            )
        self._sheet = sheet
        self._columns = columns
        self._database = _database(scratch)
        self._sorted = scratch / "sorted.parquet"
        self._key = sheet.cell(columns[KEY])

    def keys(self, after: str, most: int) -> list[tuple[str, int]]:
        """The next keys beyond `after`, in sequence, and how many rows each has."""
        sql = f"select key, count(*) from {self._by_key()} where key > ? group by key order by key"  # noqa: S608
        rows = self._run(f"{sql} limit {most}", after)
        return [(str(key), int(str(count))) for key, count in rows]

    def rows(self, key: str) -> list[FileRow]:
        """The rows of one key, in the file's own sequence."""
        names = ", ".join(f'"{word}"' for word in self._columns)
        cells = self._run(
            f"select {names} from {self._by_key()} where key = ? order by row",  # noqa: S608
            key,
        )
        words = [*self._columns]
        return [
            {word: str(cell) for word, cell in zip(words, row, strict=True) if cell is not None}
            for row in cells
        ]

    def counted(self, amounts: Sequence[str], first: Sequence[str]) -> list[tuple[object, ...]]:
        """By key the sum of each of these SQL amounts, and the first cell of each of these words:
        of the file itself, and not of what was sorted."""
        parts = [f"sum({amount})" for amount in amounts]
        parts += [f"min({self.cell(word)})" for word in first]
        sql = f"select {self._key}, {', '.join(parts)} from {self._sheet.relation}"  # noqa: S608
        return self._run(f"{sql} where {self._key} is not null group by 1")

    def cell(self, word: str) -> str:
        """SQL for the cell of a column that may not be there."""
        return self._sheet.cell(self._columns[word]) if word in self._columns else "null"

    def _by_key(self) -> str:
        """SQL for the sorted rows, which are sorted when they are first asked for."""
        relation = f"read_parquet({text(str(self._sorted))})"
        if not self._sorted.exists():
            cells = ", ".join(f'{self.cell(word)} as "{word}"' for word in self._columns)
            row, source = self._sheet.row, self._sheet.relation
            rows = f"select {self._key} as key, {row} as row, {cells} from {source}"  # noqa: S608
            written = self._sorted.with_suffix(".new")
            self._run(
                f"copy (select * from ({rows}) where key is not null order by key, row)"  # noqa: S608
                f" to {text(str(written))} (format parquet, row_group_size 20480)"
            )
            written.replace(self._sorted)
        return relation

    def _run(self, sql: str, *values: str) -> list[tuple[object, ...]]:
        try:
            return self._database.execute(sql, [*values]).fetchall()
        except duckdb.Error as error:
            raise tabular.unreadable(self._sheet.path, error) from None


class Tables:
    """The tables of the files that were asked for last; `latin`: CSV is read as Latin-1."""

    def __init__(self, columns: Mapping[str, str], *, latin: bool) -> None:
        self._columns = columns
        self._latin = latin
        self._folder = tempfile.TemporaryDirectory(prefix="counterfoil-files-")
        self._tables: dict[str, Table | Refuse] = {}

    def table(self, file: File) -> Table:
        """The rows of a file. Raises `Refuse` with one sentence where it cannot be read."""
        table = self._tables.pop(file.digest, None) or self._opened(file)
        self._tables[file.digest] = table
        while len(self._tables) > _AT_HAND:
            oldest = next(iter(self._tables))
            del self._tables[oldest]
            shutil.rmtree(self._scratch(oldest), ignore_errors=True)
        if isinstance(table, Refuse):
            raise table
        return table

    def _opened(self, file: File) -> Table | Refuse:
        scratch = self._scratch(file.digest)
        scratch.mkdir(exist_ok=True)
        try:
            if file.path.suffix.lower() in (".xlsx", ".xlsm"):
                workbook.check_plain(file.path)
            with _database(scratch) as database:
                sheet = tabular.opened(
                    database, file.path, scratch, "a row an entry", latin=self._latin
                )
            return Table(sheet, self._columns, scratch)
        except Refuse as problem:
            return problem

    def _scratch(self, digest: str) -> Path:
        return Path(self._folder.name) / digest


def _database(scratch: Path) -> duckdb.DuckDBPyConnection:
    """A database in memory that keeps what is large on disk."""
    database = duckdb.connect()
    database.execute(f"set memory_limit = '{_MEMORY}'")
    database.execute(f"set temp_directory = {text(str(scratch / 'sorting'))}")
    database.execute("set threads = 2")
    database.execute("set enable_progress_bar = false")
    return database
