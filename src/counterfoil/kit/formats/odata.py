"""OData: literals and filters that no value can break out of, pages, and both forms of an error."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

import msgspec

from counterfoil.kit.formats import strict_json
from counterfoil.values.clock import Instant
from counterfoil.values.errors import Halt, Refuse

_PATH: Final = re.compile(r"[A-Za-z_]\w{0,127}(?:/[A-Za-z_]\w{0,127})*", re.ASCII)
_RELATIONS: Final = frozenset({"eq", "ne", "gt", "ge", "lt", "le"})

Value = str | int | bool | Instant | None


class Rows(msgspec.Struct, frozen=True):
    """One page; `next` is the address of the one after it, empty at the end."""

    value: list[dict[str, object]]
    next: str = msgspec.field(default="", name="@odata.nextLink")
    count: int | None = msgspec.field(default=None, name="@odata.count")


class Error(msgspec.Struct, frozen=True):
    """What a service refused: its code and its own words."""

    code: str
    said: str


def literal(value: Value) -> str:
    """A value as a filter takes it: a text in quotes, those inside it doubled."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Instant):
        return value.format_iso()
    return str(value) if isinstance(value, int) else "'" + value.replace("'", "''") + "'"


def compares(field: str, relation: str, value: Value) -> str:
    """One comparison: `ExternalDocumentNumber eq 'A1'`.

    Raises `Halt` for a field that is no path of plain names, or a relation that is none.
    """
    if not _PATH.fullmatch(field) or relation not in _RELATIONS:
        raise Halt(f"{field[:80]!r} {relation[:20]!r} is no comparison of OData's.")
    return f"{field} {relation} {literal(value)}"


def any_of(field: str, values: Iterable[Value]) -> str:
    """Whether the field is one of these values."""
    return " or ".join(compares(field, "eq", value) for value in values)


def both(*conditions: str) -> str:
    """Whether each condition holds."""
    return " and ".join(f"({condition})" for condition in conditions)


def rows(body: bytes, *, what: str = "The answer") -> Rows:
    """One page. Raises `Refuse` as `strict_json` does."""
    return strict_json.convert(strict_json.parse(body, what=what), Rows, what=what)


def error(body: bytes) -> Error | None:
    """The error that a body states in either form, version 4's `{"error": {"code", "message"}}` or
    the older one with the message in an object; None where it states none."""
    try:
        stated = strict_json.convert(strict_json.parse(body), _Body).error
    except Refuse:
        return None
    message = stated.message
    return Error(str(stated.code), message if isinstance(message, str) else message.value)


class _Said(msgspec.Struct, frozen=True):
    value: str


class _Stated(msgspec.Struct, frozen=True):
    code: str | int
    message: str | _Said


class _Body(msgspec.Struct, frozen=True):
    error: _Stated
