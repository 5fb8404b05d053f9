"""A listing by a search in words: documents by a moment of theirs, in whole seconds."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from counterfoil.kit.api.paging import Row, inside
from counterfoil.values.clock import Instant, instant, whole_second


class Searched(NamedTuple):
    """How the system `title` is searched by a moment that a document has as `field`: the words
    `since` and `until`, in which {} is ISO 8601 in UTC."""

    field: str
    since: str
    until: str
    title: str

    def text(self, start: Instant | None, end: Instant | None = None) -> str | None:
        """The search for what lies in [start, end); None for everything."""
        terms = [
            words.format(whole_second(moment))
            for words, moment in ((self.since, start), (self.until, end))
            if moment is not None
        ]
        return " ".join(terms) or None

    def check(self, rows: Iterable[Row], start: Instant | None, end: Instant | None = None) -> None:
        """Raise `Halt` where a row lies elsewhere: the words were not understood then."""
        if start is not None:
            last = None if end is None else instant(whole_second(end))
            inside(rows, self.field, instant(whole_second(start)), last, title=self.title)
