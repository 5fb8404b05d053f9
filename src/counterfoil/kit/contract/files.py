"""Rules about a connector's folder: `ls` is the capability matrix, and NOTES.md does not lie."""

from __future__ import annotations

import re
from pathlib import Path

from counterfoil.kit.contract.case import Subject, demand
from counterfoil.kit.contract.rule import about_folder
from counterfoil.model.words import WORDS

_TEST = re.compile(r"`(test_\w+?)(?:\.py|(_?(?:\.\.\.|…)))?`")
_DEFINED = re.compile(r"^ *(?:async )?def (test_\w+)", re.MULTILINE)
_SPEC = re.compile(r"\b(specs?|schemas?|recordings?)\b", re.IGNORECASE)
_DATE = re.compile(r"\b20\d\d-[01]\d-[0-3]\d\b")


@about_folder
def the_folder_has_the_connectors_name(subject: Subject) -> None:
    """The folder is named as the connector in its manifest, so that one word finds both."""
    folder, name = subject.folder.name, subject.manifest.name
    demand(folder == name, f"The folder {folder} holds the connector {name!r}.")


@about_folder
def a_document_file_exists_exactly_where_it_is_claimed(subject: Subject) -> None:
    """A document has a file of its name if and only if the manifest claims it."""
    for word in WORDS:
        exists = (subject.folder / f"{word}.py").exists()
        claimed = word in subject.manifest.documents
        demand(exists or not claimed, f"The manifest claims {word}s, and there is no {word}.py.")
        demand(claimed or not exists, f"There is {word}.py, and the manifest claims no {word}s.")


@about_folder
def the_package_offers_its_connector_and_nothing_else(subject: Subject) -> None:
    """`__init__.py` offers CONNECTOR and nothing else."""
    text = (subject.folder / "__init__.py").read_text("utf-8")
    demand('__all__ = ["CONNECTOR"]' in text, '__init__.py does not say __all__ = ["CONNECTOR"].')


@about_folder
def notes_name_tests_that_exist(subject: Subject) -> None:
    """NOTES.md tells each quirk with the test that pins it, and every such test exists."""
    file = subject.folder / "NOTES.md"
    demand(file.exists(), f"There is no {file.name} beside the manifest.")
    named = set(_TEST.findall(file.read_text("utf-8")))
    demand(bool(named), "NOTES.md names no test: tell what is odd about the vendor, and its test.")
    tests = _defined(subject.tests)
    for name, cut in sorted(named):
        exists = any(test.startswith(name) for test in tests) if cut else name in tests
        demand(exists, f"NOTES.md names {name}{cut}, which is not to be found in the tests.")


@about_folder
def the_rung_is_one_that_was_reached(subject: Subject) -> None:
    """A connector that calls itself recorded names its test against the vendor's own spec or
    recordings; one that calls itself proven names the day of its real account."""
    manifest = subject.manifest
    if manifest.rung == "recorded":
        files = [Path(name).name for name in re.findall(r"[\w/]+\.py", manifest.rung_source)]
        texts = [_text(subject.tests / name) for name in files]
        spec = any(_SPEC.search(text) for text in texts)
        demand(
            spec, "rung_source names no test of ours that reads the vendor's spec or recordings."
        )
    if manifest.rung == "proven":
        dated = _DATE.search(manifest.rung_source)
        demand(dated is not None, "rung_source does not say on which day (2026-11-02).")


def _defined(tests: Path) -> set[str]:
    files = sorted(tests.rglob("test_*.py"))
    stems = {file.stem for file in files}
    return stems.union(*(_DEFINED.findall(_text(file)) for file in files))


def _text(file: Path) -> str:
    return file.read_text("utf-8") if file.exists() else ""
