"""Every code that an error or a cause of the house can carry, read from the source's own tree."""

from __future__ import annotations

import ast
import tomllib
from collections.abc import Iterator
from pathlib import Path

import counterfoil
from counterfoil.flows.rulebook import RULEBOOK

HOUSE = Path(counterfoil.__file__).parent
_ANY = "http-"
"""What the code of an answer's status begins with."""
_OF_A_WORD = ("no-", "waits-for-", "left-out-with-")
"""What the codes begin with that are said of the document which another one needs."""
_SEEN_ELSEWHERE = (ast.Name, ast.Attribute, ast.Subscript)  # handed on, or copied from another


def trees() -> list[ast.Module]:
    """The house's source; the twins' codes are their vendors' words."""
    files = [file for file in sorted(HOUSE.rglob("*.py")) if "twins" not in file.parts]
    return [ast.parse(file.read_text("utf-8"), str(file)) for file in files]


def codes() -> set[str]:
    """Every code in the source, its tables of errors and of losses included."""
    stated = {code for table in _tables() for code in _coded(table)}
    found = {code for code in stated if not code.startswith(_ANY)}
    every = trees()
    errors = _errors(every)
    for tree in every:
        found |= _of_classes(tree, errors)
        passes = _passing(tree, errors)
        for call in _calls(tree):
            for given in _given(call, errors, passes):
                for known in (given, *_assigned(tree, given), *_constants(every, given)):
                    found |= set(_words(known))
    return found


def _tables() -> Iterator[object]:
    """What the connectors' files of data say, but for their manifests."""
    for path in sorted((HOUSE / "connectors").rglob("*.toml")):
        if path.name != "manifest.toml":
            yield tomllib.loads(path.read_text("utf-8"))


def _coded(value: object) -> Iterator[str]:
    """The codes in a table, wherever it has a row with one."""
    rows = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    if isinstance(value, dict) and isinstance(value.get("code"), str):
        yield value["code"]
    for row in rows:
        yield from _coded(row)


def _assigned(tree: ast.Module, given: ast.expr) -> Iterator[ast.expr]:
    """What a name was unpacked from: a tuple, or a dictionary of tuples."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.Assign) or not isinstance(node.targets[0], ast.Tuple):
            continue
        names = [_name(one) for one in node.targets[0].elts]
        if not isinstance(given, ast.Name) or given.id not in names:
            continue
        at = names.index(given.id)
        rows = [node.value]
        if isinstance(node.value, ast.Subscript):
            rows = _rows(tree, _name(node.value.value))
        yield from (row.elts[at] for row in rows if isinstance(row, ast.Tuple))


def _rows(tree: ast.Module, name: str) -> list[ast.expr]:
    """The values of the dictionary that a module calls by this name."""
    return [
        row
        for node in tree.body
        if isinstance(node, ast.AnnAssign) and _name(node.target) == name
        if isinstance(node.value, ast.Dict)
        for row in node.value.values
    ]


def _constants(every: list[ast.Module], given: ast.expr) -> Iterator[ast.expr]:
    """The text of a constant, wherever it stands."""
    name = _name(given)
    for node in (node for tree in every for node in tree.body if name.isupper()):
        target = node.targets[0] if isinstance(node, ast.Assign) else getattr(node, "target", None)
        if target is not None and _name(target) == name:
            yield node.value  # type: ignore[union-attr]


def _errors(every: list[ast.Module]) -> set[str]:
    """The names of every class that is an error of ours, wherever it stands."""
    classes = [node for tree in every for node in ast.walk(tree) if isinstance(node, ast.ClassDef)]
    found = {"CounterfoilError"}
    while True:
        more = {
            one.name for one in classes if {_name(base) for base in one.bases} & found
        } - found  # fmt: skip
        if not more:
            return found
        found |= more


def _of_classes(tree: ast.Module, errors: set[str]) -> set[str]:
    """The codes that classes of errors have by themselves."""
    return {
        str(line.value.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef) and node.name in errors
        for line in node.body
        if isinstance(line, ast.Assign) and isinstance(line.value, ast.Constant)
        if [_name(target) for target in line.targets] == ["code"]
    }


def _passing(tree: ast.Module, errors: set[str]) -> dict[str, tuple[int, str]]:
    """The functions that are handed a code and pass it on: which argument it is, and its name."""
    found: dict[str, tuple[int, str]] = {}
    while True:
        before = len(found)
        for node in ast.walk(tree):
            if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                continue
            names = [one.arg for one in node.args.args]
            skip = int(names[:1] in (["self"], ["cls"]))
            for call in _calls(node):
                for given in _given(call, errors, found):
                    if isinstance(given, ast.Name) and given.id in names:
                        found[node.name] = (names.index(given.id) - skip, given.id)
        if len(found) == before:
            return found


def _given(
    call: ast.Call, errors: set[str], passes: dict[str, tuple[int, str]]
) -> Iterator[ast.expr]:
    """What a call hands over as a code."""
    name = _name(call.func)
    named = {one.arg: one.value for one in call.keywords}
    if name in errors or "do" in named:
        if "code" in named:
            yield named["code"]
    elif name in ("Cause", "LeftOut", "Waits", "Holds"):
        yield from call.args[:1]
    elif name == "Fault" and "said" not in named:  # a row of a connector's table of answers
        yield from (named["code"],) if "code" in named else call.args[3:4]
    elif name == "Loss":
        yield from call.args[1:2]
    elif name in passes:
        at, keyword = passes[name]
        if keyword in named:
            yield named[keyword]
        elif at < len(call.args):
            yield call.args[at]


def _words(given: ast.expr) -> Iterator[str]:
    """The codes that an expression can come to; one that this cannot see through is a failure."""
    if isinstance(given, ast.Constant):
        if given.value != f"{_ANY}{{status}}":  # "http" stands for each of them
            yield str(given.value)
    elif isinstance(given, ast.IfExp):
        yield from (*_words(given.body), *_words(given.orelse))
    elif isinstance(given, ast.JoinedStr):
        begins = given.values[0]
        assert isinstance(begins, ast.Constant), ast.unparse(given)
        if begins.value in _OF_A_WORD:
            yield from (f"{begins.value}{word}" for word in RULEBOOK)
        else:
            assert begins.value == _ANY, ast.unparse(given)
    else:
        assert isinstance(given, _SEEN_ELSEWHERE), (
            f"{ast.unparse(given)} (line {given.lineno}) is a code that nobody can look up."
        )


def _calls(tree: ast.AST) -> Iterator[ast.Call]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.Call))


def _name(node: ast.expr) -> str:
    if isinstance(node, ast.Attribute):
        return node.attr
    if isinstance(node, ast.Subscript):
        return _name(node.value)
    return node.id if isinstance(node, ast.Name) else ""
