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
from textwrap import indent
from typing import Final

import msgspec

from counterfoil.kit.auth_choices import CHOICES
from counterfoil.kit.capability import PORTS, Verb
from counterfoil.model.words import TITLES, WORDS, Word
from counterfoil.values.errors import Misconfigured
from counterfoil.values.nearest import near

_NAME = re.compile(r"[a-z][a-z0-9]{1,39}")
_TITLE = re.compile(r"[\w&+. -]{1,40}")
_TEMPLATES = "counterfoil.kit.templates"
_PROJECT_FILE: Final = "pyproject.toml"
_CONNECTOR = "counterfoil.kit.connector"
_SOURCE: Final = ("since", "census")
_DOES: Final = {
    "read": "read",
    "since": "listed",
    "census": "counted",
    "write": "composed, written and found again",
}
VERBS: Final[tuple[Verb, ...]] = ("read", "since", "census", "write")
"""The verbs that something calls; all of them unless a person chooses."""


class Shape(msgspec.Struct, frozen=True):
    """What a new connector is to do: with which document (None: it has ports only), by which verbs,
    signed in how, at which `ports`; `title` is how people write the system's name (empty: its name
    with a capital)."""

    document: Word | None = WORDS[0]
    verbs: tuple[str, ...] = VERBS
    auth: str = "bearer"
    title: str = ""
    ports: tuple[str, ...] = ()

    @property
    def source(self) -> bool:
        """Whether it is read from."""
        listed = bool({*_SOURCE} & {*self.verbs}) or "write" not in self.verbs
        return self.document is not None and listed

    @property
    def target(self) -> bool:
        """Whether it is written to."""
        return self.document is not None and "write" in self.verbs


def write(folder: Path, name: str, shape: Shape | None = None) -> list[Path]:
    """Write the connector `name` into `folder`, and its contract test beside the project's tests.

    A folder that lies in no project, and not below where we are, becomes one of its own. Gives the
    files that were written. Raises `Misconfigured` for a name that is no package's, for a
    shape that cannot be, or where either folder exists already.
    """
    shape = shape or Shape()
    _check(name)
    _check_shape(shape)
    package = folder / name
    project = _project(folder)
    tests = project / "tests" / "connectors" / name
    for place in (package, tests):
        if place.exists():
            raise Misconfigured(
                f"{place} exists already.",
                do="Choose another name, or go on with what is there.",
                where="connector new",
            )
    home = _dotted(folder)
    words = _words(home, name, shape)
    client_import = (f"from {words['package']}.client import Client",)
    modules = {port: [words["Name"] + port.capitalize()] for port in shape.ports}
    if shape.document:
        modules[shape.document] = _ends(shape)
    ends = [
        f"from {words['package']}.{module} import {', '.join(classes)}"
        for module, classes in sorted(modules.items())
    ]
    manifest = words | _manifest(shape)
    alone = project == folder and not (folder / _PROJECT_FILE).exists()
    project_files = [_written(folder / _PROJECT_FILE, "pyproject", words)] if alone else []
    return [
        _written(
            package / "__init__.py",
            "init",
            words | _session(shape, words["Name"]),
            (*client_import, *ends),
            _blocks(shape),
        ),
        _written(package / "client.py", "client", words | _client(shape)),
        *(_written(package / f"{port}.py", port, words, client_import) for port in shape.ports),
        *(
            _written(
                package / f"{word}.py",
                "document",
                words | _document(word, shape),
                client_import,
                _blocks(shape),
            )
            for word in filter(None, [shape.document])
        ),
        _written(package / "manifest.toml", "manifest", manifest, (), _blocks(shape)),
        _written(package / "NOTES.md", "notes", words),
        _written(tests / f"test_{name}_contract.py", "test", words, (words["imported"],)),
        *project_files,
    ]


def _words(home: str, name: str, shape: Shape) -> dict[str, str]:
    """What every template may say; of the document where there is one."""
    word = shape.document
    title = TITLES[word] if word else None
    return {
        "name": name,
        "Name": name.capitalize(),
        "title": shape.title or name.capitalize(),
        "package": f"{home}.{name}" if home else name,
        "word": word or "",
        "model": word.capitalize() if word else "",
        "one": title.one if title else "",
        "many": title.many if title else "",
        "Many": title.many.capitalize() if title else "",
        "imported": f"from {home} import {name}" if home else f"import {name}",
    }


def _check(name: str) -> None:
    if not _NAME.fullmatch(name) or keyword.iskeyword(name):
        raise Misconfigured(
            f"{name[:60]!r} cannot be a connector's name.",
            do="Use 2 to 40 of a-z and 0-9, a letter first: it names a Python package.",
            where="connector new",
        )


def _project(folder: Path) -> Path:
    """The project that `folder` is in, by its pyproject.toml; else where we are, or the folder
    itself where it lies elsewhere."""
    place = folder.absolute()
    for above in (place, *place.parents):
        if (above / _PROJECT_FILE).exists():
            return Path() if above == Path.cwd() else above
    return Path() if place.is_relative_to(Path.cwd()) else folder


def _dotted(folder: Path) -> str:
    """The package that `folder` is, empty where it is none."""
    parts: list[str] = []
    place = folder.absolute()
    while (place / "__init__.py").exists():
        parts.insert(0, place.name)
        place = place.parent
    return ".".join(parts)


