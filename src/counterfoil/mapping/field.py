"""A field table: one system's document in another system's words, declared once.

A table is data, so that it can be read aloud, compiled, overlaid by a customer and checked for
what it leaves behind; `mapper.py` runs it. A function (`Computed`) is the escape where data is not
enough.
"""

from __future__ import annotations

import enum
import keyword
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Final, Generic, Literal, Never, TypeVar

import msgspec

from counterfoil.mapping.convert import Converter, money, text
from counterfoil.values.errors import Misconfigured

T_co = TypeVar("T_co", covariant=True)

Computation = Callable[[Never, str], object]
"""(source, currency) -> value; which type the source has is known where the table is written."""


class _Required(enum.Enum):
    REQUIRED = "required"


REQUIRED: Final = _Required.REQUIRED
"""In the place of a default: the source must have the field."""


class Field(msgspec.Struct, frozen=True):
    """`target` is what `convert` makes of the value at the dotted path `source`.

    Where the path is absent or null, `default` stands; without one, an absent path is a `Hold`
    (code "missing-field") and a null is the converter's to judge.
    """

    target: str
    source: str
    convert: Converter = text
    default: object = REQUIRED
    note: str = ""


class Const(msgspec.Struct, frozen=True):
    """`target` is always `value`."""

    target: str
    value: object
    note: str = ""


class Part(msgspec.Struct, frozen=True):
    """`target` is what `table` makes of the one object at `source`; `default` where it is null.

    Without a `source` it is made of the members of the object itself.
    """

    target: str
    source: str
    table: Table[object]
    default: object = REQUIRED
    note: str = ""


class Each(msgspec.Struct, frozen=True):
    """`target` is a tuple of what `table` makes of every item of the list at `source`."""

    target: str
    source: str
    table: Table[object]
    default: object = REQUIRED
    note: str = ""


class Sum(msgspec.Struct, frozen=True):
    """`target` is the sum of the values at `of` in every item of the list at `source`."""

    target: str
    source: str
    of: str
    convert: Callable[[object, str], int] = money
    default: object = REQUIRED
    note: str = ""


class Computed(msgspec.Struct, frozen=True):
    """`target` is `function(source, currency)`: the escape.

    `reads` lists the paths that the function looks at, so that they do not count as lost.
    """

    target: str
    function: Computation
    note: str
    reads: tuple[str, ...] = ()


Entry = Field | Const | Part | Each | Sum | Computed
Reads = Literal["keys", "attributes"]
"""How a path is followed: through dicts (JSON) or through the attributes of our own structs."""

_STEP: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_-]{0,79}")


class Table(msgspec.Struct, Generic[T_co], frozen=True):
    """Named entries that make a `T_co` (a msgspec struct, or a dict) of a source document.

    `ignores` lists source paths that are knowingly left behind, each with its reason;
    `drops` the targets that an overlay took out, each with its reason.
    Raises `Misconfigured` on construction where a path is not plain names.
    """

    name: str
    entries: Sequence[Entry]
    make: Callable[..., T_co] = dict  # pyright: ignore[reportAssignmentType] (it is then a dict)
    reads: Reads = "keys"
    ignores: Mapping[str, str] = {}
    drops: Mapping[str, str] = {}

    def __post_init__(self) -> None:
        for entry in self.entries:
            for path in _paths(entry):
                _check(path, self.reads, self.name)


def _paths(entry: Entry) -> tuple[str, ...]:
    """The paths of an entry that a reader follows step by step."""
    if isinstance(entry, Const | Computed):
        return ()
    if isinstance(entry, Part) and not entry.source:
        return ()
    return (entry.source, entry.of) if isinstance(entry, Sum) else (entry.source,)


def _check(path: str, reads: Reads, where: str) -> None:
    """Raise `Misconfigured` where a step of `path` is not a plain name: steps become code."""
    for step in path.split("."):
        plain = _STEP.fullmatch(step) and (
            reads == "keys" or (step.isidentifier() and not keyword.iskeyword(step))
        )
        if not plain:
            raise Misconfigured(
                f"{path[:80]!r} is not a path.",
                do="A path is plain names with dots between them, such as shippingAddress.city.",
                where=where,
            )
