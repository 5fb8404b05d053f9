"""`explain`: every code that a message can carry, and every word that this house uses."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from importlib.resources import files

import msgspec

from counterfoil.flows.rulebook import RULEBOOK
from counterfoil.kit.manifest import Meaning
from counterfoil.model.words import TITLES, WORDS
from counterfoil.surfaces.cli.say import Spoken
from counterfoil.values.errors import Misconfigured
from counterfoil.values.nearest import near


def meanings() -> dict[str, Meaning]:
    """Every code and word with its meaning: the house's own, of each document, of each vendor."""
    from counterfoil.app import registry

    known: dict[str, Meaning] = {}
    for text in texts():
        known |= msgspec.convert(tomllib.loads(text), dict[str, Meaning])
    for name in registry().names():
        known |= registry().get(name).manifest.codes
    moved = ", ".join(TITLES[word].many for word in RULEBOOK)
    said = known["document"].said.format(seven=", ".join(WORDS), moved=moved)
    return {**known, "document": msgspec.structs.replace(known["document"], said=said)}


def texts() -> Iterator[str]:
    """The files that tell what codes and words mean: the house's, and one for each document."""
    yield (files("counterfoil.surfaces.cli") / "words.toml").read_text("utf-8")
    for word in RULEBOOK:
        yield (files("counterfoil.flows") / f"{word}.toml").read_text("utf-8")


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
