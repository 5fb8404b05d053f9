"""A statement that gives rows, and the type that each of its rows becomes."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from datetime import datetime
from typing import Generic, TypeVar

from counterfoil.store.postgres import Executor, Row, Transaction
from counterfoil.values.clock import Instant, from_stdlib

RowT = TypeVar("RowT")


class Query(Generic[RowT]):
    """A statement of `queries/` by its `name`. `row` makes one typed row of the columns, as
    the statement gives them: a NamedTuple with a field for each column by its name
    (tests/store/test_rows.py), or any function of one column.
    """

    __slots__ = ("_make", "name", "row")

    def __init__(self, name: str, row: Callable[..., RowT]) -> None:
        self.name = name
        self.row = row
        # A NamedTuple is made of its columns at once, which is quicker than field by field.
        # A NamedTuple is made of its columns at once, which is quicker than one by one.
        self._make: Callable[[Row], RowT] = getattr(row, "_make", self._call)

    def _call(self, columns: Row) -> RowT:
        return self.row(*columns)

    async def rows(self, db: Executor, *values: object) -> list[RowT]:
        """Every row, as the statement sorts them."""
        return list(map(self._make, await db.rows(self.name, *values)))

    async def first(self, db: Executor, *values: object) -> RowT | None:
        """The first row; None where there is none."""
        for columns in await db.rows(self.name, *values):
            return self._make(columns)
        return None

    async def only(self, db: Executor, *values: object) -> RowT:
        """The row of a statement that always gives one (ValueError where it does not)."""
        (columns,) = await db.rows(self.name, *values)
        return self._make(columns)

    async def stream(self, db: Transaction, *values: object) -> AsyncGenerator[RowT]:
        """The rows of an answer that is too large to hold at once."""
        async with aclosing(db.stream(self.name, *values)) as rows:
            async for columns in rows:
                yield self._make(columns)


def moment(at: datetime | None) -> Instant | None:
    """A column that is a moment, or null."""
    return from_stdlib(at) if at is not None else None
