"""What the pages tell of the code is made from the code, so that it cannot grow old.

A page marks a part with `<!-- made: NAME -->` and `<!-- end -->`; everything between the two is
written by this file: `.venv/bin/python docs/generate.py`. A test compares. Figures are measured,
not made: `docs/generate.py FILE` writes those of one run of `./scripts/bench` into the README.
The proof's table is made of `docs/proof.json`, the answer of `counterfoil prove --json`.
"""

from __future__ import annotations

import re
import sys
import tomllib
from collections.abc import Callable, Iterable, Iterator, Sequence
from enum import Enum
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

import msgspec

from counterfoil.app import registry
from counterfoil.config.shape import Budget, Connection, Estate, Map, Web, Worker
from counterfoil.flows.route import Plan
from counterfoil.flows.rulebook import RULEBOOK
from counterfoil.govern import gate
from counterfoil.kit.manifest import Manifest, Meaning
from counterfoil.ledger.account import IN_FLIGHT, MOVES, NEEDS_A_PERSON, State
from counterfoil.surfaces.api.v1.openapi import description
from counterfoil.surfaces.api.v1.registry import endpoints as registry_of_endpoints
from counterfoil.surfaces.cli.flags import HELP
from counterfoil.surfaces.cli.main import front
from counterfoil.surfaces.desk.acts import Act
from counterfoil.surfaces.desk.registry import acts
from counterfoil.surfaces.desk.words import meanings, texts

DOCS = Path(__file__).parent
ROOT = DOCS.parent
PROOF = DOCS / "proof.json"
OPENAPI = DOCS / "reference" / "openapi.json"

_PART = re.compile(r"(<!-- made: ([a-z-]+) -->\n).*?(<!-- end -->)", re.DOTALL)
_FIGURES = re.compile(r"(<!-- figures -->\n).*?(<!-- end of figures -->)", re.DOTALL)
_STATE = "State: "
_KINDS = {str: "text", int: "whole number", float: "number", bool: "true or false", Any: "anything"}
_SHAPES: dict[str, type[msgspec.Struct]] = {
    "estate": Estate,
    "web": Web,
    "worker": Worker,
    "connections.NAME": Connection,
    "connections.NAME.limits.BUCKET": Budget,
    "maps.NAME": Map,
}


def pages() -> list[Path]:
    """Every page that people read, wherever it lies."""
    notes = (ROOT / "src" / "counterfoil" / "connectors").glob("*/NOTES.md")
    return sorted([*ROOT.glob("*.md"), *DOCS.rglob("*.md"), *notes])


