"""Words: every code that a message can carry, and every word that this house uses, explained."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from importlib.resources import files

import msgspec

from counterfoil.app import registry
from counterfoil.flows.rulebook import RULEBOOK
from counterfoil.kit.manifest import Meaning
from counterfoil.model.words import TITLES, WORDS
from counterfoil.surfaces.desk.acts import asks
from counterfoil.values.errors import Misconfigured
from counterfoil.values.nearest import near


class Explained(msgspec.Struct, frozen=True):
    """A code or a word, what it means, and what helps."""

    term: str
    said: str
    do: str


def meanings() -> dict[str, Meaning]:
    """Every code and word with its meaning: the house's own, of each document, of each vendor."""
    terms: dict[str, Meaning] = {}
    for text in texts():
        terms |= msgspec.convert(tomllib.loads(text), dict[str, Meaning])
    for name in registry().names():
        terms |= registry().get(name).manifest.codes
    moved = ", ".join(TITLES[word].many for word in RULEBOOK)
    sentence = terms["document"].said.format(seven=", ".join(WORDS), moved=moved)
    return {**terms, "document": msgspec.structs.replace(terms["document"], said=sentence)}


def texts() -> Iterator[str]:
    """The files that tell what codes and words mean: the house's, and one for each document that
    has codes of its own, whether it is moved yet or not."""
    yield (files("counterfoil.surfaces.desk") / "words.toml").read_text("utf-8")
    for word in WORDS:
        of_document = files("counterfoil.flows") / f"{word}.toml"
        if of_document.is_file():
            yield of_document.read_text("utf-8")


@asks("explain")
def explained(term: str) -> Explained:
    """Explain a code that a message carried, or a word of this house.

    Raises `Misconfigured` where it is neither.
    """
    terms = meanings()
    word = term.strip().lower().replace(" ", "-").replace("_", "-")
    meaning = terms.get(word) or (terms["http"] if word.startswith("http-") else None)
    if meaning is None:
        raise Misconfigured(f"{term!r} is no word of this house.", do=near(word, terms))
    return Explained(word, meaning.said, meaning.do)
