"""Exports: a balance as lines, one for each route and currency, for a program or a spreadsheet."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path

import msgspec

from counterfoil.ledger.balance import PIECES
from counterfoil.surfaces.desk.acts import asks
from counterfoil.surfaces.desk.balance import NOTHING, STATES, WAITING, Balance
from counterfoil.values.clock import Instant
from counterfoil.values.errors import Misconfigured
from counterfoil.values.money import plain

_ACTS = ("=", "+", "-", "@", "\t", "\r")
"""What a spreadsheet takes a text for a formula by."""


class Line(msgspec.Struct, frozen=True):
    """A route in one currency: its money in minor units (of "pieces", how many). The counts of
    `documents_` and `agrees` are of the whole route, in whatever currency: they stand on each of
    its lines."""

    route: str
    created_from: Instant | None
    created_before: Instant | None
    currency: str
    listed_minor: int
    accounted_minor: int
    difference_minor: int
    documents_listed: int | None
    documents_accounted: int
    documents_waiting: int
    documents_unaccounted: int
    agrees: bool


def lines(balances: Sequence[Balance]) -> list[Line]:
    """A line for each route and currency; one for a route without any money too."""
    return [
        Line(
            balance.route, balance.created_from, balance.created_before, currency,
            sums.listed_minor, sums.accounted_minor, sums.difference_minor,
            balance.listed, balance.count(STATES), balance.count(WAITING), balance.unaccounted,
            balance.agrees,
        )
        for balance in balances
        for currency, sums in (balance.money or {"": NOTHING}).items()
    ]  # fmt: skip


def fresh(path: Path) -> None:
    """Raise `Misconfigured` where a file could not be written new at `path`."""
    if path.exists() or not path.absolute().parent.is_dir():
        reason = "There is such a file already." if path.exists() else "There is no such folder."
        raise Misconfigured(reason, do="Name a new file for --csv.", where=str(path))


@asks("balance export", money="shown")
def write(path: Path, rows: Sequence[Line]) -> None:
    """Write the lines as a new CSV file; amounts are plain decimal numbers of their currency."""
    names = [name.removesuffix("_minor") for name in Line.__struct_fields__]
    try:
        with path.open("x", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(names)
            writer.writerows(
                [_cell(line, name) for name in Line.__struct_fields__] for line in rows
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
        return str(value) if line.currency == PIECES else plain(value, line.currency)
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Instant):
        return value.format_iso()
    return inert(value) if isinstance(value, str) else "" if value is None else str(value)


def inert(text: str) -> str:
    """`text` as a cell that no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(_ACTS) else text
