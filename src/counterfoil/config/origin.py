"""Origin: every value that holds, with who settled it; of a secret only whether it is there."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from counterfoil.config.places import dotted, table
from counterfoil.config.shape import Config, Origin, Place

_DEFAULT = Origin("default")


class Settled(msgspec.Struct, frozen=True):
    """One value that holds: its key, and the layer, file and line that settled it."""

    key: str
    value: object
    layer: str
    named: str = ""
    line: int = 0


def origins(config: Config) -> list[Settled]:
    """Every effective value of `config`, in the order of its keys."""
    whole: dict[str, object] = {**_built(config.file), "routes": _built(config.routes)}
    return [_settled(config, place, value) for place, value in _leaves(whole)]


def _built(value: object) -> dict[str, object]:
    return msgspec.to_builtins(value)


def _leaves(value: object, place: Place = ()) -> Iterator[tuple[Place, object]]:
    if table(value) and value:
        for key, inner in value.items():
            yield from _leaves(inner, (*place, key))
    elif value != {}:
        yield place, value


def _settled(config: Config, place: Place, value: object) -> Settled:
    origin = _origin(config, place)
    if len(place) == 4 and place[0] == "connections" and place[2] == "secrets":
        value = f"{value}, {'set' if _present(config, str(value)) else 'not set'}"
    return Settled(dotted(place), value, origin.layer, origin.named, origin.line)


def _origin(config: Config, place: Place) -> Origin:
    """Who settled the value: itself, or a whole table that was laid over the files."""
    for cut in range(len(place), 0, -1):
        origin = config.settled.get(place[:cut], _DEFAULT)
        if origin.layer in ("flag", "environment") or (cut == len(place) and origin.named):
            return origin
    return _DEFAULT


def _present(config: Config, reference: str) -> bool:
    kind, _, named = reference.partition(":")
    if kind == "env":
        return bool(config.environment.get(named))
    return (config.folder / "secrets" / named).is_file()
