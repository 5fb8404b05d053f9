"""The README's pictures of the desk: each exists, is small, and is shown."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[3]
SCREENS = ROOT / "docs" / "screens"


def test_the_readme_shows_every_picture_that_is_kept_and_no_other() -> None:
    shown = set(re.findall(r"\(docs/screens/([^)]+)\)", (ROOT / "README.md").read_text("utf-8")))
    assert shown
    assert shown == {picture.name for picture in SCREENS.iterdir()}


def test_a_picture_is_a_small_png() -> None:
    for picture in SCREENS.iterdir():
        content = picture.read_bytes()
        assert content.startswith(b"\x89PNG"), picture.name
        assert len(content) <= 150_000, picture.name
