"""A field table: one system's document in another system's words, declared once, compiled once.

The same entries are read in two ways. `compiled.py` writes them out as plain Python for speed;
`patient.py` walks them one by one when that failed, and says exactly where and why.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Generic, TypeVar

from counterfoil.mapping import compiled, lost, patient
from counterfoil.mapping.field import Entry, Reads
from counterfoil.mapping.loss import Loss
from counterfoil.values.errors import CounterfoilError

T = TypeVar("T")


class Table(Generic[T]):
    """Named entries that make a `T` (a msgspec struct, or a dict) of a source document.

    `ignores` lists source paths that are knowingly left behind, each with its reason;
    `drops` the targets that an overlay took out, each with its reason.
    """

    def __init__(
        self,
        name: str,
        entries: Sequence[Entry],
        make: Callable[..., T] = dict,
        *,
        reads: Reads = "keys",
        ignores: Mapping[str, str] | None = None,
        drops: Mapping[str, str] | None = None,
    ) -> None:
        self.name = name
        self.entries = tuple(entries)
        self.make = make
        self.reads: Reads = reads
        self.ignores = dict(ignores or {})
        self.drops = dict(drops or {})
        self.code = compiled.code(self.entries, make, reads, where=name)
        self.fast: Callable[[Any, str], T] = compiled.function(self.code)
        self._tree = lost.tree(self)

    def run(self, source: Any, currency: str) -> T:
        """The document that the entries make of `source`; amounts are read in `currency`.

        Raises `Hold` naming the path (code "missing-field", "bad-field", or the converter's own).
        """
        try:
            return self.fast(source, currency)
        except (*patient.PYTHON, CounterfoilError):
            return patient.read(self, source, currency)

    def losses(self, source: Any) -> tuple[Loss, ...]:
        """What `source` says and no entry reads, and what an overlay dropped."""
        dropped = tuple(Loss(target, "dropped", why) for target, why in self.drops.items())
        return dropped + lost.left_behind(source, self._tree, self.name)
