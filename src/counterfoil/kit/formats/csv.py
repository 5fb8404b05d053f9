"""The door for CSV from outside: a header row, every row as wide as it, or a refusal.

RFC 4180, with the cells kept as the text that was sent: nothing is taken for a number, a date or a
formula.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import chain

import msgspec

from counterfoil.values.errors import Refuse

MOST_BYTES = 64 * 1024 * 1024
MOST_ROWS = 1_000_000
MOST_COLUMNS = 1_000
_BOM = b"\xef\xbb\xbf"


class Table(msgspec.Struct, frozen=True):
    """What a file holds: each row by its columns. `unknown` are columns that nobody asked for."""

    columns: tuple[str, ...]
    rows: list[dict[str, str]]
    unknown: tuple[str, ...] = ()


def parse(
    body: bytes,
    *,
    columns: Collection[str] = (),
    separator: str = ",",
    what: str = "The file",
    most_bytes: int = MOST_BYTES,
) -> Table:
    """`body` as rows of texts; `columns` are those that must be there, once
    each; another may come twice, as long as nobody asks for it. Without them every column counts.

    Raises `Refuse` (code "bad-csv") with what is wrong and in which row.
    """
    lines = _lines(body, separator, what, most_bytes)
    header = next(lines, None)
    if not header:
        raise _refusal(what, "has no header row")
    _check(header, columns, what)
    rows: list[dict[str, str]] = []
    for number, cells in enumerate(lines, 2):
        if not cells:
            continue  # an empty line, as many files end with
        if len(cells) != len(header):
            fault = f"has {len(cells)} cells in row {number} and {len(header)} in its header"
            raise _refusal(what, fault)
        if len(rows) == MOST_ROWS:
            raise _refusal(what, f"has more than {MOST_ROWS:,} rows")
        rows.append(dict(zip(header, cells, strict=True)))
    unknown = [name for name in header if name not in columns] if columns else []
    return Table(tuple(header), rows, tuple(unknown))


def encode(columns: Sequence[str], rows: Iterable[Mapping[str, str]]) -> bytes:
    """Rows as CSV, every cell in quotes, each line ended by CR LF. Raises `KeyError` for a cell
    that is not there."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerows(chain([columns], ([row[name] for name in columns] for row in rows)))
    return text.getvalue().encode()


def _lines(body: bytes, separator: str, what: str, most_bytes: int) -> Iterator[list[str]]:
    if len(body) > most_bytes:
        raise _refusal(what, f"has {len(body):,} bytes; at most {most_bytes:,} are read")
    try:
        text = body.removeprefix(_BOM).decode()
    except UnicodeDecodeError as error:
        raise _refusal(what, f"is not UTF-8 ({error.reason})") from None
    if "\0" in text:
        raise _refusal(what, "has a NUL in it")
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    return _rows(reader, what)


def _rows(reader: Iterable[list[str]], what: str) -> Iterator[list[str]]:
    number = 0
    try:
        for cells in reader:
            number += 1
            yield cells
    except csv.Error as error:
        raise _refusal(what, f"cannot be read after row {number} ({error})") from None


def _check(header: Sequence[str], columns: Collection[str], what: str) -> None:
    if len(header) > MOST_COLUMNS:
        raise _refusal(what, f"has more than {MOST_COLUMNS:,} columns")
    if not all(name.strip() for name in header):
        raise _refusal(what, "has a column without a name")
    doubled = sorted({name for name in columns or header if header.count(name) > 1})
    if doubled:
        raise _refusal(what, f"has the column {doubled[0][:60]!r} twice")
    missing = sorted(set(columns) - set(header))
    if missing:
        raise _refusal(what, f"has no column {missing[0]!r}")


def _refusal(what: str, wrong: str) -> Refuse:
    return Refuse(
        f"{what} {wrong}.", do="Nothing was taken from it; ask the sender.", code="bad-csv"
    )
