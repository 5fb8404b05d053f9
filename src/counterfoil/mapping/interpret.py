"""Reads a source entry by entry, slowly, to say in words where the fast reader failed.

Whatever the fast reader accepts, this one accepts with the same result; a property test holds
the two together. It is also the plain statement of what a table means.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final, TypeGuard, TypeVar, cast

from counterfoil.mapping.convert import Converter, wrong
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

T = TypeVar("T")

_ABSENT = object()
PYTHON: Final = (LookupError, TypeError, AttributeError, ValueError, ArithmeticError)
"""What plain Python raises on a document that is not what it should be."""


def read(table: Table[T], source: object, currency: str, at: str = "") -> T:
    """What `table` makes of `source`, which stands at the path `at`. Raises `Hold` with a path."""
    values: dict[str, object] = {}
    for entry in table.entries:
        _put(values, entry.target, _entry(entry, table.reads, source, currency, at), table.make)
    return guarded(lambda: table.make(**values), at)


def _put(
    values: dict[str, object], target: str, value: object, make: Callable[..., object]
) -> None:
    if make is dict:
        *groups, target = target.split(".")
        for group in groups:
            values = cast("dict[str, object]", values.setdefault(group, {}))
    values[target] = value


def _entry(entry: Entry, reads: Reads, source: object, currency: str, at: str) -> object:
    match entry:
        case Const():
            return entry.value
        case Computed():
            _object(source, reads, at)
            # The table's author knows what the source is; the table does not.
            compute = cast("Converter", entry.function)
            return guarded(lambda: compute(source, currency), at)
        case Field():
            return _field(entry, reads, source, currency, at)
        case _:
            return _nested(entry, reads, source, currency, at)


def _field(entry: Field, reads: Reads, source: object, currency: str, at: str) -> object:
    value = _follow(source, entry.source, reads, at)
    if (value is None or value is _ABSENT) and entry.default is not REQUIRED:
        return entry.default
    return _converted(entry.convert, value, currency, _under(at, entry.source))


def _nested(
    entry: Part | Each | Sum, reads: Reads, source: object, currency: str, at: str
) -> object:
    if isinstance(entry, Part) and not entry.source:
        return read(entry.table, source, currency, at)
    path = _under(at, entry.source)
    value = _follow(source, entry.source, reads, at)
    if value is None or value is _ABSENT:
        if entry.default is REQUIRED:
            raise _missing(path)
        return entry.default
    if isinstance(entry, Part):
        return read(entry.table, value, currency, path)
    items = [(f"{path}[{index}]", item) for index, item in enumerate(_list(value, reads, path))]
    if isinstance(entry, Each):
        return tuple([read(entry.table, item, currency, place) for place, item in items])
    return sum(
        _converted(
            entry.convert,
            _follow(item, entry.of, reads, place),
            currency,
            _under(place, entry.of),
        )
        for place, item in items
    )


def _follow(source: object, path: str, reads: Reads, at: str) -> object:
    *above, last = path.split(".")
    for step in above:
        source = _member(source, step, reads, at)
        if source is None or source is _ABSENT:
            return _ABSENT
        at = _under(at, step)
    return _member(source, last, reads, at)


def _member(value: object, step: str, reads: Reads, at: str) -> object:
    _object(value, reads, at)
    return value.get(step, _ABSENT) if _is_object(value) else getattr(value, step, _ABSENT)


def _object(value: object, reads: Reads, at: str) -> None:
    right = hasattr(value, "__struct_fields__") if reads == "attributes" else _is_object(value)
    if not right:
        raise _placed(wrong(value, "an object", quoted=False), at or "the document")


def _is_object(value: object) -> TypeGuard[dict[str, object]]:
    return type(value) is dict


def _list(value: object, reads: Reads, at: str) -> Sequence[object]:
    if type(value) is not (tuple if reads == "attributes" else list):
        raise _placed(wrong(value, "a list", quoted=False), at)
    return cast("Sequence[object]", value)


def _converted(convert: Callable[[object, str], T], value: object, currency: str, at: str) -> T:
    if value is _ABSENT:
        raise _missing(at)
    try:
        return guarded(lambda: convert(value, currency), at)
    except CounterfoilError as error:
        raise (_missing(at) if value is None else _placed(error, at)) from None


def guarded(call: Callable[[], T], at: str = "") -> T:
    """What `call` returns; whatever a document makes Python raise in it is a `Hold`, at `at`."""
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
