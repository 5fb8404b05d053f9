"""A sales file as a person hands it over: CSV or Parquet, with column names of their own.

Finds out what the file is, finds the columns, and shows DuckDB one view, `source`, in which
every cell is text. All that can be wrong before the first cell is read is said here.
"""

from __future__ import annotations

import csv
import difflib
import glob
import re
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

import duckdb

from counterfoil.values.errors import Misconfigured, Refuse

REQUIRED = ("invoice_no", "stock_code", "quantity", "invoice_ts", "unit_price")
OPTIONAL = ("line_no", "description", "customer_id", "country")

_LONGEST_HEADER = 65_536  # bytes
_LONGEST_LINE = 2_000_000  # bytes; DuckDB reads lines whole
_OTHER_FORMATS = {
    b"PK": "an Excel or zip file",
    b"\x1f\x8b": "a gzip file",
    b"(\xb5/\xfd": "a Zstandard file",
    b"\xd0\xcf\x11\xe0": "an old Excel file",
}
_CSV_FAULTS = (
    ("unterminated quote", "opens a quotation mark that is never closed"),
    ("not utf-8", "is not UTF-8 text"),
    ("Maximum line size", f"is longer than {_LONGEST_LINE:,} bytes"),
)


def attach(connection: duckdb.DuckDBPyConnection, path: Path, columns: Mapping[str, str]) -> None:
    """Make `path` the view `source` of `connection`: `row_no` from 1, then our columns as text.

    `columns` maps our column names to the file's. Raises `Misconfigured` where there is no such
    file or column, `Refuse` where the content is neither CSV nor Parquet.
    """
    head = _head(path)
    try:
        row_no, table, names = _parquet(connection, path) if head == b"PAR1" else _csv(path)
        chosen = _chosen(path, names, columns)
        cells = ", ".join(
            f"{_cell(chosen.get(column))} as {column}" for column in (*OPTIONAL, *REQUIRED)
        )
        connection.execute(  # every name and text in it is quoted by _name and _text
            f"create view source as select {row_no} as row_no, {cells} from {table}"  # noqa: S608
        )
    except duckdb.Error as error:
        raise unreadable(path, error) from None


def unreadable(path: Path, error: duckdb.Error) -> Refuse:
    """What DuckDB found wrong with the file, as one sentence and one place."""
    text = str(error)
    line = re.search(r"CSV Error on Line: (\d+)", text)
    if line is None:
        return Refuse(
            "The file is damaged and cannot be read.",
            do="Export it again, and compare its size with the original's.",
            where=str(path),
            code="bad-file",
        )
    return Refuse(
        f"The line {_csv_fault(text)}.",
        do="Correct the line, or export the file again.",
        where=f"{path}, line {line[1]}",
        code="bad-file",
    )


def _csv_fault(text: str) -> str:
    cells = re.search(r"Expected Number of Columns: (\d+) Found: (\d+)", text)
    if cells:
        return f"has {cells[2]} cells, and the header has {cells[1]}"
    return next((fault for sign, fault in _CSV_FAULTS if sign in text), "is not CSV")


