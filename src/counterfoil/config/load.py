"""Load: a project's content, all of it checked, or one clear sentence about what is wrong."""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import cast

import msgspec

from counterfoil.config.content import DUTIES_FILE, PROJECT_FILE, TABLES, Content, Folder, governed
from counterfoil.config.fit import Misfit, inside, misfits, near
from counterfoil.config.layers import REFERENCE, Override, dotenv, flagged, lay, overrides
from counterfoil.config.places import dotted, lines, nearest, places, table
from counterfoil.config.shape import Config, File, Origin, Place
from counterfoil.flows.route import HOUSE, Plan
from counterfoil.govern.duties import Asked, Duties, Subject, asked
from counterfoil.kit.transport import address
from counterfoil.values.errors import Misconfigured
from counterfoil.values.ids import name

_SECRET = re.compile(r"(?:.*_)?(?:password|passwd|secret|token|api_key|access_key|private_key)")
_AT = re.compile(r" \(at (?:line (\d+), column (\d+)|end of document)\)$")


class Several(Misconfigured):
    """More than one thing is wrong: the first of `found`, and how many come after it."""

    def __init__(self, found: Sequence[Misconfigured]) -> None:
        first, others = found[0], len(found) - 1
        tail = f" {others} more after that." if others else ""
        super().__init__(first.said, do=first.do + tail, where=first.where, code=first.code)
        self.found = tuple(found)


class _Whole(File, frozen=True, forbid_unknown_fields=True):
    """Everything that may be overridden: the project file and the routes."""

    routes: dict[str, Plan] = {}


def load(
    folder: Path,
    environment: Mapping[str, str] = os.environ,
    *,
    flags: Mapping[Place, object] | None = None,
    text: str | None = None,
) -> Config:
    """The configuration of a project folder; `flags` are values by place that win over all others.

    `text` stands for the content of counterfoil.toml where it has not been written yet. The
    environment may say what is the machine's, and nothing that is governed (`config/content.py`).

    Raises `Misconfigured` with the file and line of what is wrong, and what to do; `Several` where
    that is more than one thing.
    """
    laptop = dotenv(folder / ".env")
    variables = {**{name: text for name, (text, _) in laptop.items()}, **environment}
    lines_ = {name: line for name, (_, line) in laptop.items() if name not in environment}
    return _loaded(_Reading(Folder(folder, text), folder), variables, lines_, flags or {})


def from_content(
    content: Content, folder: Path, environment: Mapping[str, str] = os.environ
) -> Config:
    """The configuration that `content` says, wherever it comes from. The `folder` is the machine's:
    it has the data and the secrets, and no file of it is read here.

    Raises what `load` raises.
    """
    return _loaded(_Reading(content, folder), environment, {}, {})


def _loaded(
    reading: _Reading,
    variables: Mapping[str, str],
    laptop: Mapping[str, int],
    flags: Mapping[Place, object],
) -> Config:
    reading.read()
    over = list(overrides(variables, _Whole, reading.tree, laptop))
    _refuse_governed(over)
    lay(reading.tree, [*over, *flagged(flags)], reading.settled)
    reading.complain(_wrong(reading.tree))
    whole = msgspec.convert(reading.tree, _Whole)
    file = msgspec.convert({k: v for k, v in reading.tree.items() if k != "routes"}, File)
    routes = {name: _asking(name, plan, file.duties) for name, plan in whole.routes.items()}
    reading.complain(_unasked(routes))
    return Config(reading.folder, file, routes, variables, reading.settled)


def _asking(name: str, plan: Plan, duties: Duties) -> Plan:
    """The plan of a route, whose owners are those that the duties name."""
    subject = Subject(route=name, document=plan.document)
    owner, owners = asked(duties, subject, Asked(plan.owner, plan.owners))
    return msgspec.structs.replace(plan, owner=owner, owners={**owners})


