"""How the rows of an export definition are listed in pages: by a time, and a place within it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from counterfoil.kit.api.readback import text

BEGINNING: Final = "1990-01-01T00:00:00"
"""A local time before every change."""


def place_after(rows: Sequence[Mapping[str, Any]], name: str, size: int) -> str | None:
    """The cursor after a page: the time and the place of its last row; None at the end."""
    if len(rows) < size:
        return None
    return f"{text(rows[-1][name]).replace(' ', 'T')}/{text(rows[-1]['place'])}"
