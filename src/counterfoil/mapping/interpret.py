"""Reads a source entry by entry, slowly, to say in words where the fast reader failed.

Whatever the fast reader accepts, this one accepts with the same result; a property test holds
the two together. It is also the plain statement of what a table means.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, cast

from counterfoil.mapping.convert import wrong
from counterfoil.mapping.field import (
    REQUIRED,
    Computed,
    Const,
    Each,
    Entry,
    Field,
    Part,
    Reads,
    Sum,
    Table,
)
from counterfoil.values.errors import CounterfoilError, Hold

_ABSENT = object()
PYTHON: Final = (LookupError, TypeError, AttributeError, ValueError, ArithmeticError)
"""What plain Python raises on a document that is not what it should be."""


def read(table: Table[Any], source: object, currency: str, at: str = "") -> Any:
    """What `table` makes of `source`, which stands at the path `at`. Raises `Hold` with a path."""
    made: dict[str, Any] = {}
    for entry in table.entries:
        _put(made, entry.target, _entry(entry, table.reads, source, currency, at), table.make)
    return made if table.make is dict else _called(lambda: table.make(**made), at)


def _put(made: dict[str, Any], target: str, value: object, make: Callable[..., Any]) -> None:
    if make is dict:
        *groups, target = target.split(".")
        for group in groups:
            made = made.setdefault(group, {})
    made[target] = value


def _entry(entry: Entry, reads: Reads, source: object, currency: str, at: str) -> Any:
    match entry:
        case Const():
            return entry.value
        case Computed():
            _object(source, reads, at)
            return _called(lambda: entry.function(source, currency), at)
        case Field():
            return _field(entry, reads, source, currency, at)
        case _:
            return _nested(entry, reads, source, currency, at)


def _field(entry: Field, reads: Reads, source: object, currency: str, at: str) -> Any:
    path = _under(at, entry.source)
    value = _follow(source, entry.source, reads, at)
    if (value is None or value is _ABSENT) and entry.default is not REQUIRED:
        return entry.default
    if value is _ABSENT:
        raise _missing(path)
    return _converted(entry.convert, value, currency, path)


def _nested(entry: Part | Each | Sum, reads: Reads, source: object, currency: str, at: str) -> Any:
    path = _under(at, entry.source)
    value = _follow(source, entry.source, reads, at)
    if value is None or value is _ABSENT:
        if entry.default is REQUIRED:
            raise _missing(path)
        return entry.default
    if isinstance(entry, Part):
        return read(entry.table, value, currency, path)
    rows = [(f"{path}[{row}]", item) for row, item in enumerate(_list(value, reads, path))]
    if isinstance(entry, Each):
        return tuple([read(entry.table, item, currency, place) for place, item in rows])
    field = Field(entry.target, entry.of, entry.convert)
    return sum(_field(field, reads, item, currency, place) for place, item in rows)


def _follow(source: object, path: str, reads: Reads, at: str) -> Any:
    *above, last = path.split(".")
    for step in above:
        source = _member(source, step, reads, at)
        if source is None or source is _ABSENT:
            return _ABSENT
        at = _under(at, step)
    return _member(source, last, reads, at)


def _member(value: object, step: str, reads: Reads, at: str) -> Any:
    _object(value, reads, at)
    if reads == "attributes":
        return getattr(value, step, _ABSENT)
    return cast("dict[str, object]", value).get(step, _ABSENT)


def _object(value: object, reads: Reads, at: str) -> None:
    right = hasattr(value, "__struct_fields__") if reads == "attributes" else type(value) is dict
    if not right:
        raise _placed(wrong(value, "an object", quoted=False), at or "the document")


def _list(value: object, reads: Reads, at: str) -> list[Any] | tuple[Any, ...]:
    if type(value) is not (tuple if reads == "attributes" else list):
        raise _placed(wrong(value, "a list", quoted=False), at)
    return cast("list[Any] | tuple[Any, ...]", value)


def _converted(convert: Callable[[Any, str], Any], value: object, currency: str, at: str) -> Any:
    try:
        return _called(lambda: convert(value, currency), at)
    except CounterfoilError as error:
        raise (_missing(at) if value is None else _placed(error, at)) from None


def _called(call: Callable[[], Any], at: str) -> Any:
    try:
        return call()
    except CounterfoilError as error:
        raise _placed(error, _under(at, error.where) if error.where else at) from None
    except PYTHON as error:
        raise Hold(
            f"The document cannot be read here ({type(error).__name__}).",
            do="Correct it at the sending system, or map the field otherwise.",
            where=at or "the document",
            code="bad-field",
        ) from None


def _under(at: str, path: str) -> str:
    return f"{at}.{path}" if at else path


def _placed(error: CounterfoilError, at: str) -> CounterfoilError:
    error.where = at
    return error


def _missing(at: str) -> Hold:
    return Hold(
        f"{at} is missing.",
        do="Ask the sending system for it, or map the field otherwise.",
        where=at,
        code="missing-field",
    )
