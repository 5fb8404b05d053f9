"""API Export Definitions: SQL that the customer pasted into OrderWise, run by its number.

The two definitions here are the ones that this platform hands to a customer. Amounts leave as
JSON numbers written from whole pennies, so that no float is ever near them.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Literal

import msgspec

from counterfoil.twins.kit.memory import Memory
from counterfoil.values.money import plain

Kind = Literal["amount", "flag", "text", "time"]
_ROWS_AT_ONCE = 500


class Definition(msgspec.Struct, frozen=True):
    """One export definition.

    `kinds` names the columns that are money (pennies here), bits, people's texts or times; the
    others leave as they are.
    `permitted` False: the API user's group lacks the permission to run it.
    """

    number: int
    name: str
    sql: str
    parameters: frozenset[str] = frozenset()
    kinds: Mapping[str, Kind] = {}
    permitted: bool = True


class Parameter(msgspec.Struct, frozen=True):
    """One parameter of a call; clients that have none send one empty pair."""

    name: str | None = None
    value: str | None = None


class UnknownParameter(Exception):
    """The definition has no parameter of this name."""


_SPLIT = re.compile(r"\bstring_split\(\s*(@\w+)\s*,\s*'(.)'\s*\)", re.IGNORECASE)


def pasted(sql: str) -> str:
    """SQL as a customer pastes it for SQL Server, as SQLite runs it: only the splitting of a text
    is spelt otherwise."""
    return _SPLIT.sub(r"""json_each('[' || replace(json_quote(\1), '\2', '","') || ']')""", sql)


def _own(file: str) -> str:
    return pasted(Path(__file__).with_name(file).read_text("utf-8"))


_TEXTS: tuple[str, ...] = (
    "custRef",
    "specialInstructions",
    "deliveryName",
    "contactName",
    "address1",
    "address2",
    "address3",
    "town",
    "county",
    "country",
    "deliveryPostcode",
    "email",
    "telephone",
)

CF_ORDERS = Definition(
    number=101,
    name="CF_ORDERS v2",
    sql=_own("cf_orders_v2.sql"),
    parameters=frozenset({"@since", "@until", "@refs"}),
    kinds={
        "complete": "flag",
        "net": "amount",
        "tax": "amount",
        "gross": "amount",
        "deliveryGross": "amount",
        **dict.fromkeys(_TEXTS, "text"),
        **dict.fromkeys(("orderedAt", "requiredAt", "amendedAt"), "time"),
    },
)
CF_ORDER_LINES = Definition(
    number=102,
    name="CF_ORDER_LINES v2",
    sql=_own("cf_order_lines_v2.sql"),
    parameters=frozenset({"@since", "@until", "@refs"}),
    kinds={"itemGross": "amount", "lineGross": "amount"},
)


class Spelling(msgspec.Struct, frozen=True):
    """How a site gives texts and local times back."""

    text: Callable[[str], str | None] = str
    time: Callable[[str], str] = str


def run(
    memory: Memory,
    definition: Definition,
    given: Iterable[Parameter],
    hidden: Callable[[int], bool],
    spelling: Spelling,
) -> bytes:
    """The definition's rows as a JSON array.

    Rows of an order (`owOrderId`) that is `hidden` from reads as yet are left out.
    Raises `UnknownParameter`.
    """
    writers: Mapping[Kind, Callable[[object], object]] = {
        "amount": lambda value: msgspec.Raw(plain(int(str(value)), "GBP").encode()),
        "flag": bool,
        "text": lambda value: spelling.text(str(value)),
        "time": lambda value: spelling.time(str(value)),
    }
    kinds = definition.kinds
    records = memory.records(pasted(definition.sql), _bound(definition, given))
    seen = (row for row in records if not hidden(int(str(row.get("owOrderId", 0)))))
    body = bytearray(b"[")
    while rows := list(itertools.islice(seen, _ROWS_AT_ONCE)):
        for row in rows:
            for column in kinds.keys() & row.keys():
                if row[column] is not None or kinds[column] == "text":
                    row[column] = writers[kinds[column]](row[column])
        body += b"," if len(body) > 1 else b""
        body += msgspec.json.encode(rows)[1:-1]
    return bytes(body + b"]")


def _bound(definition: Definition, given: Iterable[Parameter]) -> dict[str, str]:
    values = {name.removeprefix("@"): "" for name in definition.parameters}
    for parameter in given:
        if not parameter.name:
            continue
        if parameter.name not in definition.parameters:
            raise UnknownParameter(f"{definition.name} has no parameter {parameter.name[:40]}")
        values[parameter.name.removeprefix("@")] = parameter.value or ""
    return values
