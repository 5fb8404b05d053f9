"""Marks that are moments: how the many sources whose changes have a time say where to go on.

A mark is its source's own text, and opaque. Only where it is a moment (`Carries.overlap`) do the
house's listings begin a little before it, and read it by these functions.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from counterfoil.kit.connector import Reading
from counterfoil.values.clock import Instant, instant
from counterfoil.values.errors import Halt, Hold


def made(moment: Instant) -> str:
    """The mark of a moment."""
    return moment.format_iso()


def moment(mark: str | None) -> Instant | None:
    """The moment that a mark is; None where nothing was listed yet.

    Raises `Halt` where it is none: the source that made it had marks of its own then.
    """
    reached = shown(mark)
    if reached is None and mark is not None:
        raise Halt(
            f"The mark {mark[:40]!r} of the last listing is no moment.",
            do="Tell the connector's keepers: its document had marks of its own (overlap = false).",
            code="mark-no-moment",
        )
    return reached


def shown(mark: str | None) -> Instant | None:
    """The moment that a mark is, for people; None where it is its source's own text, or none."""
    try:
        return instant(mark) if mark is not None else None
    except Hold:
        return None


def newest(readings: Sequence[Reading[Any]]) -> str | None:
    """The mark after these: the latest of their changes; None where there are none."""
    return made(max(reading.version for reading in readings)) if readings else None
