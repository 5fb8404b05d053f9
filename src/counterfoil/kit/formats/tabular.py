"""A file of rows as a person hands it over: CSV, Parquet or Excel, with column names of its own.

Finds out what the file is and shows DuckDB one relation in which every cell can be read as text.
Nothing is taken for a number, a date or a formula; all that can be wrong before the first cell is
read is said here.
"""

from __future__ import annotations

import codecs
import csv
import glob
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date, datetime, time
from pathlib import Path

import duckdb
import msgspec
import python_calamine as excel

from counterfoil.values.errors import Misconfigured, Refuse

_LONGEST_HEADER = 65_536  # bytes
_LONGEST_LINE = 2_000_000  # bytes; DuckDB reads lines whole
_OTHER_FORMATS = {
    b"\x1f\x8b": "a gzip file",
    b"(\xb5/\xfd": "a Zstandard file",
    b"\xd0\xcf\x11\xe0": "an old Excel file",
}
_EXACT = re.compile(r"DECIMAL|U?(TINY|SMALL|BIG|HUGE)?INT(EGER)?$")
_CSV_FAULTS = (
    ("unterminated quote", "opens a quotation mark that is never closed"),
    ("not utf-8", "is not UTF-8 text"),
    ("Maximum line size", f"is longer than {_LONGEST_LINE:,} bytes"),
)


class Sheet(msgspec.Struct, frozen=True):
    """The rows of one file, as SQL.

    `relation` is what is selected from, `row` the number of a row from 1 on (its header not
    counted), `columns` the file's own names, `exact` those that the file itself keeps as exact
    numbers. `notes` are what a reader should know of the reading.
    """

    path: Path
    relation: str
    row: str
    columns: tuple[str, ...]
    notes: tuple[str, ...] = ()
    exact: frozenset[str] = frozenset()

    def cell(self, column: str) -> str:
        """SQL for one cell as text without spaces around it, NULL where it is empty."""
        return trimmed(quoted(column))


def opened(
    connection: duckdb.DuckDBPyConnection,
    path: Path,
    folder: Path,
    wanted: str = "a row a record",
    *,
    latin: bool = False,
) -> Sheet:
    """The rows of the file; `folder` takes what has to be written to read it, `wanted` ends the
    sentence that says what file to give. `latin`: CSV that is not UTF-8 is read as Latin-1, where
    each byte is a letter, as Excel writes it in Western Europe; the sheet's notes say so.

    Raises `Misconfigured` where there is no such file, `Refuse` (code "bad-file") where its content
    is none of the three formats.
    """
    head = _head(path, wanted)
    try:
        if head == b"PAR1":
            return _parquet(connection, path)
        if head[:2] == b"PK":
            return _excel(path, folder, wanted)
        return _csv(path, wanted, latin=latin)
    except duckdb.Error as error:
        raise unreadable(path, error) from None


def quoted(column: str) -> str:
    """A column's name in SQL, whatever stands in it."""
    return '"' + column.replace('"', '""') + '"'


def trimmed(value: str) -> str:
    """SQL for a value as text without spaces around it, NULL where it is empty. Most cells have no
    space to be looked for letter by letter."""
    cell = f"cast({value} as varchar)"
    spaced = f"{cell} < '!' or {cell} > '~' or suffix({cell}, ' ') or suffix({cell}, chr(160))"
    return f"case when {spaced} then nullif(trim({cell}), '') else {cell} end"


def text(value: str) -> str:
    """A text in SQL, whatever stands in it."""
    return "'" + value.replace("'", "''") + "'"


def unreadable(path: Path, error: duckdb.Error) -> Refuse:
    """What DuckDB found wrong with the file, as one sentence and one place."""
    message = str(error)
    line = re.search(r"CSV Error on Line: (\d+)", message)
    if line is None:
        return Refuse(
            "The file is damaged and cannot be read.",
            do="Export it again, and compare its size with the original's.",
            where=str(path),
            code="bad-file",
        )
    return Refuse(
        f"The line {_csv_fault(message)}.",
        do="Correct the line, or export the file again.",
        where=f"{path}, line {line[1]}",
        code="bad-file",
    )


def _csv_fault(message: str) -> str:
    cells = re.search(r"Expected Number of Columns: (\d+) Found: (\d+)", message)
    if cells:
        return f"has {cells[2]} cells, and the header has {cells[1]}"
    return next((fault for sign, fault in _CSV_FAULTS if sign in message), "is not CSV")


def _head(path: Path, wanted: str) -> bytes:
    """The first four bytes of the file."""
    if not path.is_file():
        raise Misconfigured(
            "There is no such file." if not path.exists() else "This is not a file.",
            do="Give the path of a CSV, Parquet or Excel file.",
            where=str(path),
        )
    try:
        with path.open("rb") as file:
            head = file.read(4)
    except OSError as error:
        raise Misconfigured(
            f"The file cannot be opened ({error.strerror}).",
            do="Check who may read it.",
            where=str(path),
        ) from None
    if not head:
        raise _refusal(path, "is empty", wanted)
    for sign, format_ in _OTHER_FORMATS.items():
        if head.startswith(sign):
            raise _refusal(path, f"is {format_}", wanted)
    if path.suffix.lower() in {".parquet", ".pq"} and head != b"PAR1":
        raise _refusal(path, "is called Parquet but is not", wanted)
    return head


