"""What a target shows of a document, read so that it can be compared with what was sent.

What is no text, number or amount stays as it came: it then differs, and a person sees it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from importlib.resources import files
from typing import Final, cast

import msgspec

from counterfoil.kit.api.paging import Row
from counterfoil.kit.connector import Field
from counterfoil.mapping.convert import local_iso
from counterfoil.values.errors import Hold, Misconfigured
from counterfoil.values.money import minor
from counterfoil.values.quantity import exact, pieces

Read = Callable[[object, str], Field]
"""(value, currency) -> the field as it is compared."""

_LOCAL: Final = re.compile(r"(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d:\d\d)(?:\.\d{1,9})?)?", re.ASCII)


def text(value: object, currency: str = "") -> str:
    """A text without the white space around it; a null is the empty text."""
    return "" if value is None else str(value).strip()


def identity(value: object, currency: str = "") -> Field:
    """A whole number as it is, anything else as text."""
    return value if type(value) is int else text(value)


def amount(value: object, currency: str) -> Field:
    """An amount in minor units of `currency`."""
    try:
        return minor(text(value), currency)
    except Hold:
        return text(value)


def count(value: object, currency: str = "") -> Field:
    """A number of pieces."""
    try:
        return pieces(text(value))
    except Hold:
        return text(value)


def weight(value: object, unit: object, grams: Mapping[str, int]) -> Field:
    """A weight in whole grams, of which a unit has so many; one in another unit, or with a part of
    a gram, as it is."""
    try:
        whole = exact(text(value)) * grams[text(unit)]
    except (Hold, KeyError):
        whole = None
    if whole is None or whole < 0 or whole != int(whole):
        return f"{text(value)} {text(unit)}".strip()
    return int(whole)


def local_time(value: object, currency: str = "") -> str:
    """A local time to the second, however its fraction and its midnight are written."""
    moment = text(value)
    parts = _LOCAL.fullmatch(moment)
    return f"{parts[1]}T{parts[2] or '00:00:00'}" if parts else moment


def stamp(*forms: str) -> Callable[..., str]:
    """A reader of local times that come in several forms, perhaps in apostrophes, as a report has
    them: date, blank and time, as in ISO 8601."""

    def read(value: object, currency: str = "") -> str:
        local = local_iso(text(value), forms)
        return text(value).strip("'") if local is None else local.replace("T", " ")

    return read


_TITLE: Final = re.compile(r"-- (\w+) (v\d+):")
_COLUMN: Final = re.compile(r" as (\w+),?(.*)$", re.MULTILINE)


class Columns(msgspec.Struct, frozen=True):
    """A query as it is set up at a site, of a `kind` that its people know: its columns, those of
    later versions apart."""

    kind: str
    name: str
    needed: tuple[str, ...]
    later: tuple[str, ...] = ()
    version: str = ""

    def check(self, rows: Sequence[Row], where: str) -> None:
        """Raise `Misconfigured` where a row lacks a column that is needed."""
        columns = set(self.needed)
        for row in rows:
            if not columns <= row.keys():
                missing = next(name for name in self.needed if name not in row)
                raise Misconfigured(
                    f"The {self.kind} {self.name} gives no column {missing!r}.",
                    do=f"Paste {self.name} {self.version} and check the {self.kind}'s number.",
                    where=where,
                )


def columns(package: str, file: str, kind: str) -> Columns:
    """The columns of a query that people paste at a site, as its SQL `file` names them after "as".

    Its first line begins with "-- NAME VERSION:"; a column that came with that version is marked
    "-- ? VERSION".
    """
    sql = (files(package) / file).read_text("utf-8")
    title = _TITLE.match(sql)
    assert title is not None, f"{file} does not begin with its name and version"
    marks = {
        name: mark.endswith(f"-- ? {title[2]}")
        for line in sql.splitlines()
        if not line.startswith("--")
        for name, mark in _COLUMN.findall(line)
    }
    needed = tuple(name for name, later in marks.items() if not later)
    later = tuple(name for name, later in marks.items() if later)
    return Columns(kind, title[1], needed, later, title[2])


def flat(row: Row) -> dict[str, object]:
    """The members of the objects in a row, each under its path ("shipTo.city")."""
    return {
        f"{name}.{inner}": value
        for name, below in row.items()
        if isinstance(below, dict)
        for inner, value in cast("Row", below).items()
    }


def fields(row: Row, shown: Mapping[str, tuple[str, Read]], currency: str) -> dict[str, Field]:
    """The compared fields of a row: each column that is there, by the name of its field."""
    return {
        name: read(row[column], currency) for column, (name, read) in shown.items() if column in row
    }


def unseen(row: Row, shown: Mapping[str, tuple[str, Read]]) -> set[str]:
    """The fields that this row does not show at all."""
    return {name for column, (name, _) in shown.items() if column not in row}


def add(fields: dict[str, Field], name: str, value: Field) -> None:
    """Add to a number that several rows have a part of; what is none stays readable."""
    sum_ = fields.get(name, 0)
    if isinstance(sum_, int) and isinstance(value, int):
        fields[name] = sum_ + value
    else:
        fields[name] = f"{sum_} + {value}"


def runs(references: Iterable[str], most_chars: int, between: str) -> Iterator[list[str]]:
    """The references in runs whose text, joined by `between`, has at most `most_chars`
    characters; one that is longer alone is a run of its own."""
    run: list[str] = []
    length = 0
    for reference in references:
        if run and length + len(reference) > most_chars:
            yield run
            run, length = [], 0
        run.append(reference)
        length += len(reference) + len(between)
    if run:
        yield run
