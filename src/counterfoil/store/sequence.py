"""Our numbers: taken from the database in blocks, so that no clock and no chance is in them."""

from __future__ import annotations

from counterfoil.store.postgres import Database

_BLOCK = 4000


class Sequence:
    """Numbers that no other worker gets, rising within this worker; taken also inside of units."""

    def __init__(self, database: Database, name: str = "number", block: int = _BLOCK) -> None:
        self._database = database
        self._name = name
        self._block = block
        self._next = self._end = 0

    async def take(self, count: int) -> range:
        """`count` numbers in a row."""
        if self._next + count > self._end:
            size = max(count, self._block)
            (row,) = await self._database.apart("take_numbers", self._name, size)
            self._end = int(row["next"])
            self._next = self._end - size
        numbers = range(self._next, self._next + count)
        self._next += count
        return numbers

    async def one(self) -> int:
        """One number."""
        return (await self.take(1))[0]
