"""Every code that the house can say is explained, in a sentence that ends."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from source_codes import codes

import counterfoil
from counterfoil.app import registry
from counterfoil.ledger.account import State
from counterfoil.surfaces.cli import main
from counterfoil.surfaces.desk.exits import Exit, code
from counterfoil.surfaces.desk.words import meanings, texts
from counterfoil.values import errors

HOUSE = Path(counterfoil.__file__).parent
HOUSES, *OF_DOCUMENTS = texts()
CODES, _, WORDS = HOUSES.partition("# --- the words of the house ---")


def test_there_are_codes_to_explain() -> None:
    by_name = {"unmapped-value", "field-differs", "sign-in"}
    handed_on = {"no-product", "throttled", "negative-line", "sent-before"}
    of_a_choice, of_a_class = {"old-schema", "newer-schema"}, {"fenced", "overtaken"}
    assert by_name | handed_on | of_a_choice | of_a_class <= codes()


@pytest.mark.parametrize("one", sorted(codes()))
def test_every_code_is_explained(one: str) -> None:
    assert one in meanings()


def test_no_code_is_explained_that_nothing_carries() -> None:
    told = {code for text in (CODES, *OF_DOCUMENTS) for code in tomllib.loads(text)}
    for name in registry().names():
        told |= {*registry().get(name).manifest.codes}
    # The first stands for every http-STATUS, and the other is one with a meaning of its own.
    assert told - codes() == {"http", "http-430"}


def test_no_code_is_explained_twice() -> None:
    told = [code for text in texts() for code in tomllib.loads(text)]
    told += [code for name in registry().names() for code in registry().get(name).manifest.codes]
    assert len(told) == len(set(told))


def test_no_word_of_the_house_stands_among_its_codes() -> None:
    shared = {"confirmed", "held"}  # a state has the word of its cause
    assert codes() & set(tomllib.loads(WORDS)) <= shared


def test_every_state_is_explained() -> None:
    assert {state.word.replace("_", "-") for state in State} <= set(meanings())


def test_meanings_are_sentences_without_exclamation() -> None:
    for term, meaning in meanings().items():
        for text in filter(None, (meaning.said, meaning.do)):
            assert text.endswith("."), term
            assert "!" not in text, term


def test_every_command_has_its_file() -> None:
    for name in main._COMMANDS:
        assert (HOUSE / "surfaces" / "cli" / f"{name}.py").is_file(), name


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (errors.Misconfigured, Exit.WRONG),
        (errors.SignIn, Exit.SIGN_IN),
        (errors.Retry, Exit.AWAY),
        (errors.Settle, Exit.AWAY),
        (errors.Refuse, Exit.REFUSED),
        (errors.Hold, Exit.REFUSED),
        (errors.Halt, Exit.BROKE),
        (errors.CounterfoilError, Exit.BROKE),
    ],
)
def test_the_exit_code_is_the_errors_kind(
    error: type[errors.CounterfoilError], expected: Exit
) -> None:
    assert code(error("x")) == expected
