"""A search: conditions in SQL, an order of rows, and the place where the last page ended."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import msgspec

from counterfoil.twins.kit.paging import Cursor

Clause = tuple[str, tuple[object, ...]]
"""A condition in SQL, and its values."""


class Search(msgspec.Struct, frozen=True):
    """What to find and in which order; `after` is the place where the last page ended, `listing`
    what ties a cursor to this search."""

    clauses: tuple[Clause, ...]
    column: str
    direction: str
    listing: str
    after: Cursor | None = None

    def where(self) -> Clause:
        """The condition of one page."""
        clauses = list(self.clauses)
        if self.after is not None:
            sign = ">" if self.direction == "asc" else "<"
            place = (self.after.last_value, self.after.last_id)
            clauses.append((f"({self.column}, id) {sign} (?, ?)", place))
        text = " and ".join(f"({sql})" for sql, _ in clauses) or "1"
        return text, tuple(value for _, values in clauses for value in values)

    def continued(self, cursor: Cursor | None) -> Search | None:
        """The same search from a cursor on; None for a cursor of another listing."""
        if cursor is None or cursor.listing != self.listing:
            return None
        return msgspec.structs.replace(self, after=cursor)


def by(column: str, clauses: Sequence[Clause], *asked: object, falls: bool = False) -> Search:
    """A search sorted by a column; what was `asked` names its listing."""
    made_of = " ".join(str(word) for word in asked)
    return Search(
        clauses=tuple(clauses),
        column=column,
        direction="desc" if falls else "asc",
        listing=hashlib.sha256(made_of.encode()).hexdigest()[:12],
    )
