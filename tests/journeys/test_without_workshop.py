"""An installation without the workshop's packages: every command runs, and every layer of the proof
runs or says what it needs. The packages are there, and no process here can import them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from journeys_environment import environment

from counterfoil.rehearse.prove import SHARES
from counterfoil.surfaces.cli.main import front

BLOCK = """\
import sys

class Blocked:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {"pytest", "_pytest", "hypothesis", "xdist"}:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

sys.meta_path.insert(0, Blocked())
"""
NEEDED = "counterfoil[proof]"
LONE = ["init", "doctor", "up", "worker", "web", "demo", "prove", "trace", "search", "balance",
        "explain", "audit", "verify"]  # fmt: skip
PAIRS = [
    f"{room} {word}"
    for room, words in {
        "connection": "add test list",
        "route": "list run pause shadow on",
        "hold": "list show resend aside",
        "config": "show releases schema",
        "db": "status upgrade backup restore",
        "connector": "list new",
        "close": "open check sign pack show list",
        "user": "list add role remove",
        "user token": "list add end",
        "watch": "run list test",
        "load": "plan run sign status",
        "duties": "list who",
        "map": "coverage",
        "stock": "show stale stranded buffer curve",
        "privacy": "export erase due rotate scrub",
        "reconcile": "run show explain export",
    }.items()
    for word in words.split()
]


@pytest.fixture
def bare(tmp_path: Path):
    """Run `counterfoil WORDS` where pytest and hypothesis cannot be imported, by no process."""
    (tmp_path / "block").mkdir()
    (tmp_path / "block" / "sitecustomize.py").write_text(BLOCK)

    def ran(*words: str, module: str = "counterfoil") -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, *(["-m", module] if module else []), *words],
            cwd=tmp_path,
            env=environment(PYTHONPATH=str(tmp_path / "block")),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=110,
            check=False,
        )

    return ran


def test_they_really_cannot_be_imported(bare) -> None:
    ended = bare("-c", "import pytest", module="")
    assert "No module named 'pytest'" in ended.stderr


def test_every_command_is_tried_below() -> None:
    known = {name for name in front() if not name.startswith("-")}
    assert known == {*LONE, "completion", *(pair.split()[0] for pair in PAIRS)}


@pytest.mark.parametrize("command", [*LONE, *PAIRS, "completion"])
def test_every_command_is_there(bare, command: str) -> None:
    ended = bare(*command.split(), "--help")
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert "Traceback" not in ended.stderr


@pytest.mark.parametrize("words", ["connector list", "explain held", "completion bash", "init ."])
def test_commands_that_need_no_database_do_what_they_do(bare, words: str) -> None:
    ended = bare(*words.split())
    assert ended.returncode == 0, ended.stdout + ended.stderr


def test_a_connector_s_folder_is_written(bare, tmp_path: Path) -> None:
    (tmp_path / "src").mkdir()
    ended = bare("connector", "new", "acme", "--folder", "src")
    assert ended.returncode == 0, ended.stdout + ended.stderr


@pytest.mark.parametrize("layer", sorted(SHARES))
def test_every_layer_runs_or_says_what_it_needs(bare, layer: str) -> None:
    import json

    ended = bare("prove", "--layer", layer, "--minutes", "0.05", "--seed", "3", "--json")
    assert "broke" not in ended.stderr
    data = json.loads(ended.stdout)["data"]
    (one,) = data["layers"]
    assert one["name"] == layer
    assert one["failures"] == []
    if layer == "sabotage":
        assert (data["absent"], data["sound"], ended.returncode) == (["sabotage"], False, 3)
        assert any(NEEDED in note for note in one["notes"])
    else:
        assert (data["absent"], data["sound"], ended.returncode) == ([], True, 0)


def test_the_contract_suite_says_what_it_needs(bare) -> None:
    ended = bare("-c", "import counterfoil.kit.contract", module="")
    assert "The contract suite needs pytest" in ended.stderr
    assert NEEDED in ended.stderr
