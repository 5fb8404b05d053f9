"""Sample: so much of two exports as it takes to tell which column is which.

The same documents of both: some of the smaller file from its beginning to its end, and of the
larger one those that could be the same, so that it does not matter how either is sorted.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache

import duckdb
import msgspec

from counterfoil.kit.formats.tabular import Sheet
from counterfoil.reconcile import columns
from counterfoil.reconcile.amounts import Mark, mark_of
from counterfoil.reconcile.columns import Cells, Columns, Pairing, chosen, plain_key
from counterfoil.reconcile.compare import key
from counterfoil.values.errors import Misconfigured

_HEAD = 2_000  # rows that are looked at for what a column may be
_DRAWN = 4_000  # documents that are drawn
_ENOUGH = 0.25  # of those of the smaller side are in the other: then they are the same kind of key
Two = tuple[str, str]


class Asked(msgspec.Struct, frozen=True):
    """What a person says of the columns, left and right; empty: it is guessed.

    `currency` is that of rows which name none; `fields` are compared beside the amount, in place
    of those that are guessed, among which none of the names `apart` is.
    """

    key: Two = ("", "")
    amount: Two = ("", "")
    date: Two = ("", "")
    fields: tuple[Two, ...] = ()
    currency: str = ""
    apart: frozenset[str] = frozenset()


class Found(msgspec.Struct, frozen=True):
    """The pairing of two exports, how the amounts of each are written, and what to know of it."""

    pairing: Pairing
    marks: tuple[Mark, Mark]
    notes: tuple[tuple[str, ...], tuple[str, ...]]


def find(connection: duckdb.DuckDBPyConnection, left: Sheet, right: Sheet, asked: Asked) -> Found:
    """Which column of which export is which. Raises `Misconfigured` where it cannot be told."""
    pair, digits, (ours, theirs) = _key(connection, left, right, asked)
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
    used = [{*msgspec.structs.astuple(end), *asked.apart} for end in ends]
    free = [field for field in guess.fields if field[0] not in used[0] and field[1] not in used[1]]
    pairing = Pairing(ends[0], ends[1], fields or tuple(free), digits)
    marks = (_mark(ours, ends[0].amount), _mark(theirs, ends[1].amount))
    return Found(pairing, marks, (_notes(ours), _notes(theirs)))


def _notes(cells: Cells) -> tuple[str, ...]:
    column = columns.numbered_days(cells)
    sentence = (
        f"Its column {column} has numbers in place of dates, so nothing is a matter of timing:"
        " give the column a date's format in Excel, and export it again."
    )
    return (sentence,) if column else ()


def _told(sheet: Sheet, name: str, option: str) -> str:
    return chosen(sheet.columns, name, option) if name else ""


def _mark(cells: Cells, amount: str) -> Mark:
    return mark_of([cell for cell in cells.get(amount, ()) if cell])


def _key(
    connection: duckdb.DuckDBPyConnection, left: Sheet, right: Sheet, asked: Asked
) -> tuple[Two, bool, tuple[Cells, Cells]]:
    """The pair of key columns, whether they are compared without the letters before them, and the
    cells of documents that both sides have."""
    named = (_told(left, asked.key[0], "--key"), _told(right, asked.key[1], "--key"))

    @cache
    def drawn(ours: str, theirs: str) -> _Draw:
        return _drawn(connection, (left, ours), (right, theirs))

    for ours, theirs, digits in columns.keys(_head(connection, left), _head(connection, right)):
        if named[0] not in ("", ours) or named[1] not in ("", theirs):
            continue
        draw = drawn(ours, theirs)
        both = _both(draw, (ours, theirs), digits=digits)
        if (count := len(both[0][ours])) and count >= _ENOUGH * draw.most:
            return (ours, theirs), digits, both
    if all(named):
        return named, False, _both(drawn(*named), named, digits=False)
    raise Misconfigured(
        "Nobody can tell by which columns the two files name their documents: no two share values.",
        do=f"Say it with --key LEFT=RIGHT. The left has {', '.join(left.columns)}; the right has"
        f" {', '.join(right.columns)}.",
        where="--key",
        code="no-common-key",
    )


def _head(connection: duckdb.DuckDBPyConnection, sheet: Sheet) -> Cells:
    return _cells(connection, sheet, f"limit {_HEAD}")


def _cells(
    connection: duckdb.DuckDBPyConnection, sheet: Sheet, tail: str, values: Sequence[object] = ()
) -> Cells:
    names = ", ".join(sheet.cell(name) for name in sheet.columns)
    rows = connection.execute(
        f"select {names} from {sheet.relation} {tail}",  # noqa: S608
        values,
    ).fetchall()
    columns_ = zip(*rows, strict=True) if rows else ((),) * len(sheet.columns)
    return dict(zip(sheet.columns, columns_, strict=True))


class _Draw(msgspec.Struct, frozen=True):
    """Rows that were drawn of both sides; so many documents of one would be on the other as well,
    were one side a part of the other."""

    left: Cells
    right: Cells
    most: int


def _drawn(
    connection: duckdb.DuckDBPyConnection, left: tuple[Sheet, str], right: tuple[Sheet, str]
) -> _Draw:
    """Rows of the smaller side from its beginning to its end, and of the larger those that could be
    of the same documents by the columns given."""
    counts = [_count(connection, sheet) for sheet, _ in (left, right)]
    small, large = (left, right) if counts[0] <= counts[1] else (right, left)
    step = max(1, min(counts) // _DRAWN)
    few = _cells(connection, small[0], f"where ({small[0].row}) % {step} = 0 limit {_DRAWN}")
    names = {spelt for cell in few[small[1]] if cell for spelt in (_loosely(cell),)}
    bare = key(large[0], large[1], digits=True)
    loosely = f"case when {bare} = '' then {key(large[0], large[1], digits=False)} else {bare} end"
    many = _cells(
        connection,
        large[0],
        f"where {loosely} in (select unnest(?)) limit {10 * _DRAWN}",
        [sorted(names)],
    )
    return _Draw(*((few, many) if small is left else (many, few)), len(names))


def _loosely(cell: str) -> str:
    """A key without what stands before its digits; a whole one where it has none."""
    return plain_key(cell, digits=True) or plain_key(cell, digits=False)


def _count(connection: duckdb.DuckDBPyConnection, sheet: Sheet) -> int:
    row = connection.execute(f"select count(*) from {sheet.relation}").fetchone()  # noqa: S608
    return row[0] if row else 0


def _both(drawn: _Draw, pair: Two, *, digits: bool) -> tuple[Cells, Cells]:
    """Of what was drawn the documents that both sides have, row by row the same one."""
    places = _places(drawn.right[pair[1]], digits=digits)
    both = {
        spelt: (place, places[spelt])
        for spelt, place in _places(drawn.left[pair[0]], digits=digits).items()
        if spelt in places
    }
    rows = sorted(both.values())
    return (
        {name: [cells[place] for place, _ in rows] for name, cells in drawn.left.items()},
        {name: [cells[place] for _, place in rows] for name, cells in drawn.right.items()},
    )


def _places(cells: Sequence[str | None], *, digits: bool) -> Mapping[str, int]:
    """By key the first row that has it."""
    return {
        plain_key(cell, digits=digits): place
        for place, cell in reversed(list(enumerate(cells)))
        if cell
    }
