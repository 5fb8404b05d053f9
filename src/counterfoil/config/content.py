"""Content: a configuration as texts by their names, wherever they come from; and what is governed.

Governed is what moves, from where to where, by which words and at which pace: it is the same for
every process of an estate, and a change of it is a release (`store/releases.py`). The machine's is
where the door listens, how much one worker does at a time, how a rehearsal is played, and where
each secret lies.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import msgspec

from counterfoil.config.places import dotted, table
from counterfoil.config.shape import Config, Place
from counterfoil.values.digest import canonical
from counterfoil.values.errors import Misconfigured

PROJECT_FILE = "counterfoil.toml"
OWNERSHIP_FILE = "ownership.toml"
DUTIES_FILE = "duties.toml"
TABLES = {"ownership": OWNERSHIP_FILE, "duties": DUTIES_FILE}
"""The tables of the configuration that have a file of their own."""

Content = Mapping[str, str]
"""The text of each file by its name: "counterfoil.toml", "ownership.toml", "routes/web.toml"."""

FOLDERS = ("routes", "overlays")
"""Where a project has files beside its own."""

_MACHINE = frozenset({"web", "desk", "worker", "watch", "privacy", "rehearsal"})
_ABSENT = object()
_NAMED = 8  # places, in one line


class Folder(Mapping[str, str]):
    """The content of a project folder; each file is read when it is asked for. Asking raises
    `Misconfigured` where one cannot be read. `project` stands for the text of counterfoil.toml
    where it has not been written yet."""

    def __init__(self, path: Path, project: str | None = None) -> None:
        self.path = path
        self.project = project

    def __getitem__(self, name: str) -> str:
        if name == PROJECT_FILE and self.project is not None:
            return self.project
        if name not in self:
            raise KeyError(name)
        file = self.path / name
        if not file.is_file():  # a pipe may never end
            raise Misconfigured("This is no file.", do="Write a file there.", where=name)
        try:
            return file.read_text("utf-8")
        except UnicodeDecodeError as error:
            raise Misconfigured(
                f"The file is not UTF-8 (byte {error.start}).", do="Save it as UTF-8.", where=name
            ) from None
        except OSError as error:
            raise Misconfigured(
                f"The file cannot be read: {error.strerror}.", do="Let this account read it.",
                where=name,
            ) from None  # fmt: skip

    def __contains__(self, name: object) -> bool:
        return any(name == file for file in self)

    def __iter__(self) -> Iterator[str]:
        if self.project is not None or (self.path / PROJECT_FILE).is_file():
            yield PROJECT_FILE
        for file in TABLES.values():
            if (self.path / file).is_file():
                yield file
        for folder in FOLDERS:
            for file in sorted((self.path / folder).glob("*.toml")):
                yield f"{folder}/{file.name}"

    def __len__(self) -> int:
        return sum(1 for _ in self)


def governed(place: Place) -> bool:
    """Whether what stands at `place` is the same for every process of the estate."""
    if place[0] in _MACHINE:
        return False
    return not (len(place) > 2 and place[0] == "connections" and place[2] == "secrets")


def rules(config: Config) -> bytes:
    """What of `config` is governed, with its defaults, as JSON whose members are sorted: the same
    bytes for the same rules, however their files are written."""
    whole = {**msgspec.to_builtins(config.file), "routes": msgspec.to_builtins(config.routes)}
    return canonical(_governed(whole, ()))


def changes(old: bytes, new: bytes) -> list[str]:
    """The places, as TOML writes them, where two such contents differ."""
    before, after = _leaves(old), _leaves(new)
    places = sorted(before.keys() | after.keys())
    return [
        dotted(place) for place in places if before.get(place, _ABSENT) != after.get(place, _ABSENT)
    ]


def since(content: bytes, former: bytes | None) -> str:
    """What makes such a content another one than the `former`, in one line."""
    if former is None:
        return "first start"
    places = changes(former, content)
    others = f" and {len(places) - _NAMED} more" if len(places) > _NAMED else ""
    return ", ".join(places[:_NAMED]) + others if places else "another version of Counterfoil"


def _governed(value: object, place: Place) -> object:
    if not table(value):
        return value
    return {
        key: _governed(inner, (*place, key))
        for key, inner in value.items()
        if governed((*place, key))
    }


def _leaves(content: bytes) -> Mapping[Place, object]:
    return dict(_walked(msgspec.json.decode(content), ()))


def _walked(value: object, place: Place) -> Iterator[tuple[Place, object]]:
    if table(value) and value:
        for key, inner in value.items():
            yield from _walked(inner, (*place, key))
    elif place:
        yield place, value
