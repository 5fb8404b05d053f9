"""The pages are held to the code: what they name is there, what they show runs and is fresh."""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest
from cyclopts import CycloptsError, MissingArgumentError

from counterfoil.app import registry
from counterfoil.config import load
from counterfoil.flows import outcome
from counterfoil.flows.route import Plan
from counterfoil.kit.setup import settings
from counterfoil.rehearse.traffic.salesfile import OPTIONAL, REQUIRED
from counterfoil.store import pages
from counterfoil.surfaces.api import hooks
from counterfoil.surfaces.cli.flags import taken
from counterfoil.surfaces.cli.main import front
from docs import generate

ROOT = generate.ROOT
HOUSE = ROOT / "src" / "counterfoil"
PAGES = generate.pages()
NOTES = [page for page in PAGES if page.name == "NOTES.md"]

FILE = re.compile(
    r"[\w.{}-]*[\w-]+(?:/[\w.{}-]+)*\.(?:py|md|toml|sql|svg|json|graphql)|[\w.-]+(?:/[\w.-]+)*/"
)
TICKED = re.compile(r"`([^`\n]+)`")
FENCED = re.compile(r"^```(\w*)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
LINK = re.compile(r"\]\(([^)\s]+)\)")
ELSEWHERE = re.compile(  # files of a project folder, of people, of an example
    r"counterfoil\.toml|ownership\.toml|duties\.toml|routes/|secrets/|overlays/|\.counterfoil/|\.env|sales\.csv|acme"
)
COMMAND = re.compile(r"^\s*(?:\.venv/bin/)?(counterfoil|\./scripts/demo)(?: (.*))?$")
IGNORED = re.compile(r"\s{2,}\S.*$|\s+#\s.*$")  # what is said beside a command


def named(page: Path) -> str:
    """A page's name, for the report."""
    return str(page.relative_to(ROOT))


def unfenced(text: str) -> str:
    """The text without its blocks of code."""
    return FENCED.sub("", text)


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_what_is_made_from_the_code_is_fresh(page: Path) -> None:
    text = page.read_text("utf-8")
    assert generate.renewed(text) == text, "run: .venv/bin/python docs/generate.py"


def test_the_description_of_the_desk_for_programs_is_fresh() -> None:
    fresh = generate.OPENAPI.read_bytes() == generate.openapi()
    assert fresh, "run: .venv/bin/python docs/generate.py"


def test_every_part_has_its_page() -> None:
    written = "".join(page.read_text("utf-8") for page in PAGES)
    assert {name for name in generate.PARTS if f"<!-- made: {name} -->" in written} == set(
        generate.PARTS
    )


@pytest.mark.parametrize("made", [generate.estate_keys, generate.route_keys])
def test_every_key_is_explained(made) -> None:
    rows = [line.split(" | ") for line in made().splitlines()[2:]]
    assert [row[0] for row in rows if not row[-1].strip(" |")] == []


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_every_link_leads_somewhere(page: Path) -> None:
    for target in LINK.findall(unfenced(page.read_text("utf-8"))):
        if target.startswith(("http:", "https:")):
            continue
        place, _, part = target.partition("#")
        led = (page.parent / place).resolve() if place else page
        assert led.exists(), target
        assert not part or part in anchors(led), target


def anchors(page: Path) -> set[str]:
    """What the headings of a page can be linked by."""
    heads = re.findall(r"^#+ (.+)$", page.read_text("utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads}


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_every_file_that_is_named_exists(page: Path) -> None:
    missing = [path for path in paths(page) if not found(page, path)]
    assert missing == []


def paths(page: Path) -> Iterator[str]:
    """The texts in backticks that can only be a file or a folder of the project."""
    for text in TICKED.findall(unfenced(page.read_text("utf-8"))):
        if FILE.fullmatch(text) and not ELSEWHERE.search(text):
            yield text


def found(page: Path, path: str) -> bool:
    """Whether `path` exists beside the page, in the project, in the house, or among its tests."""
    if "/" not in path and any(
        next(place.rglob(path), None) for place in (HOUSE, ROOT / "tests", page.parent)
    ):
        return True
    return any((place / path).exists() for place in (page.parent, ROOT, HOUSE))


def lines() -> Iterator[tuple[str, str]]:
    """Every command line that a page shows, with the page's name."""
    for page in PAGES:
        if page.name == "commands.md":
            continue  # made from the command line itself
        text = page.read_text("utf-8")
        shown = re.findall(r"^ {4}(.*\S.*)$", text, re.MULTILINE)
        shown += [line for _, block in FENCED.findall(text) for line in block.splitlines()]
        shown = re.sub(r"\s*\\\n\s*", " ", "\n".join(shown)).splitlines()
        for line in [*shown, *TICKED.findall(unfenced(text))]:
            if COMMAND.match(line):
                yield named(page), line


@pytest.mark.parametrize(("page", "line"), sorted(set(lines())))
def test_every_command_line_is_understood(page: str, line: str) -> None:
    program, rest = COMMAND.match(line).groups(default="")  # type: ignore[union-attr]
    _, words = taken([word for word in shlex.split(IGNORED.sub("", rest)) if word != "…"])
    words = ["demo", *words] if program.endswith("demo") else words
    try:
        command, *_ = front().parse_args(words, print_error=False, exit_on_error=False)
    except MissingArgumentError:
        return  # the command and its flags exist; the page leaves out what the reader knows
    except CycloptsError as error:
        pytest.fail(f"{page}: {line}: {error}")
    assert callable(command)


def test_the_reference_names_every_command() -> None:
    text = (ROOT / "docs" / "reference" / "commands.md").read_text("utf-8")
    assert {f"counterfoil {name}" for name in front()} - {"counterfoil --help"} <= {
        *re.findall(r"^## (.+)$", text, re.MULTILINE),
        "counterfoil --version",
        "counterfoil -h",
    }


def configured() -> Iterator[Path]:
    """The pages that show configuration."""
    for page in PAGES:
        blocks = FENCED.findall(page.read_text("utf-8"))
        if any(kind == "toml" and block.startswith("# counterfoil.toml") for kind, block in blocks):
            yield page


@pytest.mark.parametrize("page", [*configured()], ids=named)
def test_configuration_that_is_shown_loads(page: Path, tmp_path: Path) -> None:
    for kind, block in FENCED.findall(page.read_text("utf-8")):
        head = re.match(r"# (counterfoil\.toml|routes/[\w-]+\.toml)$", block.partition("\n")[0])
        if kind == "toml" and head:
            place = tmp_path / head[1]
            place.parent.mkdir(exist_ok=True)
            place.write_text(block, "utf-8")
    config = load(tmp_path, {})
    for name, one in config.file.connections.items():
        connector = registry().get(one.system, where=name)
        settings(one.account(name), connector.manifest)
        assert set(one.secrets) <= set(connector.manifest.secrets)
        assert set(one.limits) <= set(connector.manifest.limits)


def test_some_pages_show_configuration() -> None:
    assert {page.name for page in configured()} >= {"first-connection.md", "vendor-limits.md"}


@pytest.mark.parametrize("script", ["demo", "test", "bench"])
def test_the_commands_of_the_readme_exist(script: str) -> None:
    assert f"./scripts/{script}" in (ROOT / "README.md").read_text("utf-8")
    assert os.access(ROOT / "scripts" / script, os.X_OK)


def test_the_readme_has_its_parts() -> None:
    text = (ROOT / "README.md").read_text("utf-8")
    assert "10.1057/dbm.2012.17" in text
    assert "CC BY 4.0" in text
    assert "(LICENSE)" in text
    assert generate._FIGURES.search(text)


FACTS = {
    "explain/record.md": (f"**lease** of {pages.LEASE_S:g} s", f"of up to {pages.LARGEST} "),
    "explain/house.md": (
        f"at most {hooks.MOST_BYTES // 2**20} MiB, within {hooks._DEADLINE_S:g} s",
        f"lease of {pages.LEASE_S:g} s",
        f"page of up to {pages.LARGEST} ",
    ),
    "explain/safety.md": (f"lease of {pages.LEASE_S:g} s",),
    "algorithms/backoff-and-settling.md": (
        f"route ({Plan('order', '', '', '').attempts})",
        f"at most {outcome._LONGEST_WAIT_S:g} s",
        f"default of {Plan('order', '', '', '').settle_s:g} s",
    ),
}
"""Figures that stand in sentences."""


@pytest.mark.parametrize(("page", "facts"), FACTS.items())
def test_figures_in_sentences_are_those_of_the_code(page: str, facts: tuple[str, ...]) -> None:
    text = " ".join((ROOT / "docs" / page).read_text("utf-8").split())
    assert [fact for fact in facts if fact not in text] == []


def names_in(folder: Path) -> set[str]:
    """The names of the tests in a folder."""
    files = folder.rglob("*.py")
    return {
        name
        for file in files
        for name in re.findall(r"^(?:async )?def (test_\w+)", file.read_text("utf-8"), re.MULTILINE)
    }


@pytest.mark.parametrize("page", NOTES, ids=lambda page: page.parent.name)
def test_every_test_that_notes_name_exists(page: Path) -> None:
    known = names_in(ROOT / "tests" / "connectors" / page.parent.name)
    for name, more in re.findall(r"`(test_\w+)(\.py|\.\.\.)?`", page.read_text("utf-8")):
        if more == ".py":
            assert found(page, f"{name}.py"), name
        elif more:
            assert any(one.startswith(name) for one in known), name
        else:
            assert name in known, name


@pytest.mark.parametrize("page", NOTES, ids=lambda page: page.parent.name)
def test_rungs_are_said_as_the_manifest_has_them(page: Path) -> None:
    manifest = registry().get(page.parent.name, where="").manifest
    safety = (ROOT / "docs" / "explain" / "safety.md").read_text("utf-8")
    assert f"{manifest.title} is *{manifest.rung}*" in safety
    assert f"*{manifest.rung}*" in page.read_text("utf-8")


def test_every_test_that_the_safety_page_names_exists() -> None:
    page = ROOT / "docs" / "explain" / "safety.md"
    named_there = set(re.findall(r"`(test_\w+)`", page.read_text("utf-8")))
    assert named_there
    assert named_there - names_in(ROOT / "tests") == set()


def test_the_house_page_has_every_room() -> None:
    text = (ROOT / "docs" / "explain" / "house.md").read_text("utf-8")
    rooms = {path.name for path in HOUSE.iterdir() if (path / "__init__.py").exists()} | {"app"}
    assert set(re.findall(r"^\| `(\w+)` \|", text, re.MULTILINE)) == rooms


def test_the_picture_has_every_room() -> None:
    text = (ROOT / "docs" / "explain" / "house.svg").read_text("utf-8")
    rooms = {path.name for path in HOUSE.iterdir() if (path / "__init__.py").exists()} | {"app"}
    assert set(re.findall(r'class="room"[^>]*>(\w+)<', text)) == rooms


def test_the_columns_of_a_sales_file_are_all_named() -> None:
    text = (ROOT / "docs" / "start.md").read_text("utf-8")
    assert {*REQUIRED, *OPTIONAL} <= set(TICKED.findall(text))


def test_measured_figures_become_a_table() -> None:
    one = {
        "what": "burst", "unit": "orders/s", "aim": 500, "most": False, "measured": 612.4,
        "peer": 1224.8, "peer_name": "bare loop", "ratio": 0.5, "verdict": "reached",
    }  # fmt: skip
    run = {"at": "2026-11-21T19:11:16Z", "processors": 2, "python": "3.11.7", "figures": [one]}
    assert generate.figures(run).splitlines()[-1] == (
        "| burst | ≥ 500 orders/s | 612 orders/s | 1,225 orders/s (bare loop) | 0.50 |"
    )


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_pages_are_written_in_plain_words(page: Path) -> None:
    text = unfenced(page.read_text("utf-8"))
    for word in (
        "seamless",
        "leverage",
        "powerful",
        "blazing",
        "cutting-edge",
        "please",
        "simply ",
    ):
        assert word not in text.lower(), word
