"""Compare: two exports, document by document; what is alike stays in the database, unread.

One pass over both finds the keys of which anything differs, then only their rows are looked at. A
row without an amount, whose key has one elsewhere, is a further line of that document and none.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import duckdb
import msgspec

from counterfoil.kit.formats.tabular import Sheet, quoted, text
from counterfoil.reconcile.amounts import NUMBER, Mark, minor, number
from counterfoil.reconcile.columns import LETTERS, Columns

_ROW = '"the number of the row"'


class Side(msgspec.Struct, frozen=True):
    """One export, ready to be compared: its columns, and how its cells are read.

    `default` is the currency of rows that name none; `currencies` are all that occur on either
    side. `fields` are compared; `evidence`, pairs of a cause and a column, is fetched of what
    differs.
    """

    sheet: Sheet
    columns: Columns
    mark: Mark
    digits: bool
    default: str
    currencies: tuple[str, ...]
    fields: tuple[str, ...] = ()
    evidence: tuple[tuple[str, str], ...] = ()

    @property
    def currency(self) -> str:
        """SQL for a row's currency."""
        if not self.columns.currency:
            return text(self.default)
        return f"coalesce({self.sheet.cell(self.columns.currency)}, {text(self.default)})"

    def number(self, column: str) -> str:
        """SQL for the number in a column, whole and fraction; NULL where the cell is none."""
        if not column:
            return "0"
        if column in self.sheet.exact:
            return f"cast({quoted(column)} as {NUMBER})"
        cell = self.sheet.cell(column)
        return number(cell, self.mark)

    @property
    def key(self) -> str:
        """SQL for the key as it is compared; empty where a row has none."""
        return key(self.sheet, self.columns.key, digits=self.digits)

    def rows(self) -> str:
        """SQL for its rows as they are compared: `row`, `key` (a hash; NULL: it has none), `minor`,
        `currency` and `content`, a hash of all that it says; NULL where it says no amount."""
        amount = self.columns.amount
        inner = (
            f"select {self.sheet.row} as row, nullif({self.key}, '') as key,"  # noqa: S608
            f" {self.number(amount)} as number, {self._said} as said,"
            f" {', '.join((f'{self.currency} as currency', *self._fields()))}"
            f" from {self.sheet.relation}"
        )
        worth = minor("number", "currency", self.currencies)
        compared = ("minor", "currency", *(f"f{place}" for place in range(len(self.fields))))
        return (
            "select row, case when key is not null then hash(key) end as key, minor, currency,"  # noqa: S608
            f" case when minor is not null then hash({', '.join(compared)})"
            " when said is not null then hash(row) end as content"
            f" from (select *, {worth} as minor from ({inner}))"
        )

    def odd_rows(self, wanted: str) -> str:
        """SQL for the rows whose numbers the SQL `wanted` selects, with all that a person is shown
        of them and a cause is found by: `row`, `name`, `said`, `moment`, `e0` … beside what is
        compared."""
        date = self.columns.date
        evidence = [column for _, column in self.evidence]
        parts = [
            f"{self.key} as key",
            f"{self.number(self.columns.amount)} as number",
            f"{self.currency} as currency",
            f"{_ROW} as row",
            f"{self.sheet.cell(self.columns.key)} as name",
            f"{self._said} as said",
            f"{moment(self.sheet.cell(date)) if date else 'cast(null as timestamp)'} as moment",
            *(f"{self.number(column)} as n{place}" for place, column in enumerate(evidence)),
            *self._fields(),
        ]
        worth = [
            f"{minor('number', 'currency', self.currencies)} as minor",
            *(
                f"{minor(f'n{place}', 'currency', self.currencies)} as e{place}"
                for place in range(len(evidence))
            ),
        ]
        numbered = f"select *, {self.sheet.row} as {_ROW} from {self.sheet.relation}"  # noqa: S608
        inner = f"select {', '.join(parts)} from ({numbered}) where {_ROW} in ({wanted})"  # noqa: S608
        return f"select *, {', '.join(worth)} from ({inner})"  # noqa: S608

    @property
    def _said(self) -> str:
        return self.sheet.cell(self.columns.amount) if self.columns.amount else "null"

    def _fields(self) -> list[str]:
        return [f"{self.sheet.cell(name)} as f{place}" for place, name in enumerate(self.fields)]


def key(sheet: Sheet, column: str, *, digits: bool) -> str:
    """SQL for a key as it is compared; as `columns.plain_key`."""
    cell = f"lower({sheet.cell(column)})"
    if digits:
        plain = f"regexp_replace({cell}, {text(LETTERS)}, '')"
    else:
        signs = text("#'")
        plain = f"case when ascii({cell}) in (35, 39) then ltrim({cell}, {signs}) else {cell} end"
    return f"coalesce({plain}, '')"


def moment(cell: str) -> str:
    """SQL for the moment in a cell: ISO 8601, or day before month as it is written in Britain."""
    return (
        f"coalesce(try_cast({cell} as timestamp),"
        f" try_strptime({cell}, ['%d/%m/%Y %H:%M:%S', '%d/%m/%Y %H:%M', '%d/%m/%Y', '%d.%m.%Y']))"
    )


class Totals(msgspec.Struct, frozen=True):
    """What one side says in one currency: rows that are documents, and their sum in minor units."""

    currency: str
    documents: int
    minor: int


