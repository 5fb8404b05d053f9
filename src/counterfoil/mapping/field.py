"""The entries of a field table: what each field of the result is made from.

A table is data, so that it can be read aloud, compiled, overlaid by a customer and checked for
what it leaves behind. A function (`Computed`) is the escape where data is not enough.
"""

from __future__ import annotations

import enum
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final, Literal

import msgspec

from counterfoil.mapping.convert import money, text

if TYPE_CHECKING:
    from counterfoil.mapping.table import Table

Converter = Callable[[Any, str], Any]
"""(value, currency) -> value; raises `Hold` where the value cannot be taken as it is."""


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
    default: Any = REQUIRED
    note: str = ""


class Const(msgspec.Struct, frozen=True):
    """`target` is always `value`."""

    target: str
    value: Any
    note: str = ""


class Part(msgspec.Struct, frozen=True):
    """`target` is what `table` makes of the one object at `source`; `default` where it is null."""

    target: str
    source: str
    table: Table[Any]
    default: Any = REQUIRED
    note: str = ""


class Each(msgspec.Struct, frozen=True):
    """`target` is a tuple of what `table` makes of every item of the list at `source`."""

    target: str
    source: str
    table: Table[Any]
    default: Any = REQUIRED
    note: str = ""


class Sum(msgspec.Struct, frozen=True):
    """`target` is the sum of the values at `of` in every item of the list at `source`."""

    target: str
    source: str
    of: str
    convert: Converter = money
    default: Any = REQUIRED
    note: str = ""


class Computed(msgspec.Struct, frozen=True):
    """`target` is `function(source, currency)`: the escape.

    `reads` lists the paths that the function looks at, so that they do not count as lost.
    """

    target: str
    function: Callable[[Any, str], Any]
    note: str
    reads: tuple[str, ...] = ()


Entry = Field | Const | Part | Each | Sum | Computed
Reads = Literal["keys", "attributes"]
"""How a path is followed: through dicts (JSON) or through the attributes of our own structs."""