def _check_shape(shape: Shape) -> None:
    if shape.document is not None and shape.document not in WORDS:
        raise _cannot(f"no document {shape.document[:40]!r}", near(shape.document, WORDS))
    for port in shape.ports:
        if port not in PORTS:
            raise _cannot(f"no port {port[:40]!r}", f"There is {' and '.join(PORTS)}.")
    if shape.document is None and not shape.ports:
        raise _cannot("nothing to do", "Name a document that it carries, or a port.")
    unknown = sorted({*shape.verbs} - {*VERBS})
    if unknown or not shape.verbs:
        raise _cannot(f"no verb {', '.join(unknown)[:60]}", f"It can {', '.join(VERBS)}.")
    if shape.title and not _TITLE.fullmatch(shape.title):
        raise _cannot(f"no title {shape.title[:40]!r}", "It has letters, digits and & + . - only.")
    if shape.auth not in CHOICES:
        raise _cannot(f"no sign-in {shape.auth[:40]!r}", near(shape.auth, CHOICES))


def _cannot(what: str, do: str) -> Misconfigured:
    return Misconfigured(f"A new connector knows {what}.", do=do, where="connector new")


def _ends(shape: Shape) -> list[str]:
    model = (shape.document or "").capitalize()
    return [f"{model}Source"] * shape.source + [f"{model}Target"] * shape.target


def _session(shape: Shape, name: str) -> dict[str, str]:
    word = shape.document or ""
    model = word.capitalize()
    ports = ", ".join(f'"{port}": {name}{port.capitalize()}(client)' for port in shape.ports)
    return {
        "ports": f"{{{ports}}}",
        "sources": f'{{"{word}": {model}Source(client)}}' if shape.source else "{}",
        "targets": f'{{"{word}": {model}Target(client)}}' if shape.target else "{}",
    }


def _client(shape: Shape) -> dict[str, str]:
    choice = CHOICES[shape.auth]
    names = {
        "typing": ("Final",),
        "counterfoil.kit.api.api": ("Api", "Usage"),
        "counterfoil.kit.api.faults": ("Faults",),
        _CONNECTOR: ("Opening",),
        **choice.imports,
    }
    typing = names.pop("typing")
    imports = f"from typing import {typing[0]}\n\n{_imports(names)}"
    return {"imports": imports, "auth": indent(choice.body, "    ")}


def _document(word: str, shape: Shape) -> dict[str, str]:
    verbs = {*shape.verbs}
    needs = {
        "CensusPage": "census" in verbs,
        "Intent": shape.target,
        "Listing": "since" in verbs,
        "Reading": shape.source,
        "Seen": shape.target and "read" in verbs,
        "Written": shape.target,
    }
    names = {
        _CONNECTOR: tuple(name for name, needed in needs.items() if needed),
        f"counterfoil.model.{word}": (word.capitalize(),),
    }
    if shape.source:
        names["counterfoil.values.clock"] = ("Instant",)
    if shape.target:
        names["counterfoil.values.errors"] = ("CounterfoilError",)
    shapes = ["Mapping"] * needs["Seen"] + ["Sequence"] * (shape.target or "read" in verbs)
    does = ", ".join(_DOES[verb] for verb in VERBS if verb in verbs)
    first = f"from collections.abc import {', '.join(shapes)}\n\n" if shapes else ""
    return {"imports": _imports(names), "shapes": first, "does": does}


def _manifest(shape: Shape) -> dict[str, str]:
    secrets = CHOICES[shape.auth].secrets
    doubt = "To be filled in: what a repeated write does, and who says so."
    return {
        "secrets": "\n".join(f'{key} = "To be filled in: {text}"' for key, text in secrets.items()),
        "verbs": ", ".join(f'"{verb}"' for verb in VERBS if verb in shape.verbs),
        "doubt": f'in_doubt = "D"\nin_doubt_source = "{doubt}"\n' if shape.target else "",
        "ports": "\n".join(
            f"[ports.{port}]\nverbs = [{', '.join(map(_quoted, verbs))}]\n"
            'source = "To be filled in: the page of the vendor that describes these calls."\n'
            f'in_doubt = "D"\nin_doubt_source = "{doubt}"\n'
            for port, verbs in PORTS.items()
            if port in shape.ports
        ),
    }


def _quoted(text: str) -> str:
    return f'"{text}"'


def _blocks(shape: Shape) -> frozenset[str]:
    ends = ["source"] * shape.source + ["target"] * shape.target
    parts = ["document"] * (shape.document is not None) + ["ports"] * bool(shape.ports)
    return frozenset({*shape.verbs, *ends, *parts})


def _imports(names: dict[str, tuple[str, ...]]) -> str:
    return "\n".join(
        f"from {module} import {', '.join(imported)}" for module, imported in sorted(names.items())
    )


def _written(
    file: Path,
    template: str,
    words: dict[str, str],
    own: tuple[str, ...] = (),
    blocks: frozenset[str] = frozenset(),
) -> Path:
    text = _chosen((files(_TEMPLATES) / f"{template}.txt").read_text("utf-8"), blocks)
    before, after = _own_imports(own, words)
    filled = Template(text).substitute(words, before=before, after=after)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(filled, "utf-8")
    return file


def _chosen(text: str, blocks: frozenset[str]) -> str:
    """The template with those parts between %if and %end whose word was chosen."""
    lines: list[str] = []
    inside: list[bool] = []
    for line in text.splitlines(keepends=True):
        if line.startswith("%if "):
            inside.append(line[4:].strip() in blocks)
        elif line.startswith("%end"):
            inside.pop()
        elif all(inside):
            lines.append(line)
    return "".join(lines)


def _own_imports(own: tuple[str, ...], words: dict[str, str]) -> tuple[str, str]:
    """The imports of the connector's own files, which stand before the kit's or, in another
    project, in a block of their own after them."""
    block = "".join(f"{line}\n" for line in own)
    ours = words["package"].startswith("counterfoil.")
    return (block, "") if ours or not block else ("", f"\n{block}")
