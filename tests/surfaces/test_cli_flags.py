"""Flags that all commands share are found wherever they stand, and nowhere else."""

from __future__ import annotations

from pathlib import Path

import pytest

from counterfoil.surfaces.cli.flags import taken
from counterfoil.values.errors import Misconfigured


@pytest.mark.parametrize(
    "words",
    [["--json", "hold", "list"], ["hold", "--json", "list"], ["hold", "list", "--json"]],
)
def test_a_switch_is_found_anywhere(words: list[str]) -> None:
    flags, left = taken(words)
    assert flags.json
    assert flags.machine
    assert left == ["hold", "list"]


@pytest.mark.parametrize("words", [["--project", "there"], ["--project=there"]])
def test_the_project_folder_in_both_spellings(words: list[str]) -> None:
    flags, left = taken(["doctor", *words])
    assert flags.project == Path("there")
    assert left == ["doctor"]


def test_after_two_dashes_nothing_is_a_flag() -> None:
    flags, left = taken(["search", "--", "--json"])
    assert not flags.json
    assert left == ["search", "--", "--json"]


def test_a_project_without_a_name_is_refused() -> None:
    with pytest.raises(Misconfigured):
        taken(["doctor", "--project"])
