"""Tables that a service gives as CSV, page by page, and whose columns each site calls as it likes.

A column that is not there is told before anything is taken: to read on would make blanks of it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Mapping
from typing import Final, NamedTuple

import msgspec

from counterfoil.kit.formats import csv
from counterfoil.values.errors import Halt, Misconfigured, Refuse, Retry

_MOST_PAGES: Final = 10_000
_TRIES: Final = 5
_SETTLES_S: Final = 5.0

Row = Mapping[str, str]


class Page(NamedTuple):
    """How many rows there are in all, as it was told, and the CSV of some of them, with its
    header."""

    stated: str
    text: str

    @property
    def total(self) -> int | None:
        """How many rows there are in all; None where that is no number."""
        return int(self.stated) if self.stated.isascii() and self.stated.isdecimal() else None


class Tables(msgspec.Struct, frozen=True):
    """The tables of one connection (`where`) to the system `title`; `renamed` has the site's names
    of the columns that it calls otherwise than their vendor."""

    title: str
    renamed: Mapping[str, str]
    where: str

    def there(self, column: str) -> str:
        """What the site calls a column."""
        return self.renamed.get(column, column)

    def check(self, table: str, columns: Collection[str], needed: Collection[str]) -> None:
        """Raise `Misconfigured` where a table, which has these columns, lacks one that is
        needed."""
        missing = [self.there(name) for name in needed if self.there(name) not in columns]
        if missing:
            raise self._unfit(f"{self._called(table)} has no column {', '.join(missing)}.")

    async def rows(
        self, table: str, needed: Collection[str], ask: Callable[[int], Awaitable[Page]],
        most: int = 0, *, setting: str = "page_size",
    ) -> list[Row]:  # fmt: skip
        """Every row, by the vendor's own names of the columns, or the first `most` of them: `ask`
        gives the page of a number, from 1, until there are as many rows as the total says.

        Raises `Misconfigured` where a page is no such table, is empty, or comes twice, and `Retry`
        where the table is another from page to page.
        """
        for _ in range(_TRIES):
            rows = await self._steady(table, needed, ask, most, setting)
            if rows is not None:
                return rows
        raise Retry(
            f"{self._called(table)} changed each time while it was read.",
            after_s=_SETTLES_S,
            do="It is read again by itself.",
            where=self.where,
        )

    async def _steady(
        self, table: str, needed: Collection[str], ask: Callable[[int], Awaitable[Page]], most: int,
        setting: str,
    ) -> list[Row] | None:  # fmt: skip
        """The rows, where the table had as many all the while: else a row may stand on two pages,
        and another on none."""
        rows: list[Row] = []
        before = await ask(1)
        total = before.total
        if total is None:
            raise self._unfit(f"{self._called(table)} does not say how many rows it has.")
        for number in range(2, _MOST_PAGES):
            if len(rows) < total:
                rows += self._read(table, needed, before.text)
            if len(rows) >= (min(most, total) if most else total):
                return rows
            page = await ask(number)
            if page.total != total:
                return None
            if page.text == before.text:
                raise self._silent(table, total, len(rows), setting)
            before = page
        raise Halt(f"{self._called(table)} has no end.", code="no-end", where=self.where)

    def _read(self, table: str, needed: Collection[str], text: str) -> list[Row]:
        if not text.strip():
            return []
        columns = [self.there(name) for name in needed]
        try:
            whole = csv.parse(text.encode(), columns=columns, what=self._called(table))
        except Refuse as error:
            raise self._unfit(error.said) from error
        names = {theirs: name for name, theirs in self.renamed.items()}
        return [{names.get(name, name): cell for name, cell in row.items()} for row in whole.rows]

    def _called(self, table: str) -> str:
        return f"The table {table!r} of {self.title}"

    def _unfit(self, said: str) -> Misconfigured:
        return Misconfigured(
            said,
            do="Correct it there; what it calls otherwise is named in the setting columns.",
            where=self.where,
        )

    def _silent(self, table: str, total: int, count: int, setting: str) -> Misconfigured:
        return Misconfigured(
            f"{self.title} has {total} rows of {table!r} and gave {count}, then an empty page, or"
            " the same once more.",
            do=f"Choose a smaller {setting} for this connection.",
            where=self.where,
        )
