"""Stored queries: SQL that a customer pasted into a vendor's system, run by its number.

Amounts leave as JSON numbers written from whole minor units, so that no float is ever near them.
"""

from __future__ import annotations

import itertools
import re
import tomllib
from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from importlib.resources import files
from typing import Literal

import msgspec

from counterfoil.twins.kit.memory import Memory
from counterfoil.values.money import plain

Kind = Literal["amount", "flag", "text", "thousandths", "time"]
_ROWS_AT_ONCE = 500
_THOUSANDTHS = re.compile(r"(T\d\d:\d\d:\d\d)\.000$")


class Definition(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One stored query.

    `kinds` names the columns that are money (minor units here), quantities (thousandths here),
    bits, people's texts or times; the others leave as they are.
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


def load(package: str, file: str) -> tuple[Definition, ...]:
    """The definitions that a package's file lists, each with its SQL in a file beside it."""
    listed = tomllib.loads((files(package) / file).read_text("utf-8"))
    return tuple(
        msgspec.convert(
            {**row, "sql": pasted((files(package) / row["sql"]).read_text("utf-8"))}, Definition
        )
        for row in listed["definitions"]
    )


class Spelling(msgspec.Struct, frozen=True):
    """How a site gives texts, local times and amounts (those of a currency) back."""

    text: Callable[[str], str | None] = str
    time: Callable[[str], str] = str
    currency: str = "GBP"


def spelling(*, pads: bool, nulls: bool, thousandths: bool) -> Spelling:
    """How a site gives back what it is given: texts with a blank at their end (`pads`), null for an
    empty one (`nulls`), times with three decimals (`thousandths`)."""

    def text(value: str) -> str | None:
        if not value:
            return None if nulls else value
        return f"{value} " if pads else value

    def time(value: str) -> str:
        return f"{value}.000" if thousandths and "." not in value else value

    return Spelling(text, time)


def run(
    memory: Memory,
    definition: Definition,
    parameters: Iterable[Parameter],
    hidden: Callable[[Mapping[str, object]], bool],
    spelling: Spelling,
) -> bytes:
    """The definition's rows as a JSON array.

    A row that is `hidden` from reads as yet is left out.
    Raises `UnknownParameter`.
    """
    writers: Mapping[Kind, Callable[[object], object]] = {
        "amount": lambda value: msgspec.Raw(plain(int(str(value)), spelling.currency).encode()),
        "flag": bool,
        "text": lambda value: spelling.text("" if value is None else str(value)),
        "thousandths": lambda value: msgspec.Raw(_thousandths(int(str(value))).encode()),
        "time": lambda value: spelling.time(str(value)),
    }
    kinds = definition.kinds
    records = memory.records(pasted(definition.sql), _bound(definition, parameters))
    visible = (row for row in records if not hidden(row))
    body = bytearray(b"[")
    while rows := list(itertools.islice(visible, _ROWS_AT_ONCE)):
        for row in rows:
            for column in kinds.keys() & row.keys():
                if row[column] is not None or kinds[column] == "text":
                    row[column] = writers[kinds[column]](row[column])
        body += b"," if len(body) > 1 else b""
        body += msgspec.json.encode(rows)[1:-1]
    return bytes(body + b"]")


def _thousandths(quantity: int) -> str:
    """A number of thousandths as a decimal without the zeros at its end."""
    return f"{Decimal(quantity).scaleb(-3).normalize():f}"


def _bound(definition: Definition, parameters: Iterable[Parameter]) -> dict[str, str]:
    values = {name.removeprefix("@"): "" for name in definition.parameters}
    for parameter in parameters:
        if not parameter.name:
            continue
        if parameter.name not in definition.parameters:
            raise UnknownParameter(f"{definition.name} has no parameter {parameter.name[:40]}")
        value = _THOUSANDTHS.sub(r"\1", parameter.value or "")  # a database reads a time as one
        values[parameter.name.removeprefix("@")] = value
    return values
