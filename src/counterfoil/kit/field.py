"""Fields: what is compared of a document that was written, when it is read back."""

from __future__ import annotations

from typing import Literal

Field = int | str | bool | None
"""A field as it is compared: amounts in minor units, quantities in pieces, texts as they are."""
Kind = Literal["money", "pieces", "level", "code", "text", "person"]
"""What a compared field is: an amount, a number of pieces, one that falls by itself as the target
sells, an identity or word of the target's, a text, or something that tells of a person and is never
shown."""


def family(field: str) -> str:
    """The name of a compared field without what stands in brackets: "lines.gross"."""
    before, bracket, inside = field.partition("[")
    return before + inside.partition("]")[2] if bracket else field
