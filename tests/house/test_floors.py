"""The floors are held by a machine: here, that nobody has taken the machine away."""

from __future__ import annotations

import configparser
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CONTRACTS = {
    "floors": "layers",
    "doors": "layers",
    "apart": "forbidden",
    "shown": "forbidden",
    "rehearse": "layers",
    "kit": "forbidden",
    "config": "forbidden",
    "store": "forbidden",
    "connectors": "protected",
    "siblings": "independence",
    "twins": "protected",
    "pure": "forbidden",
    "time": "forbidden",
}


@pytest.fixture(scope="module")
def rules() -> configparser.ConfigParser:
    parsed = configparser.ConfigParser()
    parsed.read(ROOT / ".importlinter")
    return parsed


def test_every_contract_stands(rules: configparser.ConfigParser) -> None:
    found = {name: rules.get(f"importlinter:contract:{name}", "type") for name in CONTRACTS}
    assert found == CONTRACTS


def test_every_room_has_its_floor(rules: configparser.ConfigParser) -> None:
    floors = rules["importlinter:contract:floors"]
    named = set(re.findall(r"\w+", floors["layers"]))
    modules = {path.stem for path in (ROOT / "src" / "counterfoil").iterdir()}
    assert floors.getboolean("exhaustive")
    assert modules - {"__init__", "__pycache__", "py"} <= named


def test_only_named_doors_are_excused(rules: configparser.ConfigParser) -> None:
    excused = [section.get("ignore_imports", "").strip() for section in rules.values()]
    assert sorted(filter(None, excused)) == [
        "counterfoil.values.clock -> asyncio",
        "counterfoil.values.clock -> whenever",
    ]


def test_the_test_command_asks_the_machine() -> None:
    asked = (ROOT / "scripts" / "test").read_text("utf-8")
    assert re.search(r"^check lint-imports$", asked, re.MULTILINE)