class Row(msgspec.Struct, frozen=True):
    """One row of one side, of which something differs. `minor` None: its amount cannot be read."""

    row: int
    name: str
    said: str | None
    minor: int | None
    currency: str
    moment: str | None
    fields: tuple[str | None, ...]
    evidence: tuple[int | None, ...]


class Pair(msgspec.Struct, frozen=True):
    """What the sides have for one document; `again`: this side had one for the key already."""

    key: str
    left: Row | None
    right: Row | None
    again: bool = False


def prepare(connection: duckdb.DuckDBPyConnection, left: Side, right: Side) -> None:
    """Make the tables `odd_left` and `odd_right`: every row of a key of which anything differs.

    Keys, and what a row says, are compared by hashes of 64 bits first. Two keys of one hash are
    both looked at closely; that two contents which differ have one hash is as likely as drawing
    one marble of eighteen million million million.
    """
    ends = (("left", left), ("right", right))
    for name, side in ends:
        connection.execute(f"create temp table all_{name} as {side.rows()}")
    connection.execute(
        "create temp table odd as select key from (select key, content from all_left union all"
        " select key, ~content from all_right) group by key"
        " having count(content) <> 2 or bit_xor(content) <> ~cast(0 as ubigint) or key is null"
    )
    for name, side in ends:
        wanted = f"select row from all_{name} where key in (from odd) or key is null"  # noqa: S608
        connection.execute(f"create temp table odd_{name} as {side.odd_rows(wanted)}")
        # A further line of a document that has its amount on another one.
        connection.execute(
            f"delete from odd_{name} where minor is null and said is null and key in"  # noqa: S608
            f" (select key from odd_{name} where minor is not null)"
        )


def totals(connection: duckdb.DuckDBPyConnection, name: str) -> list[Totals]:
    """The totals of `left` or `right`, by currency; rows without an amount are not in them."""
    rows = connection.execute(
        f"select currency, count(*), sum(minor) from all_{name} where minor is not null"  # noqa: S608
        " group by currency order by currency"
    ).fetchall()
    return [Totals(currency, count, int(total)) for currency, count, total in rows]


_PAIRS = """
with l as (select *, row_number() over (partition by key, currency, minor order by row) as place
           from odd_left where key <> ''),
     r as (select *, row_number() over (partition by key, currency, minor order by row) as place
           from odd_right where key <> ''),
     exact as (select l.row as l_row, r.row as r_row from l join r
               on l.key = r.key and l.currency = r.currency and l.minor = r.minor
               and l.place = r.place),
     l_rest as (select key, row, row_number() over (partition by key order by row) as place
                from l where row not in (select l_row from exact)),
     r_rest as (select key, row, row_number() over (partition by key order by row) as place
                from r where row not in (select r_row from exact)),
     pairs as (select l_row, r_row from exact
               union all
               select l_rest.row, r_rest.row from l_rest full join r_rest
               on l_rest.key = r_rest.key and l_rest.place = r_rest.place)
select {columns},
       (odd_left.key is null and odd_right.key in (select key from l))
       or (odd_right.key is null and odd_left.key in (select key from r))
       or row_number() over (partition by coalesce(odd_left.key, odd_right.key)
                             order by odd_left.row nulls last, odd_right.row) > 1
          and (odd_left.key is null or odd_right.key is null) as again
from pairs left join odd_left on odd_left.row = l_row left join odd_right on odd_right.row = r_row
order by coalesce(odd_left.row, odd_right.row), odd_right.row
"""


def pairs(connection: duckdb.DuckDBPyConnection, left: Side, right: Side) -> Sequence[Pair]:
    """Everything that is not alike, as pairs; of one key, rows of one amount are paired first."""
    columns = ", ".join(
        f"{table}.{column}"
        for table, side in (("odd_left", left), ("odd_right", right))
        for column in _columns(side)
    )
    rows = connection.execute(_PAIRS.format(columns=columns)).fetchall()
    middle = len(_columns(left))
    return [
        Pair(row[0] or row[middle], _row(row[:middle], left), _row(row[middle:-1], right), row[-1])
        for row in rows
    ]


def keyless(connection: duckdb.DuckDBPyConnection, name: str) -> list[int]:
    """The rows of `left` or `right` that have no key, at most a thousand of them."""
    rows = connection.execute(
        f"select row from odd_{name} where key = '' order by row limit 1000"  # noqa: S608
    ).fetchall()
    return [row for (row,) in rows]


def _columns(side: Side) -> list[str]:
    fields = [f"f{place}" for place in range(len(side.fields))]
    return ["key", "row", "name", "said", "minor", "currency", "moment", *fields,
            *(f"e{place}" for place in range(len(side.evidence)))]  # fmt: skip


def _row(cells: tuple[Any, ...], side: Side) -> Row | None:
    if cells[1] is None:
        return None
    middle = 7 + len(side.fields)
    row, name, text_, worth, currency, made = cells[1:7]
    moment_ = None if made is None else str(made)
    return Row(row, name, text_, worth, currency, moment_, cells[7:middle], cells[middle:])


def latest(connection: duckdb.DuckDBPyConnection, side: Side) -> str | None:
    """The newest moment that a side states, None where it states none."""
    if not side.columns.date:
        return None
    cell = moment(side.sheet.cell(side.columns.date))
    row = connection.execute(f"select max({cell}) from {side.sheet.relation}").fetchone()  # noqa: S608
    return None if row is None or row[0] is None else str(row[0])
