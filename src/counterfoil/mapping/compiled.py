"""Writes a field table out as plain Python, once: the fast reader.

Only identifiers of our own and checked path steps go into the text; converters, defaults and
tables are handed over in a namespace. Nothing that comes from data is ever evaluated.
The text may fail in any way that Python does: `interpret.py` then finds the words.
"""

from __future__ import annotations

from collections.abc import Callable
from types import FunctionType
from typing import TypeVar, cast

import msgspec

from counterfoil.mapping.convert import INLINE, MEMO, same
from counterfoil.mapping.field import (
    REQUIRED,
    Computed,
    Const,
    Converter,
    Each,
    Entry,
    Field,
    Part,
    Reads,
    Sum,
    Table,
)

T = TypeVar("T")


class Code(msgspec.Struct, frozen=True):
    """The text of one table's function, and the names that it refers to."""

    text: str
    names: dict[str, object]


def reader(table: Table[T]) -> Callable[[object, str], T]:
    """The function (source, currency) -> document of this table."""
    written = code(table)
    names = dict(written.names)
    exec(compile(written.text, "<field table>", "exec"), names)  # noqa: S102 (our own text, see above)
    return cast("Callable[[object, str], T]", names["run"])


def code(table: Table[object]) -> Code:
    """The function `run(s, currency)` of this table, and of those that it refers to."""
    writer = _Writer(table)
    writer.line(f"return {writer.result()}")
    return Code("def run(s, currency):\n" + "\n".join(writer.lines) + "\n", writer.names)


def _positional(make: Callable[..., object]) -> tuple[str, ...]:
    """What `make` takes by place, in order: a call by place is the cheaper one."""
    if isinstance(make, FunctionType):
        code_ = make.__code__
        return code_.co_varnames[: code_.co_argcount]
    return getattr(make, "__match_args__", ())  # of a struct: without what is taken by name only


def _display(results: dict[str, str]) -> str:
    groups: dict[str, dict[str, str]] = {}
    parts: dict[str, str | None] = {}
    for target, result in results.items():
        first, dot, inner = target.partition(".")
        parts[first] = None if dot else result
        if dot:
            groups.setdefault(first, {})[inner] = result
    members = (
        f"{first!r}: {_display(groups[first]) if result is None else result}"
        for first, result in parts.items()
    )
    return "{" + ", ".join(members) + "}"