def _head(path: Path) -> bytes:
    """The first four bytes of the file."""
    if not path.is_file():
        raise Misconfigured(
            "There is no such file." if not path.exists() else "This is not a file.",
            do="Give the path of a CSV or Parquet file.",
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
        raise _neither(path, "is empty")
    for sign, format_ in _OTHER_FORMATS.items():
        if head.startswith(sign):
            raise _neither(path, f"is {format_}")
    if path.suffix.lower() in {".parquet", ".pq"} and head != b"PAR1":
        raise _neither(path, "is called Parquet but is not")
    return head


def _neither(path: Path, said: str) -> Refuse:
    return Refuse(
        f"The file {said}.",
        do="Give a CSV or Parquet file with one line of a sales invoice in each row.",
        where=str(path),
        code="bad-file",
    )


def _parquet(connection: duckdb.DuckDBPyConnection, path: Path) -> tuple[str, str, list[str]]:
    """SQL for the number of a row, SQL for the table, and the names of its columns."""
    table = f"read_parquet({_text(glob.escape(str(path)))}, file_row_number = true)"
    names = connection.sql(f"from {table}").columns
    return "file_row_number + 1", table, [name for name in names if name != "file_row_number"]


def _csv(path: Path) -> tuple[str, str, list[str]]:
    """As `_parquet`; every column a text, and the dialect as strict as it can be."""
    header, delimiter = _header(path)
    types = ", ".join(f"{_text(name)}: 'VARCHAR'" for name in header)
    table = (
        f"read_csv({_text(glob.escape(str(path)))}, auto_detect = false, header = true,"
        f" delim = {_text(delimiter)}, quote = '\"', escape = '\"', strict_mode = true,"
        f" compression = 'none', max_line_size = {_LONGEST_LINE}, columns = {{{types}}})"
    )
    return "row_number() over ()", table, header


def _header(path: Path) -> tuple[list[str], str]:
    """The column names in the first line of a CSV file, and what separates them."""
    with path.open("rb") as file:
        first = file.readline(_LONGEST_HEADER)
    try:
        line = first.decode("utf-8-sig").rstrip("\r\n")
    except UnicodeDecodeError:
        raise _neither(path, "is not UTF-8 text") from None
    if "\0" in line or len(first) == _LONGEST_HEADER:
        raise _neither(path, "does not begin with a line of column names")
    delimiter = max(",;\t|", key=line.count)
    try:
        rows = list(csv.reader([line], delimiter=delimiter))
    except csv.Error:
        raise _neither(path, "does not begin with a line of column names") from None
    names = [name.strip() for row in rows for name in row]
    _check_names(path, names)
    return names, delimiter


def _check_names(path: Path, names: list[str]) -> None:
    times = Counter(map(str.casefold, names))
    fault = next((f"the column {name!r} twice" for name in names if times[name.casefold()] > 1), "")
    if not names or "" in names:
        fault = "a column without a name"
    if fault:
        raise Refuse(
            f"The header has {fault}.",
            do="Give each column a name of its own.",
            where=f"{path}, line 1",
            code="bad-file",
        )


def _chosen(path: Path, names: list[str], columns: Mapping[str, str]) -> dict[str, str]:
    """For each of our columns that the file has, the file's own name of it."""
    for ours in columns:
        if ours not in (*REQUIRED, *OPTIONAL):
            raise Misconfigured(
                f"There is no column {ours!r} to be mapped.",
                do=f"The columns are {', '.join((*REQUIRED, *OPTIONAL))}.",
                where=str(path),
            )
    by_spelling = {name.casefold(): name for name in names}
    file_names = {ours: columns.get(ours, ours) for ours in (*REQUIRED, *OPTIONAL)}
    missing = [
        theirs
        for ours, theirs in file_names.items()
        if theirs.casefold() not in by_spelling and (ours in REQUIRED or ours in columns)
    ]
    if missing:
        raise _missing(path, missing, names)
    return {
        ours: by_spelling[theirs.casefold()]
        for ours, theirs in file_names.items()
        if theirs.casefold() in by_spelling
    }


def _missing(path: Path, missing: list[str], names: list[str]) -> Misconfigured:
    near = list(dict.fromkeys(name for column in missing for name in _nearest(column, names)))
    *most, last = map(repr, missing)
    listed = f"s {', '.join(most)} and {last}" if most else f" {last}"
    return Misconfigured(
        f"The file has no column{listed}.",
        do=f"{'Nearest' if near else 'It has'}: {', '.join(near or names[:12])}; "
        "map each column to the file's own name of it.",
        where=str(path),
        code="wrong-columns",
    )


def _nearest(wanted: str, names: list[str]) -> list[str]:
    """The name most like `wanted`, if any is, whatever its case, spaces and underscores."""
    plain = {_bare(name): name for name in names}
    matches = difflib.get_close_matches(_bare(wanted), plain, n=1, cutoff=0.5)
    return [plain[name] for name in matches]


def _bare(name: str) -> str:
    return re.sub(r"[\s_-]", "", name.casefold())


def _cell(column: str | None) -> str:
    """SQL for one cell as text, NULL where it is empty or the file has no such column."""
    if column is None:
        return "cast(null as varchar)"
    return f"nullif(trim(cast({_name(column)} as varchar)), '')"


def _name(column: str) -> str:
    return '"' + column.replace('"', '""') + '"'


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"
