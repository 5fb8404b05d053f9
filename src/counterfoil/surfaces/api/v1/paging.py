"""Paging: a cursor names the row after which a list goes on, so that what comes and goes meanwhile
shifts nothing."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Annotated, TypeVar

import msgspec

from counterfoil.surfaces.desk.envelope import Page
from counterfoil.surfaces.desk.holds import After, Held
from counterfoil.values.errors import Misconfigured

T = TypeVar("T")

Limit = Annotated[int, msgspec.Meta(ge=1, le=500, description="At most so many.")]
Cursor = Annotated[
    str, msgspec.Meta(max_length=80, description="Where to go on: page.next of the list before.")
]
Number = Annotated[int, msgspec.Meta(ge=0, le=2**62)]

_HELD = re.compile(r"(-?\d{1,18})\.(\d{1,18})", re.ASCII)


def after_of(cursor: str) -> After | None:
    """The hold after which a list goes on; None at its beginning. Raises `Misconfigured`."""
    if not cursor:
        return None
    parts = _HELD.fullmatch(cursor)
    if parts is None:
        raise unknown(cursor)
    return After(int(parts[1]), int(parts[2]))


def held_page(rows: Sequence[Held], limit: int, total: int) -> Page:
    """Where a list of holds goes on, of which one more than `limit` was looked for."""
    if len(rows) <= limit:
        return Page(None, total)
    last = rows[limit - 1]
    return Page(f"{last.money.minor if last.money else 0}.{last.record}", total)


def by_name(
    rows: Sequence[T], names: Sequence[str], cursor: str, limit: int
) -> tuple[list[T], Page]:
    """The rows after the one that `cursor` names, and where they go on.

    Raises `Misconfigured` where the row is gone: the list begins anew.
    """
    start = 0
    if cursor:
        if cursor not in names:
            raise unknown(cursor)
        start = names.index(cursor) + 1
    end = start + limit
    return [*rows[start:end]], Page(names[end - 1] if end < len(rows) else None, len(rows))


def unknown(cursor: str) -> Misconfigured:
    """The error that a list does not go on there."""
    return Misconfigured(
        f"No list goes on at {cursor[:40]!r}.",
        do="Begin it anew, without a cursor.",
        where="cursor",
    )
