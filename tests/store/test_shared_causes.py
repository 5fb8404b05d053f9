"""What waits for one reason has one cause, whoever and whatever it is said of; measured on every
error that real systems were recorded to answer with."""

from __future__ import annotations

import json
import random
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import pytest

from counterfoil.store.postgres import Database

CASES = Path(__file__).parents[3] / "shared" / "cases"
SENTENCES = re.compile(r"^(?:message|detail|value|faultstring|error_description|errors?)$", re.I)
FIGURES = re.compile(r"[A-Za-z0-9_#-]*\d[A-Za-z0-9_#-]*")
MAIL = re.compile(r"[\w.+-]+@[\w.-]+")
OPENINGS = ("It refused order {number} at 10:{moment:02d}: ", "It refused order {number} at 9:30: ")
VARIANTS = 12


class Said(NamedTuple):
    """A sentence about a document, and the error that it is one of."""

    vendor: str
    label: str
    number: str
    text: str


def recorded(value: object, named: str = "") -> Iterator[str]:
    """Every sentence of an answer in which a system says what is wrong."""
    if isinstance(value, dict):
        for key, member in value.items():
            if key not in ("request", "query", "variables", "headers"):
                yield from recorded(member, key)
    elif isinstance(value, list):
        for member in value:
            yield from recorded(member, named)
    elif isinstance(value, str) and SENTENCES.match(named) and value.count(" ") > 1:
        yield " ".join(value.split())


def varied(text: str, chance: random.Random) -> str:
    """The sentence as the same system would say it of another document at another moment."""

    def other(found: re.Match[str]) -> str:
        return "".join(
            chance.choice("0123456789") if letter.isdigit()
            else chance.choice("abcdef") if letter.islower()
            else chance.choice("ABCDEF") if letter.isupper()
            else letter
            for letter in found[0]
        )  # fmt: skip

    text = MAIL.sub(lambda _: f"somebody{chance.randrange(999)}@example.org", text)
    text = FIGURES.sub(other, text)
    written = (str, str.strip, lambda words: words + ".", lambda words: words.replace(" ", "  "))
    return chance.choice(written)(text)


def corpus(chance: random.Random) -> list[Said]:
    """Each recorded error, said of a dozen documents."""
    kinds: dict[tuple[str, str], str] = {}
    for path in sorted(CASES.rglob("*.json")):
        vendor = path.relative_to(CASES).parts[0]
        if "error" in str(path.relative_to(CASES)).lower():
            for text in recorded(json.loads(path.read_text("utf-8"))):
                kinds.setdefault((vendor, alike(text)), text)
    said: list[Said] = []
    for (vendor, label), text in kinds.items():
        for _ in range(VARIANTS):
            number = f"#{chance.randrange(1000, 99999)}"
            opened = chance.choice(OPENINGS).format(number=number, moment=chance.randrange(60))
            sentence = opened + varied(text, chance)
            said.append(Said(vendor, label, number, sentence))
    return said


def alike(text: str) -> str:
    """What names a recorded error, so that two recordings of one are one: its words, and what it
    quotes where that is a field's name."""
    words = re.findall(r"[A-Za-z][a-z]+(?![\w@-]*\d)|\"\w+\"|'\w+'", MAIL.sub("", text))
    return " ".join(words).casefold()


def scored(labels: Sequence[object], names: Sequence[object]) -> tuple[float, float]:
    """Of all pairs that were put together, how many belong together; and the other way round."""

    def pairs(counts: Counter[object]) -> int:
        return sum(count * (count - 1) // 2 for count in counts.values())

    both = pairs(Counter(zip(labels, names, strict=True)))
    return both / pairs(Counter(names)), both / pairs(Counter(labels))


async def causes(store: Database, said: Sequence[Said]) -> list[str]:
    """The cause of each, as a hold is given it."""
    async with store._pool.acquire() as connection:
        rows = await connection.fetch(
            "select shared_cause(u.vendor, 'refused', 8::smallint, '', u.said, u.number) as cause"
            " from unnest($1::text[], $2::text[], $3::text[]) with ordinality"
            " as u (vendor, said, number, place) order by u.place",
            [each.vendor for each in said],
            [each.text for each in said],
            [each.number for each in said],
        )
    return [row["cause"] for row in rows]


@pytest.mark.skipif(not CASES.is_dir(), reason="the recorded cases are not here")
async def test_recorded_errors_are_told_apart_and_put_together(store: Database) -> None:
    said = corpus(random.Random(11))
    names = await causes(store, said)
    labels = [(each.vendor, each.label) for each in said]
    assert len(set(labels)) > 200
    right, whole = scored(labels, names)
    assert 2 * right * whole / (right + whole) >= 0.98, (right, whole)


async def test_an_error_that_nobody_has_met_is_one_new_cause(store: Database) -> None:
    known = [
        Said("office", "", f"#{number}", f"Order #{number}: stock code TEE-{number} is unknown.")
        for number in range(1000, 1020)
    ]
    novel = [
        Said("office", "", f"#{number}", f"Order #{number}: the ledger of {number % 12 + 1}/2026"
             f" is locked by user{number}@example.org since 10:{number % 60:02d}.")
        for number in range(1000, 1020)
    ]  # fmt: skip
    names = await causes(store, [*known, *novel])
    assert len(set(names[:20])) == 1
    assert len(set(names)) == 2


ALIKE = {
    ("The office has no item TEE-RED-M.", "The office has no item CAP-BLUE."): True,
    ("Token expired at 01/01/2001 00:00:00", "Token expired at 01/23/2020 18:21:16"): True,
    ("Nothing is in stock of A1, B22 and C3.", "Nothing is in stock of A1."): True,
    ("No customer jane@example.org is there.", "No customer ann@example.com is there"): True,
    ("'Drone' is not in the map 'delivery'.", "'Van' is not in the map 'delivery'."): False,
    ('Property "labels" expects an array.', 'Property "locales" expects an array.'): False,
    ("Item 12 is blocked.", "Item 12 is unknown."): False,
}


async def test_what_has_a_figure_in_it_makes_no_cause_and_a_word_does(store: Database) -> None:
    for texts, same in ALIKE.items():
        names = await causes(store, [Said("office", "", "", text) for text in texts])
        assert (len(set(names)) == 1) == same, texts
