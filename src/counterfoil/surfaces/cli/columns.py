"""Columns: a table as lines, each of them within a terminal's width.

The last column may be prose. It is wrapped between words where there is room beside the others,
and else stands beneath its row. For a program a row is one line, whatever its length.
"""

from __future__ import annotations

import textwrap
import unicodedata
from collections.abc import Iterator, Sequence

_GAP = "  "
_LONGEST = 60  # letters of a cell; nobody reads a number or a name of more
_LONGEST_LAST = 400
_PROSE = 24  # letters; prose in less is a column of single words
_INDENT = "    "
_NARROWEST = 8


def laid(
    rows: Sequence[Sequence[str]], right: Sequence[int] = (), width: int | None = None
) -> list[str]:
    """The rows as lines, the columns numbered in `right` to the right; `width` None: no limit.

    The first row is the head. A cell that is too long ends with an ellipsis.
    """
    last = len(rows[0]) - 1
    cut = [
        [
            _cut(cell, _LONGEST_LAST if column == last else _LONGEST)
            for column, cell in enumerate(row)
        ]
        for row in rows
    ]
    widths = [max(map(_wide, column)) for column in zip(*cut, strict=True)]
    if width is not None:
        _narrow(widths, right, width)
    room = None if width is None else width - sum(widths[:last]) - len(_GAP) * last
    return [line for row in cut for line in _row(row, widths, right, room, width or 0)]


def _row(
    row: Sequence[str], widths: Sequence[int], right: Sequence[int], room: int | None, width: int
) -> Iterator[str]:
    *cells, prose = row
    inner = _GAP.join(
        _placed(_cut(cell, wide), wide, right=column in right)
        for column, (cell, wide) in enumerate(zip(cells, widths, strict=False))
    )
    start = f"{inner}{_GAP}" if cells else ""
    if room is None or widths[-1] <= room:
        yield f"{start}{_placed(prose, widths[-1], right=len(cells) in right)}".rstrip()
    elif room >= _PROSE:
        first, *lines = textwrap.wrap(prose, room) or [""]
        yield f"{start}{first}".rstrip()
        yield from (" " * len(start) + line for line in lines)
    else:
        yield inner.rstrip()
        beneath = textwrap.wrap(prose, max(_PROSE, width - len(_INDENT)))
        yield from (_INDENT + line for line in beneath)


def _narrow(widths: list[int], right: Sequence[int], width: int) -> None:
    """Take from the widest columns that are not figures until all but the last fit."""
    inner = [column for column in range(len(widths) - 1) if column not in right]
    while inner and sum(widths[:-1]) + len(_GAP) * (len(widths) - 2) > width:
        widest = max(inner, key=lambda column: widths[column])
        if widths[widest] <= _NARROWEST:
            return
        widths[widest] -= 1


def _placed(cell: str, width: int, *, right: bool) -> str:
    gap = " " * (width - _wide(cell))
    return gap + cell if right else cell + gap


def _cut(cell: str, most: int) -> str:
    if _wide(cell) <= most:
        return cell
    start = cell[: most - 1]
    while _wide(start) > most - 1:
        start = start[:-1]
    return f"{start.rstrip()}…"


def _wide(text: str) -> int:
    """How many places `text` takes: an East Asian letter two, an accent of its own none."""
    if text.isascii():
        return len(text)
    return sum(
        0 if unicodedata.combining(letter) else 1 + (unicodedata.east_asian_width(letter) in "WF")
        for letter in text
    )
