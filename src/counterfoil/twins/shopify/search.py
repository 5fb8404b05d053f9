"""Shopify's search strings: `updated_at:>='2026-11-02T09:00:00Z' status:open`.

A filter that nobody knows is silently ignored, as it is there: a misspelt name reads the whole
shop. What the twin does not serve (OR, NOT, brackets) is refused aloud, never half obeyed.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from typing import Final

import msgspec

from counterfoil.twins.kit.graphql.problem import Refused
from counterfoil.twins.kit.moments import unix_s
from counterfoil.twins.kit.paging import Cursor
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

Clause = tuple[str, tuple[object, ...]]
"""A condition in SQL, and its values."""


class Search(msgspec.Struct, frozen=True):
    """What to find and in which order; `after` is the place where the last page ended."""

    clauses: tuple[Clause, ...]
    column: str
    direction: str
    listing: str
    after: Cursor | None = None

    def where(self) -> Clause:
        """The condition of one page."""
        clauses = list(self.clauses)
        if self.after is not None:
            sign = ">" if self.direction == "asc" else "<"
            place = (self.after.last_value, self.after.last_id)
            clauses.append((f"({self.column}, id) {sign} (?, ?)", place))
        text = " and ".join(f"({sql})" for sql, _ in clauses) or "1"
        return text, tuple(value for _, values in clauses for value in values)

    def continued(self, cursor: Cursor | None) -> Search:
        """The same search from a cursor on. Raises `Refused` for a cursor of another listing."""
        if cursor is None or cursor.listing != self.listing:
            raise Refused("Invalid cursor for current pagination sort.", code="BAD_REQUEST")
        return msgspec.structs.replace(self, after=cursor)


def search(text: str, now: Instant, *, sort_key: str = "ID", reverse: bool = False) -> Search:
    """The search that a query string, a sort key and a direction describe."""
    made_of = f"{sort_key} {reverse} {text}"
    return Search(
        clauses=tuple(_clauses(text, now)),
        column=_COLUMNS[sort_key],
        direction="desc" if reverse else "asc",
        listing=hashlib.sha256(made_of.encode()).hexdigest()[:12],
    )


def _clauses(text: str, now: Instant) -> list[Clause]:
    found: list[Clause | None] = []
    for name, sign, value, word in _TERM.findall(text):
        if word:
            found.append(_word(word))
        elif name.lower() in _FILTERS:
            found.append(_FILTERS[name.lower()](sign or "=", value.strip("'\""), now))
    return [clause for clause in found if clause is not None]


def _word(word: str) -> Clause | None:
    if word == "AND":
        return None
    if word in ("OR", "NOT") or word[0] in "-()":
        raise Refused(f"This twin does not serve {word!r} in a search.", code="BAD_REQUEST")
    return "name like ? or email like ?", (f"%{word}%", f"%{word}%")


def _moment(column: str) -> Callable[[str, str, Instant], Clause | None]:
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


def _name(sign: str, value: str, now: Instant) -> Clause:
    return "name = ? collate nocase", ("#" + value.removeprefix("#"),)


def _status(sign: str, value: str, now: Instant) -> Clause:
    return _STATUS.get(value.lower(), "1"), ()


def _tag(sign: str, value: str, now: Instant) -> Clause:
    return "instr(tags, ?) > 0", (f"|{value.lower()}|",)


def _email(sign: str, value: str, now: Instant) -> Clause:
    return "email = ?", (value.lower(),)


def _financial(sign: str, value: str, now: Instant) -> Clause:
    return ("1", ()) if value.lower() == "any" else ("financial = ?", (value.lower(),))


def _fulfilment(sign: str, value: str, now: Instant) -> Clause:
    wanted = _FULFILMENTS.get(value.lower(), "")
    return ("1", ()) if value.lower() == "any" else ("fulfilment = ?", (wanted,))


def _test(sign: str, value: str, now: Instant) -> Clause:
    return "test = ?", (int(value.lower() == "true"),)


_FILTERS: Final[dict[str, Callable[[str, str, Instant], Clause | None]]] = {
    "created_at": _moment("created_s"),
    "email": _email,
    "financial_status": _financial,
    "fulfillment_status": _fulfilment,
    "id": _id,
    "name": _name,
    "processed_at": _moment("processed_s"),
    "status": _status,
    "tag": _tag,
    "test": _test,
    "updated_at": _moment("indexed_s"),
}
