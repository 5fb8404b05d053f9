"""A sales file as a person hands it over, with column names of their own.

Finds the columns and shows DuckDB one view, `source`, in which every cell is text.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

import duckdb

from counterfoil.kit.formats.tabular import Sheet, opened, unreadable
from counterfoil.values.errors import Misconfigured

REQUIRED = ("invoice_no", "stock_code", "quantity", "invoice_ts", "unit_price")
OPTIONAL = ("line_no", "description", "customer_id", "country")

_WANTED = "one line of a sales invoice in each row"


def attach(
    connection: duckdb.DuckDBPyConnection, path: Path, columns: Mapping[str, str], folder: Path
) -> None:
    """Make `path` the view `source` of `connection`: `row_no` from 1, then our columns as text.

    `columns` maps our column names to the file's; `folder` takes what has to be written to read it.
    Raises `Misconfigured` where there is no such file or column, `Refuse` where the content is
    no table.
    """
    sheet = opened(connection, path, folder, _WANTED)
    chosen = _chosen(path, sheet.columns, columns)
    cells = ", ".join(
        f"{_cell(sheet, chosen.get(name))} as {name}" for name in (*OPTIONAL, *REQUIRED)
    )
    try:
        connection.execute(  # every name and text in it is quoted by the sheet
            f"create view source as select {sheet.row} as row_no, {cells} from {sheet.relation}"  # noqa: S608
        )
    except duckdb.Error as error:
        raise unreadable(path, error) from None


def _cell(sheet: Sheet, column: str | None) -> str:
    """SQL for one cell, NULL where the file has no such column."""
    return "cast(null as varchar)" if column is None else sheet.cell(column)


def _chosen(path: Path, names: Sequence[str], columns: Mapping[str, str]) -> dict[str, str]:
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


def _missing(path: Path, missing: list[str], names: Sequence[str]) -> Misconfigured:
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


def _nearest(wanted: str, names: Sequence[str]) -> list[str]:
    """The name most like `wanted`, if any is, whatever its case, spaces and underscores."""
    plain = {_bare(name): name for name in names}
    matches = difflib.get_close_matches(_bare(wanted), plain, n=1, cutoff=0.5)
    return [plain[name] for name in matches]


def _bare(name: str) -> str:
    return re.sub(r"[\s_-]", "", name.casefold())
