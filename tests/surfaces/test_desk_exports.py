"""What is written for a spreadsheet is figures and texts, and never a formula."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from counterfoil.surfaces.desk.exports import Line, fresh, inert, write
from counterfoil.values.clock import instant
from counterfoil.values.errors import Misconfigured


def line(route: str = "orders", difference_minor: int = -1250) -> Line:
    return Line(
        route,
        instant("2026-09-01T00:00:00Z"),
        None,
        "GBP",
        0,
        1250,
        difference_minor,
        1,
        2,
        0,
        1,
        False,
    )


@given(st.text())
def test_no_text_is_a_formula_and_every_text_is_there_whole(text: str) -> None:
    assert not inert(text).startswith(("=", "+", "-", "@", "\t", "\r"))
    assert inert(text).removeprefix("'") == text.removeprefix("'")


def test_a_line_is_read_again_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "balance.csv"
    write(path, [line("=cmd|' /C calc'!A0"), line()])
    with path.open(newline="") as file:
        first, second = csv.DictReader(file)
    assert first["route"] == "'=cmd|' /C calc'!A0"
    assert (second["listed"], second["accounted"], second["difference"]) == (
        "0.00", "12.50", "-12.50",
    )  # fmt: skip
    assert (second["created_before"], second["documents_listed"], second["agrees"]) == (
        "",
        "1",
        "no",
    )


def test_no_file_is_written_over(tmp_path: Path) -> None:
    path = tmp_path / "kept"
    path.write_text("mine")
    for attempt in (lambda: fresh(path), lambda: write(path, [line()])):
        with pytest.raises(Misconfigured):
            attempt()
    assert path.read_text() == "mine"
