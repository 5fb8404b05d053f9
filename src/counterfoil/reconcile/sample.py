"""Sample: so much of two exports as it takes to tell which column is which.

The same documents of both: drawn by a hash of their key, so that two files which are sorted
otherwise, or begin at another day, still have them in common.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import duckdb
import msgspec

from counterfoil.kit.formats.tabular import Sheet
from counterfoil.reconcile import columns
from counterfoil.reconcile.amounts import Mark, mark_of
from counterfoil.reconcile.columns import Cells, Columns, Pairing, chosen, plain_key
from counterfoil.reconcile.compare import key
from counterfoil.values.errors import Misconfigured

_HEAD = 2_000  # rows that are looked at for what a column may be
_DRAWN = 4_000  # documents that are drawn of each side
_ENOUGH = 0.25  # of the smaller side's keys are in the other: then they are the same kind of key
Two = tuple[str, str]


class Asked(msgspec.Struct, frozen=True):
    """What a person says of the columns, left and right; empty: it is guessed.

    `currency` is that of rows which name none; `fields` are compared beside the amount, in place
    of those that are guessed.
    """

    key: Two = ("", "")
    amount: Two = ("", "")
    date: Two = ("", "")
    fields: tuple[Two, ...] = ()
    currency: str = ""


class Found(msgspec.Struct, frozen=True):
    """The pairing of two exports, and how the amounts of each are written."""

    pairing: Pairing
    marks: tuple[Mark, Mark]


def find(connection: duckdb.DuckDBPyConnection, left: Sheet, right: Sheet, asked: Asked) -> Found:
    """Which column of which export is which. Raises `Misconfigured` where it cannot be told."""
    pair, digits = _key(connection, left, right, asked)
    ours, theirs = _drawn(connection, left, right, pair, digits=digits)
    guess = columns.paired(ours, theirs, pair, digits=digits)
    ends = tuple(
        Columns(
            pair[place],
            _told(sheet, asked.amount[place], "--amount") or end.amount,
            end.currency,
            _told(sheet, asked.date[place], "--date") or end.date,
        )
        for place, (sheet, end) in enumerate(((left, guess.left), (right, guess.right)))
    )
    fields = tuple(
        (_told(left, field[0], "--field"), _told(right, field[1], "--field"))
        for field in asked.fields
    )
    used = [{*msgspec.structs.astuple(end)} for end in ends]
    free = [field for field in guess.fields if field[0] not in used[0] and field[1] not in used[1]]
    pairing = Pairing(ends[0], ends[1], fields or tuple(free), digits)
    marks = (_mark(ours, ends[0].amount), _mark(theirs, ends[1].amount))
    return Found(pairing, marks)


def _told(sheet: Sheet, name: str, option: str) -> str:
    return chosen(sheet.columns, name, option) if name else ""


def _mark(cells: Cells, amount: str) -> Mark:
    return mark_of([cell for cell in cells.get(amount, ()) if cell])


def _key(
    connection: duckdb.DuckDBPyConnection, left: Sheet, right: Sheet, asked: Asked
) -> tuple[Two, bool]:
    """The pair of key columns; and whether they are compared without the letters before them."""
    named = (_told(left, asked.key[0], "--key"), _told(right, asked.key[1], "--key"))
    for ours, theirs, digits in columns.keys(_head(connection, left), _head(connection, right)):
        if named[0] not in ("", ours) or named[1] not in ("", theirs):
            continue
        drawn = (
            _keys(connection, left, ours, digits=digits),
            _keys(connection, right, theirs, digits=digits),
        )
        if columns.shared(*drawn, digits=digits) >= _ENOUGH:
            return (ours, theirs), digits
    if all(named):
        return named, False
    raise Misconfigured(
        "Nobody can tell by which columns the two files name their documents: no two share values.",
        do=f"Say it with --key LEFT=RIGHT. The left has {', '.join(left.columns)}; the right has"
        f" {', '.join(right.columns)}.",
        where="--key",
        code="no-common-key",
    )


def _head(connection: duckdb.DuckDBPyConnection, sheet: Sheet) -> Cells:
    return _cells(connection, sheet, f"limit {_HEAD}")


def _cells(connection: duckdb.DuckDBPyConnection, sheet: Sheet, tail: str) -> Cells:
    names = ", ".join(sheet.cell(name) for name in sheet.columns)
    rows = connection.execute(f"select {names} from {sheet.relation} {tail}").fetchall()  # noqa: S608
    columns_ = zip(*rows, strict=True) if rows else ((),) * len(sheet.columns)
    return dict(zip(sheet.columns, columns_, strict=True))


def _keys(
    connection: duckdb.DuckDBPyConnection, sheet: Sheet, column: str, *, digits: bool
) -> Sequence[str | None]:
    name = key(sheet, column, digits=digits)
    rows = connection.execute(
        f"select {name} as key from {sheet.relation}"  # noqa: S608
        f" where hash(key) % {_share(connection, sheet)} = 0 limit {_DRAWN}"
    ).fetchall()
    return [cell for (cell,) in rows]


def _share(connection: duckdb.DuckDBPyConnection, sheet: Sheet) -> int:
    """One of so many keys is drawn: a power of two, so that what the one side draws is among what
    the other does."""
    row = connection.execute(f"select count(*) from {sheet.relation}").fetchone()  # noqa: S608
    count = row[0] if row else 0
    return 1 << max(0, (count // _DRAWN).bit_length())


def _drawn(
    connection: duckdb.DuckDBPyConnection, left: Sheet, right: Sheet, pair: Two, *, digits: bool
) -> tuple[Cells, Cells]:
    """The cells of documents that both sides have, row by row the same one."""
    share = max(_share(connection, left), _share(connection, right))
    tails = [
        f"where hash({key(sheet, column, digits=digits)}) % {share} = 0 limit {_DRAWN}"
        for sheet, column in ((left, pair[0]), (right, pair[1]))
    ]
    ours, theirs = _cells(connection, left, tails[0]), _cells(connection, right, tails[1])
    places = _places(theirs[pair[1]], digits=digits)
    both = [
        (place, places[spelt])
        for place, name in enumerate(ours[pair[0]])
        if name and (spelt := plain_key(name, digits=digits)) in places
    ]
    return (
        {name: [cells[place] for place, _ in both] for name, cells in ours.items()},
        {name: [cells[place] for _, place in both] for name, cells in theirs.items()},
    )


def _places(cells: Sequence[str | None], *, digits: bool) -> Mapping[str, int]:
    """By key the first row that has it."""
    return {
        plain_key(cell, digits=digits): place
        for place, cell in reversed(list(enumerate(cells)))
        if cell
    }
