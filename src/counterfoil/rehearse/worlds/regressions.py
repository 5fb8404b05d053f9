"""Worlds that failed once, kept as whole recipes: what a seed draws changes as the house grows.

A world whose recipe is kept is played by the tests for ever.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

import msgspec

from counterfoil.rehearse.worlds.recipe import Recipe
from counterfoil.values.errors import Misconfigured

PLACE: Final = Path(".counterfoil-proof")
"""Where a run of the proof leaves the recipes of the worlds that failed, in the folder it runs in;
from there a person moves them to `SEEDS`."""
SEEDS: Final = Path("tests/worlds/seeds")
"""Where the tests look for them, in a checkout."""
_FEW = 5
_LONGEST = 50


class Kept(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One world: what it once showed, in a sentence, and how to make it again."""

    why: str
    recipe: Recipe


def keep(place: Path, recipe: Recipe, why: str) -> Path:
    """Write a world's recipe into the folder `place`: the file."""
    place.mkdir(parents=True, exist_ok=True)
    file = place / f"{recipe.seed}-{_few_words(why)}.json"
    text = msgspec.json.format(msgspec.json.encode(Kept(why, recipe)), indent=2)
    file.write_bytes(text + b"\n")
    return file


def read(file: Path) -> Kept:
    """The world of a file. Raises `Misconfigured` where it is none."""
    try:
        return msgspec.json.decode(file.read_bytes(), type=Kept)
    except (OSError, msgspec.MsgspecError) as error:
        raise Misconfigured(
            f"{file} is no recipe of a world: {error}",
            do="Write one with python -m counterfoil.rehearse.worlds --seed N --keep WHY.",
            where=str(file),
        ) from error


def _few_words(why: str) -> str:
    words = re.findall(r"[a-z0-9]+", why.lower())
    return "-".join(words[:_FEW])[:_LONGEST] or "world"
