"""A new connector is born in order for every tool, and red for every rule that it has to keep."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

from counterfoil.kit import scaffold
from counterfoil.kit.auth_choices import CHOICES
from counterfoil.kit.contract import RULES
from counterfoil.kit.manifest import load
from counterfoil.values.errors import Misconfigured
from tests.kit.test_contract_manners import WORSE

ROOT = Path(__file__).parents[2]
KEPT = {
    "a_key_s_life_is_known",
    "a_port_says_what_it_offers",
    "a_scope_is_of_settings",
    "calls_are_limited",
    "what_is_changed_is_written_and_seen",
    "what_is_written_can_be_read_back",
    "waivers_name_rules",
    "the_folder_has_the_connectors_name",
    "a_document_file_exists_exactly_where_it_is_claimed",
    "the_package_offers_its_connector_and_nothing_else",
    "the_rung_is_one_that_was_reached",
}
"""What is true of a folder in which nothing has been filled in."""


ABOUT_PORTS = {
    "every_run_of_a_window_is_listed_once",
    "what_is_run_again_is_a_run_of_its_own",
    "a_refresh_stands_in_the_history",
}
"""Rules that a connector without ports is not tried by."""


class Ran(NamedTuple):
    """What a command said, and how it ended."""

    code: int
    said: str


def run(project: Path, *command: str, src: str = "src") -> Ran:
    ended = subprocess.run(
        [sys.executable, "-m", *command],
        cwd=project,
        env={**os.environ, "PYTHONPATH": src},
        capture_output=True,
        text=True,
        check=False,
    )
    return Ran(ended.returncode, ended.stdout + ended.stderr)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project of somebody else's, with our own settings for every tool."""
    (tmp_path / "pyproject.toml").write_text((ROOT / "pyproject.toml").read_text("utf-8"))
    checked = {"include": ["src", "tests"], "strict": ["src", "tests"], "extraPaths": ["src"]}
    place = {"venvPath": str(ROOT), "venv": ".venv", "typeCheckingMode": "standard"}
    (tmp_path / "pyrightconfig.json").write_text(json.dumps(checked | place))
    (tmp_path / "src").mkdir()
    return tmp_path


def outcomes(said: str) -> dict[str, str]:
    """How each rule ended, by its name."""
    pattern = r"^(PASSED|FAILED|XFAIL|XPASS|ERROR) \S+::test_contract\[(?:order-)?(\w+)\]"
    return {name: ended for ended, name in re.findall(pattern, said, re.MULTILINE)}


def test_every_file_is_written_and_told(project: Path) -> None:
    written = scaffold.write(project / "src", "acme")
    assert [str(path.relative_to(project)) for path in written] == [
        "src/acme/__init__.py",
        "src/acme/client.py",
        "src/acme/order.py",
        "src/acme/manifest.toml",
        "src/acme/NOTES.md",
        "tests/connectors/acme/test_acme_contract.py",
    ]
    assert all(path.is_file() for path in written)


def test_a_folder_of_no_project_becomes_one_whose_suite_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    place = tmp_path / "elsewhere"
    written = scaffold.write(place, "acme")
    assert not any((tmp_path / "here").iterdir())
    assert [str(path.relative_to(place)) for path in written[-2:]] == [
        "tests/connectors/acme/test_acme_contract.py",
        "pyproject.toml",
    ]
    ended = run(place, "pytest", "-rA", "-p", "no:cacheprovider", "tests", src=str(ROOT / "src"))
    endings = outcomes(ended.said)
    assert {name for name, end in endings.items() if end == "PASSED"} == KEPT
    assert "Build the stage in this file" in ended.said
    second = scaffold.write(place, "bolt")
    assert place / "pyproject.toml" not in second