def renewed(text: str) -> str:
    """The text of a page with every made part written anew."""
    return _PART.sub(lambda found: f"{found[1]}\n{PARTS[found[2]]()}\n\n{found[3]}", text)


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table in Markdown."""
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def commands() -> str:
    """Every command with its words, its flags and what holds where one is not given."""
    made = front().generate_docs(output_format="markdown", recursive=True)
    _, _, listed = made.partition("## counterfoil init")
    return ("## counterfoil init" + listed).replace("```console", "```text").strip()


def exits() -> str:
    """The exit codes, as `--help` states them."""
    told = HELP.partition("Exit codes:")[2]
    found = re.findall(r"(\d+) ([a-zA-Z][^·\n]*)", told)
    return table(("code", "means"), [(f"`{code}`", text.strip()) for code, text in found])


def estate_keys() -> str:
    """The keys of counterfoil.toml."""
    rows = [row for place, shape in _SHAPES.items() for row in _keys(shape, f"{place}.")]
    return table(("key", "kind", "default", "what it is"), rows)


def route_keys() -> str:
    """The keys of a file in routes/."""
    rows = [row for row in _keys(Plan, "") if row[0] != "`gates`"]
    for word, rules in RULEBOOK.items():
        of_word = "" if word == "order" else f" ({word})"
        place = "gates." if word == "order" else f"{word}.gates."
        for key, *cells in _keys(rules.settings, place):
            rows.append((key.replace(f"{word}.", "", 1) + of_word, *cells))
    return table(("key", "kind", "default", "what it is"), rows)


def secrets() -> str:
    """The secrets of every connector."""
    rows = [
        (manifest.title, f"`{name}`", text)
        for manifest in _manifests()
        for name, text in manifest.secrets.items()
    ]
    return table(("system", "secret", "what it is"), rows)


def settings() -> str:
    """The settings of every connector."""
    rows = [
        (manifest.title, f"`{name}`", _default(one.default, required=one.required), one.known,
         _cell(one.text))
        for manifest in _manifests()
        for name, one in manifest.settings.items()
    ]  # fmt: skip
    return table(("system", "setting", "default", "how known", "what it is"), rows)


def limits() -> str:
    """The budgets of every connector."""
    rows = [
        (manifest.title, f"`{name}`", one.shape, f"{one.size:,}",
         f"{one.per_s:g}" if one.per_s else "-",
         f"{one.window_s:g} s" if one.window_s else "-", _cell(one.source))
        for manifest in _manifests()
        for name, one in manifest.limits.items()
    ]  # fmt: skip
    return table(
        ("system", "bucket", "shape", "size", "a second", "window", "whose word it is"), rows
    )


def connectors() -> str:
    """What each connector carries, in which class of doubt, and how well it is proven."""
    rows = [
        (manifest.title, document, ", ".join(carries.verbs), carries.in_doubt or "-",
         manifest.rung, _cell(manifest.rung_source))
        for manifest in _manifests()
        for document, carries in manifest.documents.items()
    ]  # fmt: skip
    return table(("system", "document", "verbs", "class", "rung", "why that rung"), rows)


def endpoints() -> str:
    """Every address of the desk for programs."""
    rows = [
        (f"`{each.method} {each.path}`", f"`{each.act}`", _scope(each.act), _cell(each.said))
        for each in sorted(registry_of_endpoints(), key=lambda each: (each.path, each.method))
    ]
    return table(("address", "act", "scope", "what it does"), rows)


def _scope(act: str) -> str:
    return gate.scope(act, reads=acts()[act].kind == "reads")


def states() -> str:
    """Every state with its meaning and who has to do something."""
    known = meanings()
    rows = [
        (f"`{state.word}`", _said(known[state.word.replace("_", "-")]), _turn(state))
        for state in State
    ]
    return table(("state", "what it says", "whose turn it is"), rows)


def moves() -> str:
    """Every legal move."""
    rows = [
        (f"`{state.word}`", ", ".join(f"`{after.word}`" for after in sorted(MOVES[state])) or "-")
        for state in State
    ]
    return table(("from", "to"), rows)


def words() -> str:
    """The words of the house, in the order of the alphabet."""
    return table(("word", "meaning"), _told(_sections()["the words of the house"], "{}"))


def codes() -> str:
    """Every code that a message can carry, under the headings of words.toml."""
    return "\n\n".join(
        f"### {heading[0].upper()}{heading[1:]}\n\n"
        + table(("code", "meaning and what to do"), _told(names, "`{}`"))
        for heading, names in _sections().items()
        if heading != "the words of the house"
    )


def every_act() -> str:
    """What a door can ask and do: of which kind it is, what becomes of money, how it is undone."""
    rows = [
        (f"`{act.name}`", act.kind, act.money, _undone(act), _cell(act.said))
        for act in acts().values()
    ]
    return table(("act", "kind", "money", "undone", "what it does"), rows)


def _undone(act: Act) -> str:
    if act.kind == "reads":
        return "-"
    return _cell(f"{'Yes' if act.reversible else 'No'}. {act.undo}")


_FIRST = (
    "worlds: orders",
    "worlds: faults injected",
    "worlds: lost",
    "worlds: twice (A, B)",
    "worlds: undetected",
    "crash: deaths at a crash point",
    "chaos: acknowledged and lost",
    "sabotage: planted defects caught",
)
"""The rows of the proof that the README shows; `whole_proof` has all of them."""


def proof() -> str:
    """What the recorded run of `counterfoil prove` found, in eight rows."""
    data = _proved()["data"]
    rows = {row["what"]: row for row in data["rows"]}
    first = _proof_table([rows[what] for what in _FIRST if what in rows])
    return f"{_run()}\n\n{first}\n\n{data['fault_model']}"


def whole_proof() -> str:
    """Everything that the recorded run of `counterfoil prove` found."""
    return f"{_run()}\n\n{_proof_table(_proved()['data']['rows'])}"


def _proved() -> dict[str, Any]:
    return msgspec.json.decode(PROOF.read_bytes())


def _proof_table(rows: Sequence[dict[str, str]]) -> str:
    return table(
        ("what", "found", "a zero means, with 95 % confidence"),
        [(_cell(row["what"]), _cell(row["found"]), row["bound"] or "-") for row in rows],
    )


def _run() -> str:
    """When and how the run was made, and whether anything failed."""
    found = _proved()
    data = found["data"]
    absent = f" Layers that were not there: {', '.join(data['absent'])}." * bool(data["absent"])
    chosen = "".join(f" --layer {one['name']}" for one in data["layers"]) * bool(
        len(data["layers"]) == 1
    )
    # Runs of before seeds were drawn do not say so: theirs was chosen.
    how = "drawn for this run" if data.get("drawn") else "chosen before it"
    return (
        f"Run {found['as_of'][:10]} in {data['seconds']:,.0f} s on {data['cores']} cores, commit "
        f"{data['commit'] or '-'}: `counterfoil prove --seed {data['seed']} "
        f"--minutes {data['minutes']:g}{chosen}` (the seed was {how}). "
        f"{'Nothing failed.' if data['sound'] else 'Something FAILED.'}{absent}"
    )


PARTS: dict[str, Callable[[], str]] = {
    "commands": commands,
    "exits": exits,
    "acts": every_act,
    "estate-keys": estate_keys,
    "route-keys": route_keys,
    "secrets": secrets,
    "settings": settings,
    "limits": limits,
    "connectors": connectors,
    "proof": proof,
    "whole-proof": whole_proof,
    "states": states,
    "moves": moves,
    "words": words,
    "codes": codes,
    "endpoints": endpoints,
}


def openapi() -> bytes:
    """The description of the desk for programs, as `/api/v1/openapi.json` gives it, to be read."""
    return msgspec.json.format(msgspec.json.encode(description()), indent=1) + b"\n"


def figures(measured: dict[str, Any]) -> str:
    """What `./scripts/bench` measured in one run, and where."""
    rows = [_figure(one) for one in measured["figures"]]
    made = table(("what", "aim", "measured", "floor or peer, same run", "ratio"), rows)
    return (
        f"Measured {measured['at'][:10]}, {measured['processors']} processors, "
        f"Python {measured['python']}, by `./scripts/bench`.\n\n{made}"
    )


def _figure(one: dict[str, Any]) -> tuple[str, ...]:
    aim, peer, ratio, unit = one["aim"], one["peer"], one["ratio"], one["unit"]
    missed = " (missed)" if one["verdict"] == "missed" else ""
    return (
        one["what"],
        "-" if aim is None else f"{'≤' if one['most'] else '≥'} {_number(aim)} {unit}",
        f"{_number(one['measured'])} {unit}{missed}",
        "-" if peer is None else f"{_number(peer)} {unit} ({one['peer_name']})",
        "-" if ratio is None else f"{ratio:.2f}",
    )


def _number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 or value == int(value) else f"{value:.1f}"


def _manifests() -> list[Manifest]:
    known = registry()
    return [known.get(name).manifest for name in sorted(known.names())]


def _keys(shape: type[msgspec.Struct], place: str) -> Iterator[tuple[str, ...]]:
    texts: dict[str, str] = tomllib.loads((DOCS / "reference" / "keys.toml").read_text("utf-8"))
    for field in msgspec.structs.fields(shape):
        key = place + field.encode_name
        yield (
            f"`{key}`",
            _kind(field.type),
            _default(_of(field), required=field.required),
            (_cell(texts.get(key, ""))),
        )


def _of(field: msgspec.structs.FieldInfo) -> Any:
    if field.default_factory is not msgspec.NODEFAULT:
        return field.default_factory()
    return None if field.default is msgspec.NODEFAULT else field.default


def _kind(shape: Any) -> str:
    if get_origin(shape) is Literal:
        return "one of " + ", ".join(f'`"{word}"`' for word in get_args(shape))
    if get_origin(shape) is dict or (isinstance(shape, type) and issubclass(shape, msgspec.Struct)):
        return "table"
    if get_origin(shape) is tuple:
        return "list of texts"
    inner = [one for part in get_args(shape) for one in (part, *get_args(part))]
    parts = [one for one in inner if one in _KINDS]
    return _KINDS[parts[0] if parts else shape]


def _default(value: Any, *, required: bool) -> str:
    if required:
        return "**required**"
    if value is None or value in ({}, ()):
        return "none"
    value = value.value if isinstance(value, Enum) else value
    text = msgspec.json.encode(value).decode()
    return f"`{text}`"


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def _turn(state: State) -> str:
    if state in IN_FLIGHT:
        return "ours"
    if state is State.IN_DOUBT:
        return "ours, where the target can be searched or repeats safely; else a person's"
    if state in NEEDS_A_PERSON or state is State.REFUSED:
        return "a person's"
    if state is State.DELIVERED:
        return "ours, until it is read back; nobody's where the route does not read back"
    return "nobody's: it is at rest"


def _sections() -> dict[str, list[str]]:
    """The terms of every file of them, under its headings; a vendor's own under another's."""
    found: dict[str, list[str]] = {}
    names: list[str] = []
    for line in "\n".join(texts()).splitlines():
        if heading := re.fullmatch(r"# --- (.+) ---", line):
            names = found.setdefault(heading[1].partition(",")[0], [])
        elif term := re.fullmatch(r"\[(.+)\]", line):
            names.append(term[1])
    for manifest in _manifests():
        found["what another system did"] += manifest.codes
    return found


def _told(names: Iterable[str], shown: str) -> Iterator[tuple[str, str]]:
    known = meanings()
    for name in sorted(names):
        word = name.replace("-", " ") if shown == "{}" else name
        kind = " (state)" if known[name].said.startswith(_STATE) else ""
        yield shown.format(word) + kind, _meaning(known[name])


def _meaning(one: Meaning) -> str:
    return _cell(f"{_said(one)} {one.do}")


def _said(one: Meaning) -> str:
    said = one.said.removeprefix(_STATE)
    return f"{said[:1].upper()}{said[1:]}"


def _write_figures(file: Path) -> None:
    made = figures(msgspec.json.decode(file.read_bytes()))
    readme = ROOT / "README.md"
    text = readme.read_text("utf-8")
    readme.write_text(
        _FIGURES.sub(lambda found: f"{found[1]}\n{made}\n\n{found[2]}", text), "utf-8"
    )


def main() -> None:
    """Write every made part anew, and name the pages that changed."""
    if len(sys.argv) > 1:
        _write_figures(Path(sys.argv[1]))
    OPENAPI.write_bytes(openapi())
    for page in pages():
        before = page.read_text("utf-8")
        after = renewed(before)
        if after != before:
            page.write_text(after, "utf-8")
            sys.stdout.write(f"wrote {page.relative_to(ROOT)}\n")


if __name__ == "__main__":
    main()
