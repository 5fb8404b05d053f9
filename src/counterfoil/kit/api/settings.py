"""The settings of a connection as a connector asks for them: typed, and value maps that exist."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

import msgspec

from counterfoil.kit.connector import Opening
from counterfoil.kit.manifest import Manifest, Setting
from counterfoil.mapping.valuemap import ValueMap
from counterfoil.values.errors import Misconfigured

T = TypeVar("T")


def typed(opening: Opening, shape: type[T]) -> T:
    """The settings in the shape of a struct. Raises `Misconfigured` naming what does not fit."""
    return fitting(opening.settings, shape, opening.name)


def fitting(values: Mapping[str, object], shape: type[T], where: str) -> T:
    """Settings of the connection `where` in a shape. Raises `Misconfigured` as `typed` does."""
    try:
        return msgspec.convert(dict(values), shape)
    except msgspec.ValidationError as error:
        raise Misconfigured(
            f"A setting of this connection does not fit: {error}.",
            do="Correct it; the connector's manifest says what each setting is.",
            where=where,
        ) from None


def value_maps(opening: Opening, manifest: Manifest) -> dict[str, ValueMap | None]:
    """The value map of each setting that names one, by the setting; None where it names none.

    Raises `Misconfigured` for a map that is not there, or has a word that its setting forbids.
    """
    return {
        name: _value_map(opening, setting, opening.settings[name])
        for name, setting in manifest.settings.items()
        if setting.maps
    }


def _value_map(opening: Opening, setting: Setting, name: str) -> ValueMap | None:
    match setting.maps:
        case "ids":
            return numbers(opening, name, what=setting.maps_to, do=setting.maps_do)
        case "texts":
            return texts(opening, name, what=setting.maps_to, do=setting.maps_do)
        case _:
            return value_map(opening, name)


def value_map(opening: Opening, name: str) -> ValueMap | None:
    """The value map that a setting names; None where it names none.

    Raises `Misconfigured` where there is no such map.
    """
    if name and name not in opening.maps:
        raise Misconfigured(
            f"There is no value map named {name!r}.",
            do="Write it, or name another one in the connection's settings.",
            where=opening.name,
        )
    return opening.maps[name] if name else None


def numbers(opening: Opening, name: str, *, what: str, do: str) -> ValueMap | None:
    """A value map to whole numbers, the ids of `what`; `do` says where a person finds them.

    Raises `Misconfigured` where a word in it is none.
    """
    words = value_map(opening, name)
    for word in [*words.values.values(), words.default or "0"] if words else []:
        if not (word.isascii() and word.isdecimal()):
            raise Misconfigured(
                f"{word[:40]!r} in value map {name!r} is not a {what}'s id.",
                do=do,
                where=opening.name,
            )
    return words


def texts(opening: Opening, name: str, *, what: str, do: str) -> ValueMap | None:
    """A value map to texts, each a `what`. Raises `Misconfigured` where a word in it is blank."""
    words = value_map(opening, name)
    mapped = [*words.values.values(), words.default or "-"] if words else []
    if any(not word.strip() for word in mapped):
        raise Misconfigured(
            f"A word in value map {name!r} is no {what}.", do=do, where=opening.name
        )
    return words