def _refusal(path: Path, fault: str, wanted: str) -> Refuse:
    return Refuse(
        f"The file {fault}.",
        do=f"Give a CSV, Parquet or Excel (.xlsx) file with {wanted}.",
        where=str(path),
        code="bad-file",
    )


def _parquet(connection: duckdb.DuckDBPyConnection, path: Path) -> Sheet:
    relation = f"read_parquet({text(glob.escape(str(path)))}, file_row_number = true)"
    rows = connection.sql(f"from {relation}")
    types = dict(zip(rows.columns, map(str, rows.types), strict=True))
    del types["file_row_number"]
    exact = frozenset(name for name, type_ in types.items() if _EXACT.match(type_))
    return Sheet(path, relation, "file_row_number + 1", tuple(types), exact=exact)


def _csv(path: Path, wanted: str, *, latin: bool = False) -> Sheet:
    """Every column a text, and the dialect as strict as it can be."""
    encoding = "latin-1" if latin and not _is_utf8(path) else "utf-8"
    notes = ("It is not UTF-8: it was read as Latin-1.",) if encoding == "latin-1" else ()
    columns, delimiter = _header(path, encoding, wanted)
    types = ", ".join(f"{text(name)}: 'VARCHAR'" for name in columns)
    relation = (
        f"read_csv({text(glob.escape(str(path)))}, auto_detect = false, header = true,"
        f" delim = {text(delimiter)}, quote = '\"', escape = '\"', strict_mode = true,"
        f" encoding = '{encoding}', compression = 'none', max_line_size = {_LONGEST_LINE},"
        f" columns = {{{types}}})"
    )
    return Sheet(path, relation, "row_number() over ()", tuple(columns), notes)


def _is_utf8(path: Path) -> bool:
    """Whether the whole file is UTF-8; a byte that is not may stand in its last line."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    with path.open("rb") as file:
        try:
            while block := file.read(1 << 20):
                decoder.decode(block)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return False
    return True


def _header(path: Path, encoding: str, wanted: str) -> tuple[list[str], str]:
    """The column names in the first line of a CSV file, and what separates them."""
    with path.open("rb") as file:
        first = file.readline(_LONGEST_HEADER)
    try:
        line = first.decode("utf-8-sig" if encoding == "utf-8" else encoding).rstrip("\r\n")
    except UnicodeDecodeError:
        raise _refusal(path, "is not UTF-8 text", wanted) from None
    if "\0" in line or len(first) == _LONGEST_HEADER:
        raise _refusal(path, "does not begin with a line of column names", wanted)
    delimiter = max(",;\t|", key=line.count)
    try:
        rows = list(csv.reader([line], delimiter=delimiter))
    except csv.Error:
        raise _refusal(path, "does not begin with a line of column names", wanted) from None
    columns = [name.strip() for row in rows for name in row]
    _check_names(path, columns)
    return columns, delimiter


def _check_names(path: Path, columns: Sequence[str]) -> None:
    """Raise `Refuse` where a column of the header has no name, or another's."""
    times = Counter(map(str.casefold, columns))
    twice = (name for name in columns if times[name.casefold()] > 1)
    fault = next((f"the column {name!r} twice" for name in twice), "")
    if not columns or "" in columns:
        fault = "a column without a name"
    if fault:
        raise Refuse(
            f"The header has {fault}.",
            do="Give each column a name of its own.",
            where=f"{path}, line 1",
            code="bad-file",
        )


def _excel(path: Path, folder: Path, wanted: str) -> Sheet:
    """The first sheet of a workbook, written as CSV: a formula by the value that Excel kept of it,
    a date as ISO 8601, and only the first cell of merged ones has something in it."""
    try:
        with path.open("rb") as file:
            workbook = excel.CalamineWorkbook.from_filelike(file)
            rows = workbook.get_sheet_by_index(0).to_python()
    except (excel.CalamineError, IndexError):
        raise _refusal(path, "is an Excel or zip file that cannot be read", wanted) from None
    used = [row for row in rows if any(cell != "" for cell in row)]
    if not used:
        raise _refusal(path, "has an empty first sheet", wanted)
    copy = folder / f"{path.name}.csv"
    with copy.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(_cells(row) for row in used)
    sheets = workbook.sheet_names
    notes = (f"Of its {len(sheets)} sheets {sheets[0]!r} was read.",) if len(sheets) > 1 else ()
    return msgspec.structs.replace(_csv(copy, wanted), path=path, notes=notes)


def _cells(row: Sequence[object]) -> Iterator[str]:
    for value in row:
        if isinstance(value, bool):
            yield str(value).lower()
        elif isinstance(value, float):
            yield str(int(value)) if value.is_integer() and abs(value) < 2**53 else repr(value)
        elif isinstance(value, datetime | date | time):
            yield value.isoformat()
        else:
            yield str(value)
