"""A target that takes rows of texts: its columns as data, one table for what is sent and is seen.

A cell is written in the form that its column names, and what must be seen afterwards is what that
form reads in the very cell that was sent. So nothing is sent that is not compared: a blank cell
alone is not, for a target may show something of its own there.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from importlib.resources import files
from typing import Any, Final

import msgspec

from counterfoil.kit.api.readback import Read, Row, amount, count, fields, text, unseen
from counterfoil.kit.api.width import Width
from counterfoil.kit.connector import Field as Compared
from counterfoil.kit.connector import Kind
from counterfoil.mapping.convert import Converter, decimal
from counterfoil.mapping.field import Field, Table
from counterfoil.mapping.mapper import Mapper

_SIGNS: Final = re.compile(r"[^\d.\-]")


class Column(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A column by its `name` there: the `field` as which it is compared, the place of its value
    (`source`), the form in which it is written, and how many characters there is room for (0: any
    number)."""

    name: str
    field: str
    source: str
    form: str = "text"
    most: int = 0


class Form(msgspec.Struct, frozen=True):
    """How a value is written as text, how it is read back, and what kind of field it then is."""

    kind: Kind
    write: Converter
    read: Read = text


def columns(package: str) -> Mapping[str, tuple[Column, ...]]:
    """The tables of columns in the `fields.toml` of a package's folder."""
    table = tomllib.loads((files(package) / "fields.toml").read_text("utf-8"))
    return msgspec.convert(table, dict[str, tuple[Column, ...]])


def signed_amount(value: object, currency: str) -> Compared:
    """An amount in minor units, perhaps with a currency's sign beside it and with commas between
    its thousands."""
    return amount(_SIGNS.sub("", text(value)), currency)


def _plain(value: object, currency: str) -> str:
    return text(value)


def _flag(value: object, currency: str) -> str:
    return "true" if value else "false"


def _word(value: object, currency: str = "") -> str:
    return text(value).lower()


FORMS: Final[Mapping[str, Form]] = {
    "text": Form("text", _plain),
    "code": Form("code", _plain),
    "person": Form("person", _plain),
    "amount": Form("money", decimal, signed_amount),
    "pieces": Form("pieces", _plain, count),
    "flag": Form("code", _flag, _word),
}
"""The forms that any target may have."""


class Sheet:
    """The columns of one kind of row, at a target that has these forms."""

    def __init__(self, name: str, table: Sequence[Column], forms: Mapping[str, Form]) -> None:
        entries = [
            Field(column.name, column.source, _fitting(column, forms[column.form].write))
            for column in table
        ]
        self._mapper = Mapper(Table[dict[str, Any]](name, entries, reads="attributes"))
        self._readers = {column.name: (column.field, forms[column.form].read) for column in table}
        self.names = tuple(column.name for column in table)
        self.kinds: Mapping[str, Kind] = {column.field: forms[column.form].kind for column in table}

    def row(self, source: object, currency: str) -> dict[str, str]:
        """The cells that say what `source` does. Raises `Hold` (code "too-wide") for one that has
        no room, and those of the forms."""
        return self._mapper.run(source, currency)

    def expected(self, row: Mapping[str, str], currency: str) -> dict[str, Compared]:
        """What must be seen of a row that was sent."""
        return self.seen({name: cell for name, cell in row.items() if cell}, currency)

    def seen(self, row: Row, currency: str) -> dict[str, Compared]:
        """What a row shows."""
        return fields(row, self._readers, currency)

    def unseen(self, row: Row) -> set[str]:
        """The fields that a row does not show at all."""
        return unseen(row, self._readers)


class Paired:
    """A head and the rows under it, on two sheets: what must be seen of both, and what is.

    `also` are columns of the head that are shown and not sent with it; `key` is the column that
    tells the rows of one head apart, and `rows` what they are called. How many there are is the
    field `row_count`.
    """

    def __init__(self, head: Sheet, also: Sheet, below: Sheet, *, key: str, rows: str) -> None:
        self.head, self.also, self.below = head, also, below
        self._key = key
        self._rows = rows
        kinds: dict[str, Kind] = {**head.kinds, **also.kinds, "row_count": "pieces"}
        kinds.update({f"{rows}.{name}": kind for name, kind in below.kinds.items()})
        self.kinds: Mapping[str, Kind] = kinds

    def expected(
        self, head: Mapping[str, str], rows: Sequence[Mapping[str, str]], currency: str
    ) -> dict[str, Compared]:
        """What must be seen of a head and the rows that were sent with it."""
        expected = {**self.head.expected(head, currency), "row_count": len(rows)}
        for row in rows:
            expected |= self._of_row(row[self._key], self.below.expected(row, currency))
        return expected

    def seen(
        self, head: Row, rows: Sequence[Row], currency: str
    ) -> tuple[dict[str, Compared], frozenset[str]]:
        """What a head and its rows show, and the fields that they do not show at all; of rows with
        one key the last counts."""
        by_key = {text(row.get(self._key)): row for row in rows}
        compared = {**self.head.seen(head, currency), **self.also.seen(head, currency)}
        hidden = self.head.unseen(head) | self.also.unseen(head)
        for key, row in by_key.items():
            compared |= self._of_row(key, self.below.seen(row, currency))
            hidden |= {f"{self._rows}.{name}" for name in self.below.unseen(row)}
        return {**compared, "row_count": len(by_key)}, frozenset(hidden)

    def there(
        self, rows: Sequence[Mapping[str, str]], visible: Sequence[Row], currency: str
    ) -> bool:
        """Whether all of these rows are shown as they were sent."""
        by_key = {text(row.get(self._key)): self.below.seen(row, currency) for row in visible}
        return all(
            self.below.expected(row, currency).items() <= by_key.get(row[self._key], {}).items()
            for row in rows
        )

    def _of_row(self, key: str, compared: Mapping[str, Compared]) -> dict[str, Compared]:
        return {f"{self._rows}[{key}].{name}": value for name, value in compared.items()}


def _fitting(column: Column, write: Converter) -> Converter:
    """What `write` makes of a value, where there is room for it."""
    if not column.most:
        return write
    width = Width(column.name, column.most)
    return lambda value, currency: width.fits(str(write(value, currency)))
