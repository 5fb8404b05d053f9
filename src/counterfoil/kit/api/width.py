"""How much room a target has for a text: what does not fit is held, never cut and never guessed.

A reference that is cut in silence is another document's; so nothing here shortens anything.
"""

from __future__ import annotations

import re
from functools import lru_cache

import msgspec

from counterfoil.values.errors import Hold


class Width(msgspec.Struct, frozen=True):
    """The room of one member: at most `most` characters, each of which `signs` allows (the inside
    of a pattern's brackets; empty: any)."""

    field: str
    most: int
    signs: str = ""

    def fits(self, text: str) -> str:
        """The text as it is. Raises `Hold` (code "too-wide") where it has no room."""
        if len(text) > self.most:
            raise self._hold(text, f"{len(text)} characters, and there is room for {self.most}")
        if self.signs and not _allowed(self.signs).fullmatch(text):
            raise self._hold(text, f"a sign that is none of {self.signs}")
        return text

    def _hold(self, text: str, why: str) -> Hold:
        return Hold(
            f"{self.field} has {why}: {text[:40]!r}.",
            do="Shorten it at the sending system, or enter the document by hand.",
            where=self.field,
            code="too-wide",
        )


@lru_cache(64)
def _allowed(signs: str) -> re.Pattern[str]:
    return re.compile(f"[{signs}]*", re.ASCII)
