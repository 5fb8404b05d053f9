"""A new connector's folder, so that nobody begins with an empty page, or by copying a neighbour.

What is written is in order for every tool and red for every rule: each failure of the contract
suite says in one sentence what a person has to fill in.
"""

from __future__ import annotations

import keyword
import re
from importlib.resources import files
from pathlib import Path
from string import Template

from counterfoil.model.words import TITLES, WORDS, Word
from counterfoil.values.errors import Misconfigured

_NAME = re.compile(r"[a-z][a-z0-9]{1,39}")
_TEMPLATES = "counterfoil.kit.templates"
_OWN = {
    "init": (
        "from $package.client import Client",
        "from $package.$word import ${model}Source, ${model}Target",
    ),
    "document": ("from $package.client import Client",),
    "test": ("$imported",),
}


def write(folder: Path, name: str, word: Word = WORDS[0]) -> list[Path]:
    """Write the connector `name` of one document into `folder`, and its contract test beside the
    project's tests.

    Gives the files that were written. Raises `Misconfigured` for a name that is no package's, or
    where either folder exists already.
    """
    _check(name)
    package = folder / name
    tests = _project(folder) / "tests" / "connectors" / name
    for place in (package, tests):
        if place.exists():
            raise Misconfigured(
                f"{place} exists already.",
                do="Choose another name, or go on with what is there.",
                where="connector new",
            )
    home = _dotted(folder)
    words = {
        "name": name,
        "title": name.capitalize(),
        "package": f"{home}.{name}" if home else name,
        "word": word,
        "model": word.capitalize(),
        "one": TITLES[word].one,
        "many": TITLES[word].many,
        "Many": TITLES[word].many.capitalize(),
        "imported": f"from {home} import {name}" if home else f"import {name}",
    }
    return [
        _written(package / "__init__.py", "init", words),
        _written(package / "client.py", "client", words),
        _written(package / f"{word}.py", "document", words),
        _written(package / "manifest.toml", "manifest", words),
        _written(package / "NOTES.md", "notes", words),
        _written(tests / f"test_{name}_contract.py", "test", words),
    ]


def _check(name: str) -> None:
    if not _NAME.fullmatch(name) or keyword.iskeyword(name):
        raise Misconfigured(
            f"{name[:60]!r} cannot be a connector's name.",
            do="Use 2 to 40 of a-z and 0-9, a letter first: it names a Python package.",
            where="connector new",
        )


def _project(folder: Path) -> Path:
    """The project that `folder` is in, by its pyproject.toml; else where we are."""
    above = (folder, *folder.parents)
    return next((place for place in above if (place / "pyproject.toml").exists()), Path())


def _dotted(folder: Path) -> str:
    """The package that `folder` is, empty where it is none."""
    parts: list[str] = []
    place = folder.absolute()
    while (place / "__init__.py").exists():
        parts.insert(0, place.name)
        place = place.parent
    return ".".join(parts)


def _written(file: Path, template: str, words: dict[str, str]) -> Path:
    text = (files(_TEMPLATES) / f"{template}.txt").read_text("utf-8")
    before, after = _own_imports(template, words)
    filled = Template(text).substitute(words, before=before, after=after)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(filled, "utf-8")
    return file


def _own_imports(template: str, words: dict[str, str]) -> tuple[str, str]:
    """The imports of the connector's own files, which stand before the kit's or, in another
    project, in a block of their own after them."""
    own = "".join(Template(f"{line}\n").substitute(words) for line in _OWN.get(template, ()))
    ours = words["package"].startswith("counterfoil.")
    return (own, "") if ours or not own else ("", f"\n{own}")
