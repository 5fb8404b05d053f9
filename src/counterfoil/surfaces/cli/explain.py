"""`explain`: every code that a message can carry, and every word that this house uses."""

from __future__ import annotations

import tomllib
from importlib.resources import files

import msgspec

from counterfoil.surfaces.cli.say import Spoken
from counterfoil.values.errors import Misconfigured
from counterfoil.values.nearest import near


class Meaning(msgspec.Struct, frozen=True):
    """What a code or a word means, and what to do where something is to be done."""

    said: str
    do: str = ""


def meanings() -> dict[str, Meaning]:
    """Every code and word with its meaning."""
    text = (files("counterfoil.surfaces.cli") / "words.toml").read_text("utf-8")
    return msgspec.convert(tomllib.loads(text), dict[str, Meaning])


def explain(term: str, /, *, say: Spoken) -> None:
    """Explain a code that a message carried, or a word of this house.

    Args:
        term: The code or the word.
    """
    known = meanings()
    word = term.strip().lower().replace(" ", "-").replace("_", "-")
    found = known.get(word) or (known["http"] if word.startswith("http-") else None)
    if found is None:
        raise Misconfigured(f"{term!r} is no word of this house.", do=near(word, known))

    def show() -> None:
        say.line(found.said)
        if found.do:
            say.line(found.do)

    say.answer("explain", {"term": word, "said": found.said, "do": found.do}, show)
