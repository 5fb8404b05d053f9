"""The one envelope of every JSON answer. Members are only ever added within a major version."""

from __future__ import annotations

import json
from typing import Any

import msgspec

from counterfoil.values.clock import Instant
from counterfoil.values.errors import CounterfoilError


class Page(msgspec.Struct, frozen=True):
    """Where a list goes on: `next` is the cursor to pass, null at the end; `total` counts all."""

    next: str | None
    total: int

    @classmethod
    def after(cls, start: int, count: int, total: int) -> Page:
        """The page of `count` rows from `start` on, of `total`."""
        end = start + count
        return cls(str(end) if end < total else None, total)


class Envelope(msgspec.Struct, frozen=True, omit_defaults=True):
    """An answer: the name and version of its shape, the moment it holds for (ISO 8601), the data.

    Money is {"minor": 4200, "currency": "GBP"}, never a number with a fraction.
    """

    schema: str
    as_of: str
    data: Any
    page: Page | None = None


class Failure(msgspec.Struct, frozen=True):
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


def failure(error: CounterfoilError, code: int, reference: str = "") -> Failure:
    """An error as JSON."""
    return Failure(
        "counterfoil.error/1", error.code, error.said, error.do, error.where, code, reference
    )


def encoded(answer: Any) -> str:
    """An answer as JSON text; a moment is ISO 8601 in UTC."""
    try:
        return msgspec.json.encode(answer, enc_hook=_moment).decode()
    except UnicodeEncodeError:  # a folder or a file whose name is not UTF-8
        builtins = msgspec.to_builtins(answer, enc_hook=_moment)
        return json.dumps(builtins, separators=(",", ":"))


def _moment(value: Any) -> str:
    if isinstance(value, Instant):
        return value.format_iso()
    raise TypeError(f"{type(value).__name__} is no part of an answer.")
