"""What a mapping did not carry, by name: a drop is a statement, never a silence.

Asked for after the fact, never on the way: a table that has run says nothing of what it left.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from importlib.resources import files
from typing import Literal, TypeAlias, cast

import msgspec

from counterfoil.mapping.field import Computed, Const, Each, Field, Part, Sum, Table

LossCode = Literal["no-field", "no-member", "not-told", "left-out", "rounded", "dropped"]
"""Why: our table has no field for it · the target has no member for it · the source tells only a
part of it · a rule left it out · it had to be rounded · an overlay dropped it."""


class Loss(msgspec.Struct, frozen=True, omit_defaults=True):
    """One field that was not carried over, and why.

    `value` is what was lost, for a person who asks (it may be personal, so it is never kept);
    `minor` the money in it, in minor units of the document's currency.
    """

    field: str
    code: LossCode
    why: str
    value: str = ""
    minor: int = 0


def left_behind(package: str) -> dict[str, str]:
    """The paths that the `left_behind.toml` of a package's folder names, each with its reason.

    Its tables are named as the path before each of their names; their keys are the reasons.
    """
    document = tomllib.loads((files(package) / "left_behind.toml").read_text("utf-8"))
    return {
        f"{scope}{name}": f"It tells {reason}."
        for scope, reasons in document.items()
        for reason, names in reasons.items()
        for name in names.split()
    }


Tree: TypeAlias = "dict[str, Tree]"
"""Step -> the tree below it. "[]" stands for every item of a list, "*" for: all of it is read."""

_ITEMS = "[]"
_ALL = "*"
_EMPTY: tuple[object, ...] = (None, "", [], {}, ())


def tree(table: Table[object]) -> Tree:
    """The paths that `table` reads or knowingly ignores."""
    root: Tree = {}
    for path in table.ignores:
        _whole(root, path)
    for entry in table.entries:
        match entry:
            case Const():
                pass
            case Computed():
                for path in entry.reads:
                    _whole(root, path)
            case Field():
                _whole(root, entry.source)
            case Sum():
                _whole(root, f"{entry.source}[].{entry.of}")
            case Part(source=""):
                _merge(root, tree(entry.table))
            case Part():
                _merge(_at(root, entry.source), tree(entry.table))
            case Each():
                _merge(_at(root, f"{entry.source}.{_ITEMS}"), tree(entry.table))
    return root


def unread_paths(source: object, read: Tree, name: str) -> tuple[Loss, ...]:
    """One loss for every path of `source` outside `read` that carries something."""
    paths = dict.fromkeys(_walk(source, read, ""))
    return tuple(
        Loss(path, "no-field", f"The table {name!r} has no field for it.") for path in paths
    )


class Shallow:
    """Names what a document says and no entry of its table reads, as far down as the members of
    the rows that the entry `rows` reads; quick enough to be asked of every message."""

    def __init__(self, table: Table[object], rows: str) -> None:
        read = tree(table)
        self._target = rows
        (self._list,) = [
            entry.source
            for entry in table.entries
            if isinstance(entry, Each) and entry.target == rows
        ]
        self._members = frozenset(read)
        self._row_members = frozenset(read[self._list][_ITEMS])

    def of(self, source: object) -> tuple[Loss, ...]:
        """A loss for each such member that carries something: not empty, and not false."""
        if not isinstance(source, dict):
            return ()
        document = cast("dict[str, object]", source)
        items = document.get(self._list)
        rows = cast("list[dict[str, object]]", items) if isinstance(items, list) else []
        rows = [row for row in rows if type(row) is dict]
        if self._members.issuperset(document) and all(map(self._row_members.issuperset, rows)):
            return ()
        names = {*_telling(document, self._members)}
        for row in rows:
            names |= {f"{self._target}.{name}" for name in _telling(row, self._row_members)}
        why = "Nothing here reads this member."
        return tuple(Loss(name, "no-field", why) for name in sorted(names))


def _telling(row: Mapping[str, object], read: frozenset[str]) -> list[str]:
    return [name for name in row.keys() - read if row[name] not in (*_EMPTY, False)]


def _at(root: Tree, path: str) -> Tree:
    for step in path.split("."):
        root = root.setdefault(step, {})
    return root


def _whole(root: Tree, path: str) -> None:
    _at(root, path.replace("[]", f".{_ITEMS}"))[_ALL] = {}


def _merge(into: Tree, more: Tree) -> None:
    for step, below in more.items():
        _merge(into.setdefault(step, {}), below)


def _walk(value: object, read: Tree, at: str) -> Iterator[str]:
    if _ALL in read:
        return
    if isinstance(value, list | tuple):
        for item in cast("Sequence[object]", value):
            yield from _walk(item, read.get(_ITEMS, {}), f"{at}[]")
        return
    for step, below in _members(value):
        place = f"{at}.{step}" if at else step
        if step in read:
            yield from _walk(below, read[step], place)
        elif below not in _EMPTY:
            yield place


def _members(value: object) -> Iterable[tuple[str, object]]:
    if isinstance(value, dict):
        return cast("dict[str, object]", value).items()
    if not isinstance(value, msgspec.Struct):
        return ()
    fields = value.__struct_fields__
    defaults = value.__struct_defaults__
    usual = dict(zip(fields[len(fields) - len(defaults) :], defaults, strict=True))
    members = ((name, getattr(value, name)) for name in fields)
    return ((name, member) for name, member in members if member != usual.get(name, _ALL))
