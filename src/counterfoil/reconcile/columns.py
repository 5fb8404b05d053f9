"""Columns: what stands in which column of two exports, guessed from names and contents, or told.

A guess is made of a sample of both: the key is the pair of columns that share most values, the
amount the pair of numbers that agree most often among documents of one key.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import Literal

import msgspec

from counterfoil.values.errors import Misconfigured
from counterfoil.values.nearest import near

Role = Literal["key", "amount", "currency", "date"]
Cells = Mapping[str, Sequence[str | None]]
"""A sample: by a column's name its cells, row by row."""

LETTERS = r"^\D+"
"""What may stand before the digits of a key: "CF-1001" is 1001."""

_CURRENCY = re.compile(r"[A-Z]{3}")
_DATE = re.compile(r"\d{4}-\d\d-\d\d|\d{1,2}[/.]\d{1,2}[/.]\d{2,4}")
_DAYS = re.compile(r"[2-7]\d{4}(?:\.\d+)?$")  # 1954 to 2119
_NUMBER = re.compile(r"[-(]?[£$€]? ?-?\d[\d.,' ]*\)?-?")
_MOSTLY = 0.9
_UNIQUE = 0.5
_NONE = 100  # the rank of a name that does not tell a role


class Columns(msgspec.Struct, frozen=True):
    """What stands in which column of one export; empty where no column has it."""

    key: str
    amount: str = ""
    currency: str = ""
    date: str = ""


class Pairing(msgspec.Struct, frozen=True):
    """Both exports' columns; `fields` are further ones that are compared, left with right, and
    `digits` says that keys are compared without the letters before their digits."""

    left: Columns
    right: Columns
    fields: tuple[tuple[str, str], ...] = ()
    digits: bool = False


@cache
def words() -> Mapping[Role, Sequence[str]]:
    """By role the names that tell it, the plainest first."""
    written = files("counterfoil.reconcile").joinpath("words.toml").read_bytes()
    return msgspec.toml.decode(written, type=dict[Role, list[str]])


def bare(name: str) -> str:
    """A column's name without case, signs and doubled spaces: "Order_No." is "order no"."""
    return re.sub(r"[\W_]+", " ", re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name)).strip().casefold()


def plain_key(cell: str, *, digits: bool) -> str:
    """A key as it is compared: without case, "#", apostrophe and, by `digits`, what stands before
    its first digit. The SQL of `compare` says the same."""
    key = cell.strip().lstrip("#'").lower()
    return re.sub(LETTERS, "", key) if digits else key


def chosen(columns: Sequence[str], wanted: str, option: str) -> str:
    """The column that a person named, however spelt. Raises `Misconfigured` where there is none."""
    by_name = {bare(name): name for name in columns}
    if wanted in columns or bare(wanted) in by_name:
        return wanted if wanted in columns else by_name[bare(wanted)]
    raise Misconfigured(
        f"There is no column {wanted!r}.",
        do=f"{near(wanted, columns)} It has: {', '.join(columns)}.",
        where=option,
        code="wrong-columns",
    )


def keys(left: Cells, right: Cells) -> list[tuple[str, str, bool]]:
    """Every pair of columns that could be the key, and whether by its digits alone; the likeliest
    first: one whose names tell it, then one that shares more, then one whose names tell it more."""
    pairs = [
        (
            _rank("key", ours) < _NONE and _rank("key", theirs) < _NONE,
            shared(left[ours], right[theirs], digits=digits),
            not digits,
            -_rank("key", ours) - _rank("key", theirs),
            (ours, theirs, digits),
        )
        for ours in _keylike(left)
        for theirs in _keylike(right)
        for digits in (False, True)
    ]
    return [pair[-1] for pair in sorted(pairs, key=lambda pair: pair[:-1], reverse=True)]


def shared(
    left: Sequence[str | None], right: Sequence[str | None], *, digits: bool = False
) -> float:
    """The share of the smaller column's distinct values that the other has too, to a twentieth: a
    few more are no better reason than a name."""
    ours = {plain_key(cell, digits=digits) for cell in left if cell}
    theirs = {plain_key(cell, digits=digits) for cell in right if cell}
    least = min(len(ours), len(theirs))
    return round(20 * len(ours & theirs) / least) / 20 if least else 0.0