def _refuse_governed(over: Iterable[Override]) -> None:
    """Raise `Several` where the environment would change what every process must find alike."""
    wrong = [
        Misconfigured(
            f"{dotted(place)} is the same for every process of the estate, and the environment is"
            " this process's alone.",
            do=f"Write it in {_file(place)}, and take the variable away.",
            where=str(origin),
        )
        for place, _, origin in over
        # A table that there is not is told with all else that does not fit.
        if inside(_Whole, place[0]) is not object and governed(place)
    ]
    if wrong:
        raise Several(wrong)


def _file(place: Place) -> str:
    if place[0] in TABLES:
        return TABLES[place[0]]
    return f"routes/{place[1]}.toml" if place[0] == "routes" and len(place) > 1 else PROJECT_FILE


def _unasked(routes: Mapping[str, Plan]) -> Iterator[Misfit]:
    """Every route about whose documents nobody is asked."""
    for route, plan in routes.items():
        if not plan.owner:
            yield Misfit(
                ("routes", route, "owner"),
                f"routes.{route}.owner is missing: nobody is asked about what waits.",
                f"Write owner = … there, or say in {DUTIES_FILE} whose duty the route is.",
            )


class _Reading:
    """A content being read: the tree of values, and who settled each."""

    def __init__(self, content: Content, folder: Path) -> None:
        self.content = content
        self.folder = folder
        self.tree: dict[str, object] = {}
        self.settled: dict[Place, Origin] = {}
        self._lines: dict[Place, tuple[str, dict[Place, int]]] = {}

    def read(self) -> None:
        """Read every file. Raises `Several` with what cannot be read in any of them."""
        wrong: list[Misconfigured] = []
        for part in (self.project, self.others):
            try:
                part()
            except Several as error:
                wrong += error.found
            except Misconfigured as error:
                wrong.append(error)
        if wrong:
            raise Several(wrong)

    def project(self) -> None:
        """Read the project file."""
        if PROJECT_FILE not in self.content:
            raise Misconfigured(
                f"There is no {PROJECT_FILE} in {self.folder}.",
                do="`counterfoil init` writes one; --project DIR names another folder.",
                where=str(self.folder),
                code="no-project",
            )
        self.tree = self._toml(PROJECT_FILE, ())
        for table_name, file in {"routes": "routes/NAME.toml", **TABLES}.items():
            if table_name in self.tree:
                raise Misconfigured(
                    f"[{table_name}] has a file of its own.",
                    do=f"Move it to {file}.",
                    where=self.where((table_name,)),
                )

    def others(self) -> None:
        """Read who masters what, who does what, and a file for each route. Raises `Several` with
        what is wrong in each, and for each file that has no place in a project."""
        plans: dict[str, object] = {}
        names = {file: name for name, file in TABLES.items()}
        wrong: list[Misconfigured] = []
        for file in self.content:
            if file == PROJECT_FILE:
                continue
            try:
                if file in names:
                    self.tree[names[file]] = self._toml(file, (names[file],))
                    continue
                route = _route(file)
                plan = self._toml(file, ("routes", route))
            except Misconfigured as error:
                wrong.append(error)
                continue
            if plan:  # a file of comments only is not a route yet
                plans[route] = plan
        self.tree["routes"] = plans
        if wrong:
            raise Several(wrong)

    def complain(self, found: Iterable[Misfit]) -> None:
        """Raise what does not fit."""
        wrong = [
            Misconfigured(misfit.said, do=misfit.do, where=self.where(misfit.place))
            for misfit in found
        ]
        if wrong:
            raise Several(wrong)

    def where(self, place: Place) -> str:
        """Who said what stands at `place`, for people."""
        if place in self.settled:
            return str(self.settled[place])
        for prefix, (file, lines_of) in sorted(self._lines.items(), key=lambda item: -len(item[0])):
            if place[: len(prefix)] == prefix:
                line = nearest(lines_of, place[len(prefix) :])
                return f"{file}, line {line}" if line else file
        return dotted(place)

    def _toml(self, file: str, prefix: Place) -> dict[str, object]:
        text = self.content[file]
        tree = _parsed(text, file)
        lines_of = lines(text)
        self._lines[prefix] = (file, lines_of)
        for place in places(tree):
            self.settled[prefix + place] = Origin("toml", file, nearest(lines_of, place))
        return tree


