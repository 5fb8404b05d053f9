"""Writes a field table out as plain Python, once: the fast reader.

Only identifiers of our own and checked path steps go into the text; converters, defaults and
tables are handed over in a namespace. Nothing that comes from data is ever evaluated.
The text may fail in any way that Python does: `interpret.py` then finds the words.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
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
    writer = _Writer(table.reads)
    for place, entry in enumerate(table.entries):
        writer.entry(place, entry)
    writer.line(f"return {_result(table.entries, table.make, writer)}")
    return Code("def run(s, currency):\n" + "\n".join(writer.lines) + "\n", writer.names)


def _result(entries: Sequence[Entry], make: Callable[..., object], writer: _Writer) -> str:
    results = {entry.target: f"r{place}" for place, entry in enumerate(entries)}
    if make is dict:
        return _display(results)
    fields = _positional(make)
    leading = 0
    while leading < len(fields) and fields[leading] in results:
        leading += 1
    positional = [results.pop(name) for name in fields[:leading]]
    named = [f"{target}={result}" for target, result in results.items()]
    return f"{writer.named('make', make)}({', '.join(positional + named)})"


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
    """Lines of one function; every entry leaves its value in a local name r0, r1, ..."""

    def __init__(self, reads: Reads) -> None:
        self.lines: list[str] = []
        self.names: dict[str, object] = {}
        self._reads: Reads = reads

    def line(self, text: str, depth: int = 1) -> None:
        self.lines.append("    " * depth + text)

    def named(self, name: str, value: object) -> str:
        self.names[name] = value
        return name

    def entry(self, place: int, entry: Entry) -> None:
        match entry:
            case Const():
                self.line(f"r{place} = {self.named(f'k{place}', entry.value)}")
            case Computed():
                self.line(f"r{place} = {self.named(f'c{place}', entry.function)}(s, currency)")
            case Field(convert=convert, default=None) if convert is same:
                self._value(place, entry)
                self.line(f"r{place} = v")
            case Field():
                self._value(place, entry)
                self._unless_absent(place, entry, self._converted("v", entry.convert, place))
            case Part(source=""):
                self.line(f"r{place} = {self._below(place, entry)}(s, currency)")
            case Part():
                self._value(place, entry)
                self._unless_absent(place, entry, f"{self._below(place, entry)}(v, currency)")
            case Each():
                self._list(place, entry)
                rows = f"{self._below(place, entry)}(x, currency) for x in v"
                self._unless_absent(place, entry, f"tuple([{rows}])")
            case Sum():
                self._value(place, entry)
                self._sum(place, entry)

    def _below(self, place: int, entry: Part | Each) -> str:
        return self.named(f"t{place}", reader(entry.table))

    def _value(self, place: int, entry: Field | Part | Each | Sum) -> None:
        path = entry.source.split(".")
        if entry.default is REQUIRED:
            self.line("v = s" + "".join(self._step(step) for step in path))
            return
        self.named(f"d{place}", entry.default)
        self.line(f"v = s{self._step(path[0], optional=True)}")
        for step in path[1:]:
            self.line(f"if v is not None: v = v{self._step(step, optional=True)}")

    def _step(self, step: str, *, optional: bool = False) -> str:
        if self._reads == "attributes":
            return f".{step}"
        return f".get({step!r})" if optional else f"[{step!r}]"

    def _list(self, place: int, entry: Each) -> None:
        self._value(place, entry)
        absent = "" if entry.default is REQUIRED else "v is not None and "
        self.line(f"if {absent}{self._no_list()}")

    def _no_list(self) -> str:
        kind = "tuple" if self._reads == "attributes" else "list"
        return f"type(v) is not {kind}: raise TypeError"

    def _unless_absent(self, place: int, entry: Field | Part | Each, made: str) -> None:
        default = "" if entry.default is REQUIRED else f"d{place} if v is None else "
        self.line(f"r{place} = {default}({made})")

    def _sum(self, place: int, entry: Sum) -> None:
        depth = 1
        if entry.default is not REQUIRED:
            self.line(f"if v is None: r{place} = d{place}")
            self.line("else:")
            depth = 2
        self.line(f"if {self._no_list()}", depth)
        self.line(f"r{place} = 0", depth)
        self.line("for x in v:", depth)
        path = entry.of.split(".")
        self.line("w = x" + "".join(self._step(step) for step in path), depth + 1)
        self.line(f"r{place} += {self._converted('w', entry.convert, place)}", depth + 1)

    def _converted(self, value: str, convert: Converter, place: int) -> str:
        template = INLINE.get(convert, "{c}({v}, currency)")
        if "{c}" in template:
            self.named(f"c{place}", convert)
        memo = self._memo(convert) if "{m}" in template else ""
        return template.format(v=value, c=f"c{place}", m=memo)

    def _memo(self, convert: Converter) -> str:
        name = convert.__name__
        if f"{name}s" not in self.names:
            self.named(f"{name}s", MEMO[convert])
            self.lines.insert(0, f"    {name} = {name}s[currency]")
        return name
