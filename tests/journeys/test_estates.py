"""Two estates on one database: the second is told at every door, and a renamed one is let in."""

from __future__ import annotations

import json
from pathlib import Path

import pytest


@pytest.fixture
def other(project, folder: Path):
    """The project of an estate that uses the database of "gifts", which used it first."""
    assert project("hold", "list").code == 0
    file = folder / "counterfoil.toml"
    file.write_text(file.read_text().replace('name = "gifts"', 'name = "books"'))
    return project


def test_the_second_estate_is_refused_by_every_command_that_uses_the_store(other) -> None:
    for words in (
        ("up",), ("hold", "list"), ("search", "1"), ("route", "list"), ("balance",),
        ("db", "status"), ("db", "upgrade"), ("db", "backup", "copy"),
        ("connection", "test", "shop"),
    ):  # fmt: skip
        ended = other(*words, "--json")
        assert ended.code == 2, words
        assert json.loads(ended.err)["code"] == "other-estate", words
    said = other("doctor", "--offline")
    assert said.code == 2
    assert "belongs to the estate 'gifts', and this project is 'books'" in said.out


def test_an_estate_that_was_renamed_says_so_once(other) -> None:
    assert other("db", "rename", "gifts").code == 2, "nobody can be asked"
    assert other("db", "rename", "books", "--yes").code == 2, "it is not that estate's"
    ended = other("db", "rename", "gifts", "--yes")
    assert ended.code == 0
    assert "that of books now" in ended.out
    assert other("hold", "list").code == 0