def _route(file: str) -> str:
    """The route whose file it is. Raises `Misconfigured` where it is no route's."""
    folder, _, file_name = file.partition("/")
    if folder == "overlays":
        raise Misconfigured(
            "This version of Counterfoil does not lay overlays over field tables yet.",
            do="Move the file out of overlays/: nothing in it would be applied.",
            where=file,
        )
    if folder != "routes" or not file_name.endswith(".toml"):
        raise Misconfigured(
            f"A project has {PROJECT_FILE}, {', '.join(TABLES.values())} and routes/NAME.toml, and"
            f" no {file}.",
            do="Take it out.",
            where=file,
        )
    return name(file_name.removesuffix(".toml"), where=file)


def _parsed(text: str, shown: str) -> dict[str, object]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        sentence = str(error)
        position = _AT.search(sentence)
        line = position[1] if position and position[1] else str(len(text.splitlines()))
        column = f", column {position[2]}" if position and position[2] else ""
        raise Misconfigured(
            f"This is not TOML: {_AT.sub('', sentence)[:1].lower()}{_AT.sub('', sentence)[1:]}.",
            do="Correct the line; text stands in quotes, tables in [brackets].",
            where=f"{shown}, line {line}{column}",
            code="bad-toml",
        ) from None


def _wrong(tree: dict[str, object]) -> Iterator[Misfit]:
    """What is wrong with the whole configuration: secrets first, so that none is ever quoted."""
    yield from _secrets(tree.get("connections"), ("connections",))
    yield from _secrets(tree.get("watch"), ("watch",))
    shaped = list(misfits(tree, _Whole))
    yield from shaped
    if not shaped:
        whole = msgspec.convert(tree, _Whole)
        yield from _names(whole)
        yield from _addresses(whole)
        yield from _ends(whole)


def _secrets(value: object, place: Place) -> Iterator[Misfit]:
    """Every secret that stands in the configuration itself."""
    if table(value):
        for key, inner in value.items():
            yield from _secrets(inner, (*place, key))
    elif isinstance(value, list):
        for inner in cast("list[object]", value):
            yield from _secrets(inner, place)
    elif isinstance(value, str) and _secret(place) and not REFERENCE.fullmatch(value):
        yield Misfit(
            place,
            f"A secret stands in the file itself, as {place[-1]!r}.",
            'Take it out, change it at the other system, and write "env:NAME" or'
            ' "file:NAME" (a file in secrets/).',
        )


def _secret(place: Place) -> bool:
    """Whether what stands at `place` can only be a secret."""
    declared = (len(place) == 4 and place[2] == "secrets") or place[:-1] == ("watch", "channels")
    return declared or bool(_SECRET.fullmatch(place[-1].lower()))


def _names(whole: _Whole) -> Iterator[Misfit]:
    for kind, named in (("connections", whole.connections), ("maps", whole.maps)):
        for key in named:
            try:
                name(key)
            except Misconfigured as error:
                yield Misfit((kind, key), error.said, error.do)
    if HOUSE in whole.connections:
        yield Misfit(
            ("connections", HOUSE),
            f"No connection is called {HOUSE!r}: by this name a route begins or ends here.",
            "Give it another name.",
        )


def _ends(whole: _Whole) -> Iterator[Misfit]:
    """Every route that begins or ends at a connection that there is not."""
    for route, plan in whole.routes.items():
        for side, end in (("source", plan.source), ("target", plan.target)):
            if end not in whole.connections and end != HOUSE:
                yield Misfit(
                    ("routes", route, side),
                    f"There is no connection named {end!r}.",
                    near(end, whole.connections),
                )


def _addresses(whole: _Whole) -> Iterator[Misfit]:
    """Every address that no connection can have; which hosts it may name is for its connector."""
    for key, connection in whole.connections.items():
        try:
            address(connection.url, where="")
        except Misconfigured as error:
            yield Misfit(("connections", key, "url"), error.said, error.do)
