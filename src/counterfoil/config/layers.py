"""Layers: what lies over the files: a laptop's .env, the environment, and flags.

COUNTERFOIL__WEB__PORT=9000 is web.port; COUNTERFOIL__CONNECTIONS__MY_SHOP__URL=… is
connections.my-shop.url; COUNTERFOIL__ROUTES__WEB__CADENCE_S=60 is cadence_s of
routes/web.toml.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, cast, get_origin

import msgspec

from counterfoil.config.fit import inside
from counterfoil.config.places import table
from counterfoil.config.shape import Origin, Place
from counterfoil.values.errors import Misconfigured

PREFIX = "COUNTERFOIL__"
REFERENCE = re.compile(r"(env|file):\S+")
"""How a secret is referred to."""

_LINE = re.compile(r"(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)\s*=\s*(.*)")

Override = tuple[Place, object, Origin]


def dotenv(file: Path) -> dict[str, tuple[str, int]]:
    """The variables of a .env file, each with its line. Raises `Misconfigured` naming a line that
    is none."""
    variables: dict[str, tuple[str, int]] = {}
    if not file.is_file():
        return variables
    for number, line in enumerate(file.read_text("utf-8", "replace").splitlines(), 1):
        stripped = line.strip()
        if not stripped or stripped.startswith("#"):
            continue
        match = _LINE.fullmatch(stripped)
        if match is None:
            raise Misconfigured(
                "This line is no variable.",
                do="Write NAME=value, one a line.",
                where=f"{file.name}, line {number}",
            )
        variables[match[1]] = _unquoted(match[2]), number
    return variables


def overrides(
    environment: Mapping[str, str],
    shape: object,
    known: Mapping[str, object],
    laptop: Mapping[str, int],
) -> Iterator[Override]:
    """What the environment says over the files, whose content is `known`; `laptop` has the line of
    each variable that only .env says."""
    for name in sorted(environment):
        if name.startswith(PREFIX):
            _readable(name, environment[name])
            words = name.removeprefix(PREFIX).lower().split("__")
            place, value_shape = _place(words, shape, known)
            line = laptop.get(name, 0)
            origin = Origin("environment", ".env" if line else name, line)
            yield place, _value(name, environment[name], place, value_shape), origin


def _readable(name: str, text: str) -> None:
    """Raises `Misconfigured` where a variable is not UTF-8: nothing could write it down."""
    try:
        f"{name}{text}".encode()
    except UnicodeEncodeError:
        raise Misconfigured(
            "The variable is not UTF-8.", do="Set it again as UTF-8.", where=name
        ) from None


def flagged(flags: Mapping[Place, object]) -> Iterator[Override]:
    """What flags say over everything; None says nothing."""
    for place, value in flags.items():
        if value is not None:
            yield place, value, Origin("flag", f"--{place[-1].replace('_', '-')}")


def lay(tree: dict[str, object], over: Iterable[Override], settled: dict[Place, Origin]) -> None:
    """Lay the overrides over `tree`, and note who settled each place."""
    for place, value, origin in over:
        branch = tree
        for key in place[:-1]:
            inner = branch.setdefault(key, {})
            if not table(inner):
                raise Misconfigured(f"{key!r} is no table.", do="Correct it.", where=str(origin))
            branch = inner
        branch[place[-1]] = value
        settled[place] = origin


def _unquoted(text: str) -> str:
    if len(text) > 1 and text[0] == text[-1] and text[0] in "'\"":
        return text[1:-1]
    return text.split(" #", 1)[0].rstrip()


def _place(words: list[str], shape: object, known: object) -> tuple[Place, object]:
    """The place that a variable's words mean, and the shape of its value.

    A variable cannot carry "-", so a name that is known with one is found without.
    """
    place: list[str] = []
    for word in words:
        names = list(known) if table(known) else []
        key = next((name for name in names if name.lower().replace("-", "_") == word), word)
        place.append(key)
        shape = inside(shape, key)
        known = known.get(key) if table(known) else None
    return tuple(place), shape


def _value(name: str, text: str, place: Place, shape: object) -> object:
    if len(place) == 4 and place[0] == "connections" and place[2] == "secrets":
        return text if REFERENCE.fullmatch(text) else f"env:{name}"
    if shape is Any or shape is object or get_origin(shape) in (dict, tuple):
        return _literal(text)
    try:
        return msgspec.convert(text, cast("type[object]", shape), strict=False)
    except msgspec.ValidationError:
        # What is wrong with it is said with everything else that is wrong.
        meant = _literal(text)
        return meant if isinstance(meant, int | float) else text


def _literal(text: str) -> object:
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        return text
