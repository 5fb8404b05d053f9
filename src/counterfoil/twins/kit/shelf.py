"""Documents as a vendor keeps them: the state of each by its number, columns by which it is found
and sorted, and every state that it was in.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from importlib.resources import files
from typing import Final, Generic, Protocol, TypeVar

import msgspec

from counterfoil.twins.kit.memory import Memory, blob, number
from counterfoil.twins.kit.paging import Slice


class Numbered(Protocol):
    """A state of a document."""

    @property
    def id(self) -> int:
        """The document's number."""
        ...


K = TypeVar("K", bound=Numbered)


def _moment(text: str) -> float:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = parsedate_to_datetime(text)
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


_READERS: Final[Mapping[str, Callable[[str], object]]] = {
    "flag": lambda text: int(text == "true"),
    "whole": int,
    "moment": _moment,
    "small": str.lower,
    "text": str,
}


class Listing(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How a vendor lists: by which parameters, sorted by which names (each one's column), and what
    comes first among equals. A parameter that is not known is ignored.

    A filter is its clause with one `?`, and how its text becomes a value: "flag" ("true" is 1),
    "whole", "moment" (ISO 8601 or RFC 2822, in seconds since 1970), "small" letters, or "text".
    `always` are parameters that stand where a call does not say them.
    """

    filters: Mapping[str, str]
    sorts: Mapping[str, str]
    first: str
    ties: str
    always: Mapping[str, str] = {}

    def where(self, query: Mapping[str, str]) -> tuple[str, list[object]]:
        """The condition, and its values. Raises `ValueError` where one cannot be read."""
        texts = {**self.always, **query}
        clauses, values = list[str](), list[object]()
        for name in self.filters.keys() & texts.keys():
            clause, _, kind = self.filters[name].rpartition(" ")
            clauses.append(clause)
            values.append(_READERS[kind](texts[name]))
        return " and ".join(clauses) or "true", values

    def sorting(self, text: str | None) -> str:
        """The columns to sort by, as "name:direction" asks; raises `ValueError` for others."""
        name, _, direction = (text or self.first).partition(":")
        if name not in self.sorts or direction not in ("", "asc", "desc"):
            raise ValueError(f"cannot be sorted by {name[:20]}")
        return f"{self.sorts[name]} {direction or 'asc'}, {self.ties}"


def listing(package: str) -> Listing:
    """The listing that the `listing.toml` of a package tells."""
    return msgspec.toml.decode((files(package) / "listing.toml").read_bytes(), type=Listing)


class Shelf(Generic[K]):
    """The documents of one table, which has `id`, `body` and the columns that `columns` fills of a
    state; a table `states` keeps each state where the shelf `remembers`. The vendor makes both."""

    def __init__(
        self,
        memory: Memory,
        table: str,
        shape: type[K],
        columns: Callable[[K], Mapping[str, object]],
        *,
        remembers: bool = False,
    ) -> None:
        self._memory = memory
        self._table = table
        self._columns = columns
        self._remembers = remembers
        self._read = msgspec.msgpack.Decoder(shape)

    def next(self, name: str, first: int, by: int = 1) -> int:
        """The next number of that name, from `first` on; `by` numbers are used up."""
        key = int(self._memory.fact(f"next:{name}", first))
        self._memory.count(f"next:{name}", by)
        return key

    def save(self, state: K) -> K:
        """Remember a document as it is now."""
        body = msgspec.msgpack.encode(state)
        self._memory.insert(self._table, {"id": state.id, **self._columns(state), "body": body})
        if self._remembers:
            self._memory.insert("states", {"order_id": state.id, "body": body})
        return state

    def get(self, key: int) -> K | None:
        """A document as it is now; hidden ones too."""
        row = self._memory.row(f"select body from {self._table} where id = ?", key)  # noqa: S608
        return self._read.decode(blob(row[0])) if row else None

    def states(self, key: int) -> list[K]:
        """Every state that a document was in, the first one first, where they are kept."""
        query = "select body from states where order_id = ? order by seq"
        return [self._read.decode(blob(body)) for (body,) in self._memory.rows(query, key)]

    def every(self, after: int = 0) -> Iterator[K]:
        """Every document beyond the key `after`, the oldest first."""
        query = f"select body from {self._table} where id > ? order by id"  # noqa: S608
        for row in self._memory.records(query, (after,)):
            yield self._read.decode(blob(row["body"]))

    def find(
        self, how: Listing, query: Mapping[str, str], hidden: Callable[[int], bool], rows: Slice
    ) -> list[K]:
        """A page of what a listing asks for. Raises `ValueError` where it cannot be read."""
        where, values = how.where(query)
        keys = self._memory.rows(
            f"select id from {self._table} where {where} "  # noqa: S608
            f"order by {how.sorting(query.get('sort'))}",
            *values,
        )
        shown = [key for key in (int(number(row[0])) for row in keys) if not hidden(key)]
        page = [self.get(key) for key in shown[rows.offset : rows.offset + rows.limit]]
        return [state for state in page if state is not None]

    def counts(self, column: str, where: str = "true") -> dict[int, int]:
        """How many documents have each whole number in a column."""
        rows = self._memory.rows(
            f"select {column}, count(*) from {self._table} where {where} group by 1"  # noqa: S608
        )
        return {int(number(value)): int(number(count)) for value, count in rows}

    def totals(self) -> tuple[int, dict[str, int]]:
        """How many documents there are, and what `total_minor` comes to by `currency`."""
        rows = self._memory.rows(
            f"select currency, count(*), sum(total_minor) from {self._table} group by 1"  # noqa: S608
        )
        count = sum(int(number(many)) for _, many, _ in rows)
        return count, {str(code): int(number(total)) for code, _, total in rows}
