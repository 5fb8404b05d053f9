"""Rows that are posted under a key, checked by what a file of data says of their template."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from importlib.resources import files
from typing import Final, NamedTuple

import msgspec

from counterfoil.twins.kit import tables
from counterfoil.twins.kit.posted import Refusal
from counterfoil.twins.kit.tables import Cells
from counterfoil.values.errors import Hold
from counterfoil.values.money import minor

_WRITTEN: Final = "%Y-%m-%d %H:%M:%S"


class Template(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A template: its columns, in the vendor's sequence; the room of some, at which they are cut
    without a word; those that are needed; those that are dates or
    amounts; and those that must be on a list of
    the site's, by its name."""

    columns: str
    widths: Mapping[str, int] = {}
    needed: tuple[str, ...] = ()
    dates: tuple[str, ...] = ()
    amounts: tuple[str, ...] = ()
    lists: Mapping[str, str] = {}

    @property
    def names(self) -> list[str]:
        """The columns."""
        return self.columns.split(",")

    def rows(self, text: str, named: Callable[[str], str]) -> list[Cells]:
        """The rows of a CSV by the vendor's own names; a column that the template does not have is
        left out without a word."""
        names = {named(name): name for name in self.names}
        return [
            {names[name]: cell for name, cell in row.items() if name in names}
            for row in tables.rows(text)
        ]

    def cut(self, cells: Cells) -> Cells:
        """The cells, each with no more letters than there is room for."""
        return {name: cell[: self.widths.get(name, len(cell))] for name, cell in cells.items()}

    def check(self, cells: Mapping[str, str], known: Mapping[str, frozenset[str]]) -> None:
        """Raise `Refusal` where a cell is missing, is on no list, or is no date."""
        for name in self.needed:
            if not cells.get(name):
                raise Refusal(f"{name} is required")
        for name, words in self.lists.items():
            if cells.get(name) and cells[name] not in known[words]:
                raise Refusal(f"{name} {cells[name]} does not exist")
        for name in self.dates:
            _check_date(name, cells.get(name, ""))
        for name in self.amounts:
            _amount(name, cells.get(name, ""))


def load(package: str, file: str) -> dict[str, Template]:
    """The templates that a package's file has, by their names."""
    return msgspec.toml.decode((files(package) / file).read_bytes(), type=dict[str, Template])


class Saved(NamedTuple):
    """What became of one row: why it was refused, "" where it was not."""

    row: Cells
    reason: str


def saved(rows: Iterable[Cells], save: Callable[[Cells], None]) -> list[Saved]:
    """Save row by row; one that is refused leaves the others as they are."""
    results: list[Saved] = []
    for row in rows:
        try:
            save(row)
        except Refusal as refusal:
            results.append(Saved(row, str(refusal)))
        else:
            results.append(Saved(row, ""))
    return results


def _check_date(name: str, text: str) -> None:
    try:
        datetime.strptime(text or "2000-01-01 00:00:00", _WRITTEN)  # noqa: DTZ007 (local)
    except ValueError:
        raise Refusal(f"{name} {text[:30]} is not a date") from None


def _amount(name: str, text: str) -> None:
    try:
        minor(text, "GBP")
    except Hold:
        raise Refusal(f"{name} {text[:20]} is no amount") from None