def paired(left: Cells, right: Cells, key: tuple[str, str], *, digits: bool) -> Pairing:
    """The pairing of two samples of documents with one key: row by row the same document."""
    amounts = _best("amount", left, right, _NUMBER)
    currencies = (_first("currency", left, _CURRENCY), _first("currency", right, _CURRENCY))
    dates = (_first("date", left, _DATE), _first("date", right, _DATE))
    ours = Columns(key[0], amounts[0], currencies[0], dates[0])
    theirs = Columns(key[1], amounts[1], currencies[1], dates[1])
    roles = {*msgspec.structs.astuple(ours)}, {*msgspec.structs.astuple(theirs)}
    return Pairing(ours, theirs, fields(left, right, roles), digits)


def fields(
    left: Cells, right: Cells, used: tuple[set[str], set[str]]
) -> tuple[tuple[str, str], ...]:
    """Further columns of one name in both, or which say the same of nearly every document. One that
    says nothing of any document is not compared."""
    free = [name for name in right if name not in used[1] and any(right[name])]
    pairs: list[tuple[str, str]] = []
    for ours in (name for name in left if name not in used[0] and any(left[name])):
        namesake = next((name for name in free if bare(name) == bare(ours)), "")
        alike = next((name for name in free if _says_the_same(left[ours], right[name])), "")
        theirs = namesake or alike
        if theirs:
            pairs.append((ours, theirs))
            free.remove(theirs)
    return tuple(pairs)


def numbered_days(cells: Cells) -> str:
    """The column that is called a date and has numbers of days, as Excel keeps them; empty where
    none is."""
    return _first("date", cells, _DAYS)


def _says_the_same(ours: Sequence[str | None], theirs: Sequence[str | None]) -> bool:
    both = [pair for pair in zip(ours, theirs, strict=True) if pair[0] and pair[1]]
    equal = sum(left == right for left, right in both)
    return len({left for left, _ in both}) > 2 and equal >= _MOSTLY * len(both)


def _keylike(cells: Cells) -> list[str]:
    """The columns whose values tell documents apart, by their names the likeliest first."""
    telling = [
        name
        for name, column in cells.items()
        if (values := [cell for cell in column if cell])
        and len(set(values)) >= _UNIQUE * len(values)
        and not _mostly(column, _DATE)
        and not (_rank("key", name) == _NONE and _rank("amount", name) < _NONE)
    ]
    return sorted(telling, key=lambda name: _rank("key", name))[:6]


def _best(role: Role, left: Cells, right: Cells, shape: re.Pattern[str]) -> tuple[str, str]:
    """The pair of columns of this shape that agrees most often, by name where several do."""
    pairs = [
        (_agree(left[ours], right[theirs]), -_rank(role, ours) - _rank(role, theirs), ours, theirs)
        for ours in left
        for theirs in right
        if _rank(role, ours) < _NONE and _rank(role, theirs) < _NONE
        and _mostly(left[ours], shape) and _mostly(right[theirs], shape)
    ]  # fmt: skip
    return max(pairs, key=lambda pair: pair[:2])[2:] if pairs else ("", "")


def _first(role: Role, cells: Cells, shape: re.Pattern[str]) -> str:
    fitting = [name for name in cells if _rank(role, name) < _NONE and _mostly(cells[name], shape)]
    return min(fitting, key=lambda name: _rank(role, name), default="")


def _agree(ours: Sequence[str | None], theirs: Sequence[str | None]) -> float:
    """How often the numbers are the same, to a tenth."""
    both = [pair for pair in zip(ours, theirs, strict=True) if pair[0] and pair[1]]
    equal = sum(_figures(left) == _figures(right) for left, right in both)
    return round(10 * equal / len(both)) / 10 if both else 0.0


def _figures(cell: str | None) -> str:
    return re.sub(r"[^\d-]", "", cell or "").rstrip("0")


def _mostly(cells: Sequence[str | None], shape: re.Pattern[str]) -> bool:
    filled = [cell for cell in cells if cell]
    return bool(filled) and sum(bool(shape.match(cell)) for cell in filled) >= _MOSTLY * len(filled)


def _rank(role: Role, name: str) -> int:
    """How plainly a name tells a role: the place of its word, 50 more where other words stand
    beside it, 100 where none tells."""
    listed, spelt = words()[role], bare(name)
    if spelt in listed:
        return listed.index(spelt)
    inside = [place for place, word in enumerate(listed) if f" {word} " in f" {spelt} "]
    return 50 + inside[0] if inside and role != "amount" else _NONE
