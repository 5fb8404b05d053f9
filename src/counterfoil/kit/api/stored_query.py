"""A query that people have set up at a site, which is run by its number and changes nothing."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import NamedTuple

from counterfoil.kit.api.readback import Columns, Row
from counterfoil.values.errors import Misconfigured

Run = Callable[[int, Mapping[str, str]], Awaitable[list[Row]]]
"""(number, parameters) -> the rows."""


class StoredQuery(NamedTuple):
    """The query at one connection (`where`) that has these columns, by its number, which stands in
    `setting` (0: nobody has named it). Its parameters `blank` are always given, and empty."""

    run: Run
    columns: Columns
    setting: str
    number: int
    where: str
    blank: tuple[str, ...] = ()

    async def rows(self, parameters: Mapping[str, str]) -> list[Row]:
        """Its rows. Raises `Misconfigured` where it is not named, or lacks a column."""
        if not self.number:
            columns = self.columns
            raise Misconfigured(
                f"Nobody has said which {columns.kind} holds {columns.name}.",
                do=f"Paste definitions/{columns.name}.sql into one, and set {self.setting}.",
                where=self.where,
            )
        rows = await self.run(self.number, {**parameters, **dict.fromkeys(self.blank, "")})
        self.columns.check(rows, self.where)
        return rows