def test_a_folder_below_a_project_has_its_tests_there(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(project / "src")
    *_, suite = scaffold.write(Path("house"), "acme")
    assert suite == project / "tests" / "connectors" / "acme" / "test_acme_contract.py"


def test_a_title_is_written_as_people_write_it(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written = scaffold.write(project / "src", "acmetwo", scaffold.Shape(title="AcmeTwo"))
    monkeypatch.syspath_prepend(project / "src")
    assert load("acmetwo").title == "AcmeTwo"
    assert "AcmeTwo" in written[0].read_text("utf-8")


def test_the_manifest_can_be_read_and_claims_no_rung(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scaffold.write(project / "src", "acmeone")
    monkeypatch.syspath_prepend(project / "src")
    manifest = load("acmeone")
    assert (manifest.name, manifest.title, manifest.rung) == ("acmeone", "Acmeone", "sketched")


@pytest.mark.parametrize("home", ["src", "src/house", "src/counterfoil/connectors"])
def test_ruff_accepts_what_is_written(project: Path, home: str) -> None:
    packages = [home, *(["src/counterfoil/kit/contract"] if "counterfoil" in home else [])]
    for package in packages:
        for place in (project / package, *(project / package).parents):
            if place.is_relative_to(project / "src") and place != project / "src":
                place.mkdir(parents=True, exist_ok=True)
                (place / "__init__.py").write_text('"""A package."""\n')
    scaffold.write(project / home, "acme")
    assert run(project, "ruff", "check", ".") == Ran(0, "All checks passed!\n")
    assert run(project, "ruff", "format", "--check", ".").code == 0


def test_pyright_accepts_what_is_written(project: Path) -> None:
    scaffold.write(project / "src", "acme")
    ended = run(project, "basedpyright", "--project", "pyrightconfig.json")
    assert "0 errors, 0 warnings" in ended.said


SHAPES = [
    *(scaffold.Shape(auth=auth) for auth in CHOICES),
    scaffold.Shape(verbs=("write",)),
    scaffold.Shape(verbs=("read", "write")),
    scaffold.Shape(verbs=("read",)),
    scaffold.Shape(verbs=("since", "census")),
    scaffold.Shape(verbs=("census",)),
    scaffold.Shape(ports=("publisher",)),
    scaffold.Shape(document=None, ports=("estate", "publisher")),
]


def test_every_shape_is_in_order_for_every_tool(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(project / "src")
    for at, shape in enumerate(SHAPES):
        scaffold.write(project / "src", f"shape{at}", shape)
        manifest = load(f"shape{at}")
        verbs = {word: {*carries.verbs} for word, carries in manifest.documents.items()}
        assert verbs == ({shape.document: {*shape.verbs}} if shape.document else {})
        assert manifest.ports.keys() == {*shape.ports}
        assert manifest.secrets.keys() == CHOICES[shape.auth].secrets.keys()
    assert run(project, "ruff", "check", ".") == Ran(0, "All checks passed!\n")
    assert run(project, "ruff", "format", "--check", ".").code == 0
    ended = run(project, "basedpyright", "--project", "pyrightconfig.json")
    assert "0 errors, 0 warnings" in ended.said, ended.said


@pytest.mark.parametrize(
    ("shape", "said"),
    [
        (scaffold.Shape(document="invoice"), "knows no document 'invoice'"),  # type: ignore[arg-type]
        (scaffold.Shape(verbs=("amend",)), "knows no verb amend"),
        (scaffold.Shape(verbs=()), "knows no verb"),
        (scaffold.Shape(auth="baerer"), "knows no sign-in 'baerer'"),
        (scaffold.Shape(title='A"B'), "knows no title"),
        (scaffold.Shape(ports=("estates",)), "knows no port 'estates'"),
        (scaffold.Shape(document=None), "knows nothing to do"),
    ],
)
def test_a_shape_that_cannot_be_is_refused(project: Path, shape: scaffold.Shape, said: str) -> None:
    with pytest.raises(Misconfigured, match=said) as refused:
        scaffold.write(project / "src", "acme", shape)
    assert refused.value.do
    assert not any((project / "src").iterdir())


def test_its_contract_suite_is_collected_and_red(project: Path) -> None:
    scaffold.write(project / "src", "acme")
    ended = run(project, "pytest", "-rA", "-p", "no:cacheprovider", "tests")
    found = outcomes(ended.said)
    assert ended.code == 1
    assert {name for name, end in found.items() if end == "PASSED"} == KEPT
    about_messages = {rule.name for rule in RULES if "pushed" in rule.name} | {
        "any_bytes_are_read_or_refused",
        "any_member_may_be_wrong",
        "a_message_is_read_the_same_every_time",
        "a_hint_can_be_read",
        "what_is_pulled_comes_again_until_it_is_acknowledged",
    }
    by_claim = {
        "every_state_is_in_the_round",
        "a_batch_is_whole_or_says_so",
        "the_same_content_is_the_same_version",
        "what_vanished_is_void",
        "what_is_there_is_told_of_each",
    }
    # What a manifest says of its target beyond a plain write is asked where it says so.
    by_claim |= {rule for rule, _, _ in WORSE}
    tried = found.keys() | about_messages | by_claim | ABOUT_PORTS
    assert tried == {rule.name for rule in RULES}
    assert "manifest.toml does not say yet: api, documents.order.source" in ended.said
    assert "Build the stage in this file" in ended.said
    assert "Traceback" not in ended.said


def test_what_has_ports_only_is_born_red_in_their_rules(project: Path) -> None:
    shape = scaffold.Shape(document=None, ports=("estate", "publisher"))
    written = scaffold.write(project / "src", "acme", shape)
    assert [path.name for path in written[2:4]] == ["estate.py", "publisher.py"]
    ended = run(project, "pytest", "-rA", "-p", "no:cacheprovider", "tests")
    found = outcomes(ended.said)
    assert {name for name in ABOUT_PORTS if found[name] == "FAILED"} == ABOUT_PORTS
    assert "ports.estate does not say how it is known" in ended.said
    assert "Traceback" not in ended.said


def test_a_waiver_of_a_rule_that_is_kept_is_a_failure(project: Path) -> None:
    scaffold.write(project / "src", "acme")
    manifest = project / "src" / "acme" / "manifest.toml"
    waived = ("hosts_are_the_vendors_own", "the_folder_has_the_connectors_name")
    waivers = ", ".join(f'{{ rule = "{rule}", why = "It is a trial." }}' for rule in waived)
    text = manifest.read_text("utf-8")
    manifest.write_text(text.replace("hosts = []", f"hosts = []\nwaivers = [{waivers}]"))
    ended = run(project, "pytest", "-rA", "-p", "no:cacheprovider", "tests")
    found = outcomes(ended.said)
    assert [found[rule] for rule in waived] == ["XFAIL", "FAILED"]


@pytest.mark.parametrize("name", ["", "a", "Acme", "acme-erp", "1up", "class", "../x", "a" * 41])
def test_a_name_that_names_no_package_is_refused(project: Path, name: str) -> None:
    with pytest.raises(Misconfigured, match="cannot be a connector's name"):
        scaffold.write(project / "src", name)
    assert not any((project / "src").iterdir())


@pytest.mark.parametrize("place", ["src/acme", "tests/connectors/acme"])
def test_a_folder_that_exists_is_left_alone(project: Path, place: str) -> None:
    (project / place).mkdir(parents=True)
    with pytest.raises(Misconfigured, match="exists already"):
        scaffold.write(project / "src", "acme")
    assert not any((project / place).iterdir())
