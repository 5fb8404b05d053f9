"""A struct whose fields say where they are read: the table and its result, declared once.

    class Fee(msgspec.Struct, frozen=True, kw_only=True):
        title: Annotated[str, at("display_name")] = "Fee"
        amount: Annotated[int, at("cost", fine)]

`table("fee", Fee)` has an entry for each field, whose default is the field's own.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, TypeVar, cast, get_args, get_origin, get_type_hints

import msgspec

from counterfoil.mapping.convert import text
from counterfoil.mapping.field import REQUIRED, Converter, Each, Entry, Field, Part, Sum, Table

T = TypeVar("T")


def at(source: str, convert: Converter = text) -> Field:
    """An entry that reads `source`; the field at which it stands is its target."""
    return Field("", source, convert)


def table(name: str, shape: type[T], ignores: Mapping[str, str] | None = None) -> Table[T]:
    """The table of a struct, each field of which is annotated with one entry.

    A field with `Annotated[tuple[Below, ...], "path"]` is a list of another such struct.
    """
    hints = get_type_hints(shape, include_extras=True)
    entries = [
        _entry(field.name, hints[field.name], REQUIRED if field.required else field.default)
        for field in msgspec.structs.fields(cast("type[msgspec.Struct]", shape))
    ]
    return Table(name, entries, shape, ignores=ignores or {})


def _entry(name: str, hint: object, default: object) -> Entry:
    assert get_origin(hint) is Annotated, f"{name} does not say where it is read"
    kind, entry = get_args(hint)
    if isinstance(entry, str):
        below = get_args(kind)[0]
        return Each(name, entry, table(below.__name__.lower(), below), default)
    reading = cast("Field | Part | Each | Sum", entry)
    return msgspec.structs.replace(reading, target=name, default=default)
