"""Rehearsals know no vendor but by the cast: another pair of systems is another file there."""

from __future__ import annotations

from pathlib import Path

import pytest

HOUSE = Path(__file__).parents[2] / "src" / "counterfoil"
CAST = HOUSE / "rehearse" / "cast"
DATA = {HOUSE / "rehearse" / "fuzz" / "values.py"}  # values that have broken systems, of any kind


def vendors() -> list[str]:
    """The systems that there are connectors or twins for, by their folder."""
    folders = [*(HOUSE / "connectors").iterdir(), *(HOUSE / "twins").iterdir()]
    # A folder of files is nobody's, and its name is a word of English.
    return sorted(
        {one.name for one in folders if (one / "__init__.py").exists()} - {"kit", "files"}
    )


def naming(vendor: str, files: list[Path]) -> list[str]:
    return [one.name for one in files if vendor in one.read_text("utf-8").lower()]


@pytest.mark.parametrize("vendor", vendors())
def test_only_the_cast_names_a_vendor(vendor: str) -> None:
    every = (HOUSE / "rehearse").rglob("*.py")
    assert (
        naming(vendor, [one for one in every if CAST not in one.parents and one not in DATA]) == []
    )


def test_the_cast_names_them() -> None:
    named = [vendor for vendor in vendors() if naming(vendor, list(CAST.glob("*.py")))]
    assert {"orderwise", "shopify"} <= set(named)
