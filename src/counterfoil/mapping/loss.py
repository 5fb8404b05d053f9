"""What a mapping did not carry, by name: a drop is a statement, never a silence."""

from __future__ import annotations

import msgspec


class Loss(msgspec.Struct, frozen=True):
    """One field that was not carried over, and why."""

    field: str
    why: str
