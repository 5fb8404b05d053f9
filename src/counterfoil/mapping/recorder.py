"""Recorder: the field tables that are made while something is opened, so that they can be reached.

A connector makes its tables inside, each where it is used. Whoever wants to know what a change of
one would touch, or to lay a change over it, asks for the tables of what is open.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from counterfoil.mapping.field import Each, Entry, Part, Table

AnyTable = Table[object]

_tables: ContextVar[list[AnyTable] | None] = ContextVar("_tables", default=None)


@contextmanager
def recorded() -> Generator[list[AnyTable]]:
    """The tables that are made from here on, until this ends."""
    tables: list[AnyTable] = []
    before = _tables.set(tables)
    try:
        yield tables
    finally:
        _tables.reset(before)


def record(table: AnyTable) -> None:
    """Tell whoever records that there is this table."""
    tables = _tables.get()
    if tables is not None:
        tables.append(table)


def rules(table: AnyTable) -> Iterator[tuple[str, Entry]]:
    """Every row of a table, and of those inside it, by an id that stays: the table's name and the
    dotted target that the row fills ("acme.order:lines.sku"), wherever in the table it stands."""
    for target, entry in _walked(table, ""):
        yield f"{table.name}:{target}", entry


def _walked(table: AnyTable, under: str) -> Iterator[tuple[str, Entry]]:
    for entry in table.entries:
        target = under + entry.target
        yield target, entry
        if isinstance(entry, Each | Part):
            yield from _walked(entry.table, f"{target}.")
