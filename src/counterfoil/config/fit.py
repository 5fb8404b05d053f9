"""Fit: does what was written fit its shape, and if not, where and why, in plain words.

The reader that converts names neither the keys of a table nor the nearest word, so the walk is
done here first; it finds every misfit, not the first only.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from difflib import get_close_matches
from types import UnionType
from typing import Literal, TypeGuard, cast, get_args, get_origin

import msgspec

from counterfoil.config.places import dotted, table
from counterfoil.config.shape import Place
from counterfoil.values.nearest import near

_WORDS = {
    "int": "a whole number",
    "float": "a number",
    "str": "text",
    "bool": "true or false",
    "array": "a list",
    "object": "a table",
    "null": "nothing",
}
_RANGE = {">=": "{} or more", "<=": "{} or less", ">": "more than {}", "<": "less than {}"}


class Misfit(msgspec.Struct, frozen=True):
    """A place whose value does not fit: what is wrong, and what to do."""

    place: Place
    said: str
    do: str


def misfits(value: object, shape: object, place: Place = ()) -> Iterator[Misfit]:
    """Everything in `value` that does not fit `shape`, in the order in which it is written."""
    shape = _without_none(shape)
    if _is_struct(shape):
        yield from _struct(value, shape, place)
    elif get_origin(shape) is dict and table(value):
        for key, inner in value.items():
            yield from misfits(inner, get_args(shape)[1], (*place, key))
    elif get_origin(shape) is tuple and isinstance(value, list):
        for inner in cast("list[object]", value):
            yield from misfits(inner, get_args(shape)[0], place)
    elif get_origin(shape) is Literal:
        yield from _literal(value, get_args(shape), place)
    else:
        yield from _leaf(value, shape, place)


def inside(shape: object, key: str) -> object:
    """The shape of what stands under `key` of `shape`; `object` where it says nothing of it."""
    shape = _without_none(shape)
    if _is_struct(shape):
        shapes = {field.encode_name: field.type for field in msgspec.structs.fields(shape)}
        return shapes.get(key, object)
    return get_args(shape)[1] if get_origin(shape) is dict else object


def _without_none(shape: object) -> object:
    """The shape of a table that may be left out, where it is written."""
    tables = [inner for inner in get_args(shape) if _is_struct(inner)]
    return tables[0] if isinstance(shape, UnionType) and tables else shape


def _is_struct(shape: object) -> TypeGuard[type[msgspec.Struct]]:
    return isinstance(shape, type) and issubclass(shape, msgspec.Struct)


def _struct(value: object, shape: type[msgspec.Struct], place: Place) -> Iterator[Misfit]:
    if not table(value):
        yield Misfit(place, f"{dotted(place)} must be a table.", f"Write [{dotted(place)}].")
        return
    fields = {field.encode_name: field for field in msgspec.structs.fields(shape)}
    depending = _depending(shape, value)
    for key in value:
        if key not in fields:
            table_name = f"[{dotted(place)}]" if place else "this file"
            yield Misfit(
                (*place, key), f"There is no key {key!r} in {table_name}.", near(key, fields)
            )
    for key, field in fields.items():
        if key in value:
            yield from misfits(value[key], depending.get(key, field.type), (*place, key))
        elif field.required:
            named = dotted((*place, key))
            yield Misfit((*place, key), f"{named} is missing.", f"Write {key} = … there.")


def _depending(shape: type[msgspec.Struct], value: Mapping[str, object]) -> Mapping[str, type]:
    """The shapes of the members of a table that depend on its other members."""
    shapes: Callable[[Mapping[str, object]], Mapping[str, type]] | None
    shapes = getattr(shape, "shapes", None)
    return shapes(value) if shapes is not None else {}


def _literal(value: object, known: tuple[object, ...], place: Place) -> Iterator[Misfit]:
    if value not in known:
        sentence = f"{dotted(place)} cannot be {value!r}."
        words = ", ".join(f'"{word}"' for word in known)
        close = get_close_matches(str(value), [str(word) for word in known], n=1)
        question = f"Did you mean {close[0]!r}? " if close else ""
        yield Misfit(place, sentence, f"{question}It is one of {words}.")


def _leaf(value: object, shape: object, place: Place) -> Iterator[Misfit]:
    try:
        msgspec.convert(value, cast("type[object]", shape))
    except msgspec.ValidationError as error:
        wrong = _plain(str(error))
        yield Misfit(
            place,
            f"{dotted(place)} {wrong}.",
            "Correct it; `counterfoil config schema` says what may stand there.",
        )


def _plain(complaint: str) -> str:
    """What the converter said, in words that need no manual."""
    if match := re.match(r"Expected `([^`]+)`, got `([^`]+)`", complaint):
        kinds = " or ".join(_WORDS.get(word, word) for word in match[1].split(" | "))
        return f"must be {kinds}, and it is {_WORDS.get(match[2], match[2])}"
    if match := re.match(r"Expected `\w+` (>=|<=|>|<) (\S+)", complaint):
        return "must be " + _RANGE[match[1]].format(match[2].removesuffix(".0"))
    if "of length >= 1" in complaint:
        return "must not be empty"
    if "matching regex" in complaint:
        return "must be a time of day, HH:MM"
    return f"does not fit: {complaint}"
