"""What somebody probably meant: the nearest known word to one that is not known."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


def near(word: str, known: Iterable[str]) -> str:
    """The nearest known word as a question, or all of them."""
    words = sorted(known)
    nearest = get_close_matches(word, words, n=1)
    return f"Did you mean {nearest[0]!r}?" if nearest else f"Known: {', '.join(words) or 'none'}."
