"""Shopify's search strings: `updated_at:>='2026-11-02T09:00:00Z' status:open`.

A filter that nobody knows is silently ignored, as it is there: a misspelt name reads the whole
shop. What the twin does not serve (OR, NOT, brackets) is refused aloud, never half obeyed.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from counterfoil.twins.kit.graphql.problem import Refused
from counterfoil.twins.kit.moments import unix_s
from counterfoil.twins.kit.paging import Cursor
from counterfoil.twins.kit.search import Clause, Search, by
from counterfoil.values.clock import Instant, instant
from counterfoil.values.errors import Hold

_TERM = re.compile(r"""([A-Za-z_]+):\s?(>=|<=|>|<)?\s?('[^']*'|"[^"]*"|[^\s()]+)|(\S+)""")
_DATE = re.compile(r"\d{4}(-\d{2}(-\d{2})?)?")
_COLUMNS: Final = {
    "CREATED_AT": "created_s",
    "ID": "id",
    "ORDER_NUMBER": "id",
    "PROCESSED_AT": "processed_s",
    "TOTAL_PRICE": "total_minor",
    "UPDATED_AT": "indexed_s",
}
_STATUS: Final = {
    "open": "cancelled_s = 0 and closed_s = 0",
    "closed": "closed_s > 0",
    "cancelled": "cancelled_s > 0",
    "not_closed": "closed_s = 0",
    "any": "1",
}
_FULFILMENTS: Final = {
    "fulfilled": "fulfilled",
    "partial": "partially_fulfilled",
    "shipped": "fulfilled",
    "unfulfilled": "unfulfilled",
    "unshipped": "unfulfilled",
}


def search(text: str, now: Instant, *, sort_key: str = "ID", reverse: bool = False) -> Search:
    """The search that a query string, a sort key and a direction describe."""
    listing = (sort_key, reverse, text)
    return by(_COLUMNS[sort_key], _clauses(text, now), *listing, falls=reverse)


def continued(search: Search, cursor: Cursor | None) -> Search:
    """The same search from a cursor on. Raises `Refused` for a cursor of another listing."""
    further = search.continued(cursor)
    if further is None:
        raise Refused("Invalid cursor for current pagination sort.", code="BAD_REQUEST")
    return further


Filter = Callable[[str, str, Instant], Clause | None]
"""From a sign, a value and the moment to a condition; None where the value cannot be read."""


def _clauses(text: str, now: Instant) -> list[Clause]:
    clauses: list[Clause | None] = []
    for name, sign, value, word in _TERM.findall(text):
        if word:
            clauses.append(_word(word))
        elif name.lower() in _FILTERS:
            clauses.append(_FILTERS[name.lower()](sign or "=", value.strip("'\""), now))
    return [clause for clause in clauses if clause is not None]


def _word(word: str) -> Clause | None:
    if word == "AND":
        return None
    if word in ("OR", "NOT") or word[0] in "-()":
        raise Refused(f"This twin does not serve {word!r} in a search.", code="BAD_REQUEST")
    return "name like ? or email like ?", (f"%{word}%", f"%{word}%")


def _moment(column: str) -> Filter:
    def clause(sign: str, value: str, now: Instant) -> Clause | None:
        moment_s = _seconds(value, now)
        return None if moment_s is None else (f"{column} {sign} ?", (moment_s,))

    return clause


def _seconds(value: str, now: Instant) -> float | None:
    if value == "now":
        return unix_s(now)
    if _DATE.fullmatch(value):
        value = f"{value}-01-01"[:10] if len(value) == 4 else f"{value}-01"[:10]
        value += "T00:00:00Z"
    try:
        return unix_s(instant(value))
    except Hold:
        return None  # what the vendor cannot read it leaves out


def _id(sign: str, value: str, now: Instant) -> Clause | None:
    return (f"id {sign} ?", (int(value),)) if value.isdecimal() and len(value) < 19 else None


def _is(sql: str, spell: Callable[[str], object] = str.lower) -> Filter:
    """A filter that knows no sign."""
    return lambda sign, value, now: (sql, (spell(value),))


def _or_any(narrow: Filter) -> Filter:
    """The same, which finds everything where it is asked for "any"."""
    return lambda sign, value, now: (
        ("1", ()) if value.lower() == "any" else narrow(sign, value, now)
    )


def _status(sign: str, value: str, now: Instant) -> Clause:
    return _STATUS.get(value.lower(), "1"), ()


_FILTERS: Final[dict[str, Filter]] = {
    "created_at": _moment("created_s"),
    "email": _is("email = ?"),
    "financial_status": _or_any(_is("financial = ?")),
    "fulfillment_status": _or_any(
        _is("fulfilment = ?", lambda word: _FULFILMENTS.get(word.lower(), ""))
    ),
    "id": _id,
    "name": _is("name = ? collate nocase", lambda name: "#" + name.removeprefix("#")),
    "processed_at": _moment("processed_s"),
    "status": _status,
    "tag": _is("instr(tags, ?) > 0", lambda tag: f"|{tag.lower()}|"),
    "test": _is("test = ?", lambda word: int(word.lower() == "true")),
    "updated_at": _moment("indexed_s"),
}