class _Writer:
    """Lines of one function; what an entry has to reckon it leaves in a local name r0, r1, ...

    The rows of a list are read where they stand, by a writer `above` whose function they are: a
    call for each row, and its look-up of the memos, cost an eighth of an order of 14 lines.
    """

    def __init__(self, table: Table[object], above: _Writer | None = None, place: str = "") -> None:
        self.lines: list[str] = above.lines if above else []
        self.names: dict[str, object] = above.names if above else {}
        self._table: Table[object] = table
        self._reads: Reads = table.reads
        self._depth: int = above._depth + 1 if above else 1
        self._prefix: str = f"{place}_" if above else ""  # of all its names
        self._source: str = f"{self._prefix}s"
        self._results: dict[str, str] = {
            entry.target: self.entry(f"{self._prefix}r{number}", entry)
            for number, entry in enumerate(table.entries)
        }

    def result(self) -> str:
        """The expression that makes the table's document of its entries' values."""
        make, results = self._table.make, dict(self._results)
        if make is dict:
            return _display(results)
        fields = _positional(make)
        leading = 0
        while leading < len(fields) and fields[leading] in results:
            leading += 1
        positional = [results.pop(name) for name in fields[:leading]]
        named = [f"{target}={result}" for target, result in results.items()]
        return f"{self.named(f'{self._prefix}make', make)}({', '.join(positional + named)})"

    def line(self, text: str, deeper: int = 0) -> None:
        self.lines.append("    " * (self._depth + deeper) + text)

    def named(self, name: str, value: object) -> str:
        self.names[name] = value
        return name

    def entry(self, result: str, entry: Entry) -> str:
        """The expression of an entry's value, for which lines may have been written."""
        match entry:
            case Const():
                return self.named(f"k{result}", entry.value)
            case Computed():
                function = self.named(f"c{result}", entry.function)
                self.line(f"{result} = {function}({self._source}, currency)")
            case Field(convert=convert) if convert is same and entry.default is REQUIRED:
                return self._source + "".join(map(self._step, entry.source.split(".")))
            case Field(convert=convert, default=None) if convert is same:
                self._value(result, entry)
                self.line(f"{result} = v")
            case Field():
                self._value(result, entry)
                self._unless_absent(result, entry, self._converted("v", entry.convert, result))
            case Part(source=""):
                self.line(f"{result} = {self._below(result, entry)}({self._source}, currency)")
            case Part():
                self._value(result, entry)
                self._unless_absent(result, entry, f"{self._below(result, entry)}(v, currency)")
            case Each():
                self._value(result, entry)
                self._rows(result, entry)
            case Sum():
                self._value(result, entry)
                self._sum(result, entry)
        return result

    def _below(self, result: str, entry: Part) -> str:
        return self.named(f"t{result}", reader(entry.table))

    def _value(self, result: str, entry: Field | Part | Each | Sum) -> None:
        path = entry.source.split(".")
        if entry.default is REQUIRED:
            self.line(f"v = {self._source}" + "".join(map(self._step, path)))
            return
        self.named(f"d{result}", entry.default)
        self.line(f"v = {self._source}{self._step(path[0], optional=True)}")
        for step in path[1:]:
            self.line(f"if v is not None: v = v{self._step(step, optional=True)}")

    def _step(self, step: str, *, optional: bool = False) -> str:
        if self._reads == "attributes":
            return f".{step}"
        return f".get({step!r})" if optional else f"[{step!r}]"

    def _no_list(self) -> str:
        kind = "tuple" if self._reads == "attributes" else "list"
        return f"type(v) is not {kind}: raise TypeError"

    def _unless_absent(self, result: str, entry: Field | Part, made: str) -> None:
        default = "" if entry.default is REQUIRED else f"d{result} if v is None else "
        self.line(f"{result} = {default}({made})")

    def _listed(self, result: str, entry: Each | Sum) -> int:
        """Begin what is done with the list `v`; how much deeper that stands."""
        deeper = 0
        if entry.default is not REQUIRED:
            self.line(f"if v is None: {result} = d{result}")
            self.line("else:")
            deeper = 1
        self.line(f"if {self._no_list()}", deeper)
        return deeper

    def _rows(self, result: str, entry: Each) -> None:
        deeper = self._listed(result, entry)
        self.line(f"{result} = []", deeper)
        self.line(f"for {result}_s in v:", deeper)
        self._depth += deeper
        rows = _Writer(entry.table, self, result)
        rows.line(f"{result}.append({rows.result()})")
        self.line(f"{result} = tuple({result})")
        self._depth -= deeper

    def _sum(self, result: str, entry: Sum) -> None:
        deeper = self._listed(result, entry)
        self.line(f"{result} = 0", deeper)
        self.line("for x in v:", deeper)
        path = entry.of.split(".")
        self.line("w = x" + "".join(map(self._step, path)), deeper + 1)
        self.line(f"{result} += {self._converted('w', entry.convert, result)}", deeper + 1)

    def _converted(self, value: str, convert: Converter, result: str) -> str:
        template = INLINE.get(convert, "{c}({v}, currency)")
        if "{c}" in template:
            self.named(f"c{result}", convert)
        memo = self._memo(convert.__name__, MEMO[convert]) if "{m}" in template else ""
        return template.format(v=value, c=f"c{result}", m=memo)

    def _memo(self, name: str, memos: object) -> str:
        """The name of a memo in this document's currency, which is looked up once."""
        if self.names.setdefault(f"{name}s", memos) is not memos:
            return self._memo(f"{name}_", memos)
        line = f"    {name} = {name}s[currency]"
        if line not in self.lines:
            self.lines.insert(0, line)
        return name
