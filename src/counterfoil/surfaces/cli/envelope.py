"""The one envelope of every JSON answer. Members are only ever added within a major version."""

from __future__ import annotations

from typing import Any

import msgspec

from counterfoil.values.errors import CounterfoilError


class Page(msgspec.Struct, frozen=True):
    """Where a list goes on: `next` is the cursor to pass, null at the end; `total` counts all."""

    next: str | None
    total: int


class Envelope(msgspec.Struct, frozen=True, omit_defaults=True):
    """An answer: the name and version of its shape, the moment it holds for (ISO 8601), the data.

    Money is {"minor": 4200, "currency": "GBP"}, never a number with a fraction.
    """

    schema: str
    as_of: str
    data: Any
    page: Page | None = None


class Told(msgspec.Struct, frozen=True):
    """What went wrong, as JSON on standard error."""

    schema: str
    code: str
    said: str
    do: str
    where: str
    exit: int
    reference: str = ""


def enveloped(name: str, data: Any, as_of: str, page: Page | None = None) -> Envelope:
    """The envelope of `data`, whose shape is called `name`, in its first version."""
    return Envelope(f"counterfoil.{name}/1", as_of, data, page)


def told(error: CounterfoilError, code: int, reference: str = "") -> Told:
    """An error as JSON."""
    return Told(
        "counterfoil.error/1", error.code, error.said, error.do, error.where, code, reference
    )
