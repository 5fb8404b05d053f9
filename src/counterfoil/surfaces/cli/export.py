"""Export: a balance as lines, one for each route and currency, for a program or a spreadsheet."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path

import msgspec

from counterfoil.values.errors import Misconfigured
from counterfoil.values.money import plain

_ACTS = ("=", "+", "-", "@", "\t", "\r")
"""What a spreadsheet takes a text for a formula by."""


class Line(msgspec.Struct, frozen=True):
    """A route in one currency: its money in minor units. The counts of `documents_` and `agrees`
    are of the whole route, in whatever currency: they stand on each of its lines."""

    route: str
    created_from: str | None
    created_before: str | None
    currency: str
    listed_minor: int
    accounted_minor: int
    difference_minor: int
    documents_listed: int | None
    documents_accounted: int
    documents_waiting: int
    documents_unaccounted: int
    agrees: bool


def fresh(path: Path) -> None:
    """Raise `Misconfigured` where a file could not be written new at `path`."""
    if path.exists() or not path.absolute().parent.is_dir():
        said = "There is such a file already." if path.exists() else "There is no such folder."
        raise Misconfigured(said, do="Name a new file for --csv.", where=str(path))


def write(path: Path, lines: Sequence[Line]) -> None:
    """Write the lines as a new CSV file; amounts are plain decimal numbers of their currency."""
    names = [name.removesuffix("_minor") for name in Line.__struct_fields__]
    try:
        with path.open("x", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(names)
            writer.writerows(
                [_cell(line, name) for name in Line.__struct_fields__] for line in lines
            )
    except OSError as error:
        raise Misconfigured(
            f"The file cannot be written ({error.strerror}).",
            do="Name a new file for --csv, in a folder that you may write to.",
            where=str(path),
        ) from None


def _cell(line: Line, name: str) -> str:
    value = getattr(line, name)
    if name.endswith("_minor"):
        return plain(value, line.currency)
    if isinstance(value, bool):
        return "yes" if value else "no"
    return inert(value) if isinstance(value, str) else "" if value is None else str(value)


def inert(text: str) -> str:
    """`text` as a cell that no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(_ACTS) else text
