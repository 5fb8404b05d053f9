"""What a command loads before it does anything: whoever only asks does not wait for what serves.

Modules are counted, not seconds: a machine that is busy makes no command load more.
"""

from __future__ import annotations

import json
import subprocess
import sys
from importlib.util import find_spec

from counterfoil.surfaces.cli import main

HEAVY = frozenset({"aiohttp", "pgqueuer", "pydantic", "starlette", "uvicorn"})
"""What only a call, a queue or a door needs: half of a start, and more."""

SERVING = frozenset({"up", "web", "worker", "demo", "prove"})
"""The commands that open a door or play vendors, and load what they will use."""

ASKING = sorted(main._COMMANDS.keys() - SERVING)

LOADED = """
import json, sys
from counterfoil.surfaces.cli.main import main
first = {}
for command in json.loads(sys.argv[1]):
    main(command)
    for module in sys.modules:
        first.setdefault(module, command)
sys.stderr.write(json.dumps(first))
"""


def loaded(*commands: list[str]) -> dict[str, list[str]]:
    """Every module that a process has loaded after these commands, with the first that did."""
    arguments = [sys.executable, "-c", LOADED, json.dumps(commands)]
    ended = subprocess.run(arguments, capture_output=True, text=True, check=True)
    return json.loads(ended.stderr)


def test_the_front_door_s_help_loads_nothing_of_the_house() -> None:
    modules = loaded(["--help"])
    assert HEAVY.isdisjoint(modules)
    assert {"asyncpg", "structlog", "counterfoil.app", "counterfoil.config"}.isdisjoint(modules)


def test_no_help_of_a_command_that_asks_waits_for_what_serves() -> None:
    modules = loaded(*([command, "--help"] for command in ASKING))
    assert {module: modules[module] for module in HEAVY & modules.keys()} == {}


def test_a_cheap_command_loads_neither_queue_nor_client() -> None:
    modules = loaded(["explain", "mark"], ["config", "schema"], ["connector", "list"])
    assert "counterfoil.app" in modules, "they read what connectors declare"
    assert {module: modules[module] for module in HEAVY & modules.keys()} == {}


def test_what_is_looked_for_are_packages_that_are_here() -> None:
    assert [package for package in sorted(HEAVY) if find_spec(package) is None] == []
