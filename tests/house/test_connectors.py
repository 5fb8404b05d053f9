"""Every connector is what it says: its folder, its tests, its place in the house, its how-to."""

from __future__ import annotations

import ast
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import get_args

import pytest

from counterfoil.app import registry
from counterfoil.flows.rulebook import RULEBOOK
from counterfoil.flows.rules import nothing
from counterfoil.kit import contract, manifest
from counterfoil.kit.auth_choices import CHOICES
from counterfoil.kit.capability import PORTS, VERBS, Rung
from counterfoil.model.words import WORDS
from counterfoil.surfaces.cli.main import front, main

ROOT = Path(__file__).parents[2]
CONNECTORS = ROOT / "src" / "counterfoil" / "connectors"
TESTS = ROOT / "tests" / "connectors"
PAGE = ROOT / "docs" / "how-to" / "connector.md"
FOLDERS = sorted(folder for folder in CONNECTORS.iterdir() if (folder / "manifest.toml").exists())
_MOST_LINES = 20  # of a test file that names a connector and its stage


def test_every_folder_is_let_in_and_nothing_else_is() -> None:
    assert [folder.name for folder in FOLDERS] == registry().names()


def test_what_lies_among_the_connectors_is_a_connector() -> None:
    there = {path.name for path in CONNECTORS.iterdir() if path.is_dir()} - {"__pycache__"}
    assert there == {folder.name for folder in FOLDERS}


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_the_files_are_the_capability_matrix(folder: Path) -> None:
    claimed = manifest.load(f"counterfoil.connectors.{folder.name}").documents.keys()
    assert {word for word in WORDS if (folder / f"{word}.py").exists()} == claimed


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_every_connector_is_held_to_the_contract_in_a_dozen_lines(folder: Path) -> None:
    test = TESTS / folder.name / f"test_{folder.name}_contract.py"
    text = test.read_text("utf-8")
    assert re.search(rf"^test_contract = suite\({folder.name}, ", text, re.MULTILINE)
    assert len(text.splitlines()) <= _MOST_LINES


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_what_needs_more_than_its_document_is_composed_with_it(folder: Path) -> None:
    """Whether by the rules of its word, or because what the target holds is asked first."""
    carried = manifest.load(f"counterfoil.connectors.{folder.name}").documents
    told = {
        word
        for word, carries in carried.items()
        if carries.reads_first or RULEBOOK[word].needs is not nothing
    }
    for path in folder.glob("*.py"):
        for part in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(part, ast.FunctionDef) and part.name == "compose":
                taken = {arg.arg: ast.unparse(arg.annotation or part) for arg in part.args.args}
                assert taken["document"].lower() not in told or "inputs" in taken, path


def test_the_kit_runs_without_the_tools_of_the_tests() -> None:
    modules = "connector manifest registry scaffold sockets throttle transport webhook"
    imports = "".join(f"import counterfoil.kit.{name}; " for name in modules.split())
    program = f"import sys; {imports}print({{'pytest', 'hypothesis'}} & set(sys.modules))"
    ended = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert ended.stdout == "set()\n"


# --- the page ---


def words() -> list[str]:
    """What stands in the page as code, but for its commands and its example."""
    text = re.sub(r"```(?:sh|python)\n.*?```", "", PAGE.read_text("utf-8"), flags=re.DOTALL)
    return re.findall(r"`([^`]+)`", text)


def commands() -> Iterator[list[str]]:
    for block in re.findall(r"```sh\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL):
        yield from map(shlex.split, block.splitlines())


def members() -> set[str]:
    shapes = (
        manifest.Manifest,
        manifest.Carries,
        manifest.Offers,
        manifest.Limit,
        manifest.Webhook,
        manifest.Setting,
        manifest.Waiver,
        manifest.Meaning,
        manifest.Queued,
    )
    return {name for shape in shapes for name in shape.__struct_fields__}


def test_the_page_tells_every_member_of_a_manifest_and_every_verb() -> None:
    assert (members() | {*VERBS}) - {*words()} == set()


def test_the_page_tells_every_rung() -> None:
    told = re.findall(r"^\| (\w+) \| ", PAGE.read_text("utf-8"), re.MULTILINE)
    assert [rung for rung in told if rung not in ("member", "rung")] == [*get_args(Rung)]


def test_every_name_on_the_page_is_one_that_there_is() -> None:
    known = members() | {*VERBS} | {rule.name for rule in contract.RULES} | {*contract.__all__}
    known |= {"Retry", "Settle", "Hold", "counterfoil.connectors", "registry", "stage", "--folder"}
    known |= {*CHOICES, "--verbs", "--auth", "reference_prefix"}
    known |= {*PORTS, *chain(*PORTS.values())}
    unknown = [word for word in words() if word not in known and not _is_path(word)]
    assert unknown == []


def _is_path(word: str) -> bool:
    """A file or folder of ours, or of the new connector of which the page tells."""
    word = word.removeprefix("ls ").replace("/acme", "/orderwise")
    places = (ROOT, ROOT / "src" / "counterfoil", FOLDERS[0], TESTS / "orderwise")
    named = word.replace("test_acme", "test_orderwise")
    return any([*place.glob(named.rstrip("/"))] for place in places)


def test_what_the_pages_example_imports_is_there() -> None:
    (example,) = re.findall(r"```python\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
    compile(example, str(PAGE), "exec")
    for imported in re.findall(
        r"^from counterfoil.kit.contract import (\w+)$", example, re.MULTILINE
    ):
        assert imported in contract.__all__


def test_every_command_on_the_page_can_be_given() -> None:
    for program, *arguments in commands():
        if program == "counterfoil":
            front().parse_args(arguments, print_error=False, exit_on_error=False)
        else:
            assert (ROOT / program).exists(), program


def test_the_pages_first_command_writes_what_the_page_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    _, *arguments = next(commands())
    assert main(arguments) == 0
    written = {str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*") if path.is_file()}
    assert {Path(path).name for path in written if path.startswith("src")} <= {*words()}
    assert {str(Path(path).parent) for path in written} <= {*words()}


def test_a_name_as_people_write_it_is_the_title(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["connector", "new", "AcmeERP", "--folder", "src"]) == 0
    manifest = (tmp_path / "src" / "acmeerp" / "manifest.toml").read_text("utf-8")
    assert 'name = "acmeerp"\ntitle = "AcmeERP"\n' in manifest
    suite = "tests/connectors/acmeerp/test_acmeerp_contract.py"
    assert f"now run: pytest {suite}\n" in capsys.readouterr().out


# --- how long they are ---

_CLIENT_MOST = 100
_FILE_MOST = 450


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_a_client_is_short_for_the_kit_does_the_rest(folder: Path) -> None:
    lengths = {path.name: len(path.read_text("utf-8").splitlines()) for path in folder.glob("*.py")}
    assert lengths.get("client.py", 0) <= _CLIENT_MOST
    assert max(lengths.values()) <= _FILE_MOST
