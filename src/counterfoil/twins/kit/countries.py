"""Countries in words, as shops say them in English."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from importlib.resources import files
from typing import Final

_NAMES: Final[Mapping[str, str]] = tomllib.loads(
    (files(__package__ or "") / "countries.toml").read_text("utf-8")
)["names"]


def country_name(code: str) -> str:
    """The name of the country with this code (ISO 3166 alpha-2); the code where none is known."""
    return _NAMES.get(code, code)
