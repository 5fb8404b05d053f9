"""Every code that the house can say is explained, in a sentence that ends."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import counterfoil
from counterfoil.ledger.account import State
from counterfoil.surfaces.cli import main
from counterfoil.surfaces.cli.exits import Exit, code
from counterfoil.surfaces.cli.explain import meanings
from counterfoil.values import errors

HOUSE = Path(counterfoil.__file__).parent
CODE = re.compile(r'(?:\bcode ?= ?|Cause\(\s*)"([a-z][a-z0-9-]+)"')


def codes() -> set[str]:
    """Every code in the house's source; the twins' are their vendors' words."""
    files = [file for file in HOUSE.rglob("*.py") if "twins" not in file.relative_to(HOUSE).parts]
    return {found for file in files for found in CODE.findall(file.read_text("utf-8"))}


def test_there_are_codes_to_explain() -> None:
    assert {"unmapped-value", "field-differs", "sign-in"} <= codes()


@pytest.mark.parametrize("one", sorted(codes()))
def test_every_code_is_explained(one: str) -> None:
    assert one in meanings()


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
