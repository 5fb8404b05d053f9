"""Audit: two exports of two systems, read only, compared document by document.

Nothing is taken on trust: what the columns were taken for is said, an amount that cannot be read
is named, and a difference is explained by what the rows themselves state, or not at all.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files
from pathlib import Path

import duckdb
import msgspec

from counterfoil.kit.formats.tabular import Sheet, opened, quoted, unreadable
from counterfoil.kit.formats.workbook import check_plain
from counterfoil.reconcile import compare
from counterfoil.reconcile.columns import Columns, bare
from counterfoil.reconcile.compare import Side
from counterfoil.reconcile.findings import Audit, Known, findings
from counterfoil.reconcile.sample import Asked, find
from counterfoil.values.errors import Misconfigured

_LEAST_MB, _MOST_MB = 380, 900  # of memory; what is more goes to disk
_WANTED = "a row a document"
_CODE = re.compile(r"[A-Z]{3}")


@cache
def cause_words() -> Mapping[str, Sequence[str]]:
    """By cause the words in a column's name by which it is evidence."""
    return tomllib.loads(files("counterfoil.reconcile").joinpath("causes.toml").read_text("utf-8"))


def audit(left: Path, right: Path, asked: Asked, folder: Path) -> Audit:
    """Compare two exports (CSV, Parquet, Excel); `folder` takes what has to be spilled.

    Raises `Misconfigured` where a column is not there or nobody can tell which is meant, `Refuse`
    where a file is none.
    """
    settings: dict[str, str | bool | int | float | list[str]] = {
        "memory_limit": f"{_memory_mb(left, right)}MB",
        "threads": 2,
        "temp_directory": str(folder),
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
    }
    with duckdb.connect(str(folder / "audit.duckdb"), config=settings) as connection:
        connection.execute("set timezone = 'UTC'")
        connection.execute("set enable_progress_bar = false")  # it would stand among the answer
        path = left
        try:
            ours = _rows(connection, left, folder, "left")
            path = right
            theirs = _rows(connection, right, folder, "right")
            sides = _sides(connection, ours, theirs, asked)
            compare.prepare(connection, *sides)
            return findings(
                Known(
                    compare.pairs(connection, *sides),
                    sides,
                    (compare.totals(connection, "left"), compare.totals(connection, "right")),
                    (compare.keyless(connection, "left"), compare.keyless(connection, "right")),
                    (compare.latest(connection, sides[0]), compare.latest(connection, sides[1])),
                )
            )
        except duckdb.Error as error:
            raise unreadable(left if str(left) in str(error) else path, error) from None


def _memory_mb(*paths: Path) -> int:
    """What the comparison may hold: as much as both files, within bounds."""
    size = sum(path.stat().st_size for path in paths if path.is_file())
    return min(max(_LEAST_MB, size // 1_000_000), _MOST_MB)


def _rows(connection: duckdb.DuckDBPyConnection, path: Path, folder: Path, name: str) -> Sheet:
    """The rows of a file. A CSV is taken apart once, into a table that may go to disk: every later
    question would take it apart again."""
    if path.suffix.lower() in (".xlsx", ".xlsm"):
        check_plain(path)
    sheet = opened(connection, path, folder, _WANTED, latin=True)
    if sheet.relation.startswith("read_parquet"):
        return sheet
    connection.execute(f"create temp table rows_{name} as from {sheet.relation}")
    return msgspec.structs.replace(sheet, relation=f"rows_{name}", row="rowid + 1")


def _sides(
    connection: duckdb.DuckDBPyConnection, left: Sheet, right: Sheet, asked: Asked
) -> tuple[Side, Side]:
    pairs = find(connection, left, right, asked)
    pairing = pairs.pairing
    ends = ((left, pairing.left), (right, pairing.right))
    codes = [_currencies(connection, sheet, columns) for sheet, columns in ends]
    ours, theirs = (
        Side(
            msgspec.structs.replace(sheet, notes=(*sheet.notes, *pairs.notes[place])),
            columns, pairs.marks[place], pairing.digits,
            asked.currency or _default(codes, place),
            tuple(sorted({*codes[0], *codes[1], asked.currency} - {""})),
            tuple(field[place] for field in pairing.fields),
            _evidence(sheet, columns),
        )
        for place, (sheet, columns) in enumerate(ends)
    )  # fmt: skip
    return ours, theirs


def _currencies(
    connection: duckdb.DuckDBPyConnection, sheet: Sheet, columns: Columns
) -> Sequence[str]:
    if not columns.currency:
        return ()
    cell = f"cast({quoted(columns.currency)} as varchar)"
    rows = connection.execute(f"select distinct {cell} from {sheet.relation} limit 1000").fetchall()  # noqa: S608
    return sorted({code.strip() for (code,) in rows if code and _CODE.fullmatch(code.strip())})


def _default(codes: Sequence[Sequence[str]], place: int) -> str:
    """The currency of a row that names none: the only one there is."""
    every = {*codes[0], *codes[1]}
    if len(every) > 1 and not codes[place]:
        raise Misconfigured(
            f"One file has amounts in {', '.join(sorted(every))}, and the other does not say in"
            " which currency its own are.",
            do="Say it with --currency, or export its currency too.",
            where="--currency",
            code="no-currency",
        )
    return next(iter(every)) if len(every) == 1 else ""


def _evidence(sheet: Sheet, columns: Columns) -> tuple[tuple[str, str], ...]:
    """The columns by which a difference can be explained: causes and names."""
    roles = msgspec.structs.astuple(columns)
    named = [
        (cause, column)
        for column in sheet.columns
        if column not in roles
        for cause, words in cause_words().items()
        if {*bare(column).split()} & {*words}
    ]
    by_column = {column: cause for cause, column in reversed(named)}
    return tuple((cause, column) for column, cause in by_column.items())
