"""A field table at work: its fast reader, its patient one where that fails, and what it leaves.

The same entries are read in two ways. `compiled.py` writes them out as plain Python for speed;
`interpret.py` walks them one by one when that failed, and says exactly where and why.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

from counterfoil.mapping import compiled, interpret
from counterfoil.mapping.field import Table
from counterfoil.mapping.losses import Loss, tree, unread_paths
from counterfoil.mapping.recorder import record
from counterfoil.values.errors import CounterfoilError

T = TypeVar("T")


class Mapper(Generic[T]):
    """Makes a `T` of each source document, as `table` says; compiled once, when it is made."""

    def __init__(self, table: Table[T]) -> None:
        self.table = table
        self.fast: Callable[[object, str], T] = compiled.reader(table)
        self._tree = tree(table)
        record(table)

    def run(self, source: object, currency: str) -> T:
        """The document that the entries make of `source`; amounts are read in `currency`.

        Raises `Hold` naming the path (code "missing-field", "bad-field", or the converter's own).
        """
        try:
            return self.fast(source, currency)
        except (*interpret.PYTHON, CounterfoilError):
            return interpret.read(self.table, source, currency)

    def losses(self, source: object) -> tuple[Loss, ...]:
        """What `source` says and no entry reads, and what an overlay dropped."""
        drops = self.table.drops.items()
        dropped = tuple(Loss(target, "dropped", why) for target, why in drops)
        return dropped + unread_paths(source, self._tree, self.table.name)
