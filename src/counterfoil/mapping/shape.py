"""A struct whose fields say where they are read: the table and its result, declared once.

    class Fee(msgspec.Struct, frozen=True, kw_only=True):
        title: Annotated[str, at("display_name")] = "Fee"
        amount: Annotated[int, at("cost", fine)]

`table("fee", Fee)` has an entry for each field, whose default is the field's own.

Where a system tells one thing in several spellings (in a message, in a listing), a field has an
entry for each of them, or None where a spelling does not tell it; a struct then is the one shape
that all of them come to:

        title: Annotated[str, (at("display_name"), at("displayName"))] = "Fee"

`table("fee", Fee, spelling=1)` is the table of the second.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Final, TypeVar, cast, get_args, get_origin, get_type_hints

import msgspec

from counterfoil.mapping.convert import text
from counterfoil.mapping.field import REQUIRED, Converter, Each, Entry, Field, Part, Sum, Table

T = TypeVar("T")

_CAPITAL: Final = re.compile("[A-Z]")

Place = Field | Part | Each | Sum | str | None
"""An entry without its target; a path to another such struct; None: this spelling has no place."""


def at(source: str, convert: Converter = text) -> Field:
    """An entry that reads `source`; the field at which it stands is its target."""
    return Field("", source, convert)


def both(path: str, convert: Converter = text, other: str = "") -> tuple[Field, Field]:
    """Entries of two spellings: camel case, and the same words in snake case or the path `other`
    where they are others."""
    return at(path, convert), at(other or snake(path), convert)


def snake(path: str) -> str:
    """A path in camel case, in snake case."""
    return _CAPITAL.sub(lambda letter: f"_{letter[0].lower()}", path)


def parts(path: str, shape: type[T], **places: tuple[Field, ...]) -> tuple[Part, Part]:
    """An object in two spellings, in camel and in snake case, that makes a struct which says
    nothing of where it is read: `places` has the entries of its fields, empty where absent."""
    defaults = {field.name: field.default for field in _fields(shape)}
    node, other = (
        Table(
            shape.__name__.lower(),
            [
                msgspec.structs.replace(field[spelling], target=name, default=defaults[name])
                for name, field in places.items()
            ],
            shape,
        )
        for spelling in (0, 1)
    )
    return Part("", path, node), Part("", snake(path), other)


def table(
    name: str, shape: type[T], ignores: Mapping[str, str] | None = None, *, spelling: int = 0
) -> Table[T]:
    """The table of a struct, each field of which is annotated with one entry, or one a spelling.

    A field with `Annotated[Below, "path"]` is another such struct, one with
    `Annotated[tuple[Below, ...], "path"]` a list of them.
    """
    return Table(name, list(_entries(shape, spelling)), shape, ignores=ignores or {})


def _entries(shape: type[T], spelling: int) -> Iterator[Entry]:
    hints = get_type_hints(shape, include_extras=True)
    for field in _fields(shape):
        hint = hints[field.name]
        assert get_origin(hint) is Annotated, f"{field.name} does not say where it is read"
        kind, places = get_args(hint)
        place = cast("Place", places[spelling] if isinstance(places, tuple) else places)
        default = REQUIRED if field.required else field.default
        if isinstance(place, str):
            yield _below(field.name, place, kind, default, spelling)
        elif place is not None:
            yield msgspec.structs.replace(place, target=field.name, default=default)


def _fields(shape: type[object]) -> Sequence[msgspec.structs.FieldInfo]:
    return msgspec.structs.fields(cast("type[msgspec.Struct]", shape))


def _below(name: str, path: str, kind: object, default: object, spelling: int) -> Each | Part:
    entry, below = (Each, get_args(kind)[0]) if get_origin(kind) is tuple else (Part, kind)
    shape = cast("type[object]", below)
    return entry(name, path, table(shape.__name__.lower(), shape, spelling=spelling), default)
