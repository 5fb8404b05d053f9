"""API Export Definitions: SQL that the customer pasted into OrderWise, run by its number.

The two definitions here are the ones that this platform hands to a customer. Amounts leave as
JSON numbers written from whole pennies, so that no float is ever near them.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Literal

import msgspec

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


def run(
    database: sqlite3.Connection,
    definition: Definition,
    given: Iterable[Parameter],
    hidden: Callable[[int], bool],
    text: Callable[[str], str | None] = str,
    time: Callable[[str], str] = str,
) -> bytes:
    """The definition's rows as a JSON array; `text` and `time` are how those leave.

    Rows of an order (`owOrderId`) that is `hidden` from reads as yet are left out.
    Raises `UnknownParameter`.
    """

    def written(value: object) -> object:
        return text(str(value))

    def timed(value: object) -> object:
        return None if value is None else time(str(value))

    writers = {**_WRITERS, "text": written, "time": timed}
    cursor = database.execute(pasted(definition.sql), _bound(definition, given))
    columns = [str(column[0]) for column in cursor.description]
    body = bytearray(b"[")
    for rows in iter(lambda: cursor.fetchmany(_ROWS_AT_ONCE), []):
        seen = list(_seen(columns, rows, hidden))
        if seen:
            body += b"," if len(body) > 1 else b""
            body += _encoded(columns, definition.kinds, seen, writers)
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


def _seen(
    columns: Sequence[str], rows: Iterable[tuple[object, ...]], hidden: Callable[[int], bool]
) -> Iterator[tuple[object, ...]]:
    if "owOrderId" not in columns:
        yield from rows
        return
    at = columns.index("owOrderId")
    for row in rows:
        if not hidden(int(str(row[at]))):
            yield row


def _encoded(
    columns: Sequence[str],
    kinds: Mapping[str, Kind],
    rows: Iterable[tuple[object, ...]],
    known: Mapping[str, Callable[[object], object]],
) -> bytes:
    writers = [known.get(kinds.get(column, ""), _as_it_is) for column in columns]
    records = [
        {column: write(value) for column, write, value in zip(columns, writers, row, strict=True)}
        for row in rows
    ]
    return msgspec.json.encode(records)[1:-1]


def _as_it_is(value: object) -> object:
    return value


def _amount(value: object) -> object:
    return None if value is None else msgspec.Raw(plain(int(str(value)), "GBP").encode())


def _flag(value: object) -> object:
    return None if value is None else bool(value)


_WRITERS: Mapping[str, Callable[[object], object]] = {"amount": _amount, "flag": _flag}
