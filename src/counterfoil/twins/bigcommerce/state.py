"""What the store remembers of its orders, and how V2 lists them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final

import msgspec

from counterfoil.twins.bigcommerce.order import AWAITING_FULFILMENT, INCOMPLETE, Kept
from counterfoil.twins.kit.book import Entry, Measure
from counterfoil.twins.kit.memory import Memory, blob, number
from counterfoil.twins.kit.paging import Slice
from counterfoil.twins.world import Sale

_FIRST_ORDER, _FIRST_LINE = 100, 1
# Within a second no order is promised; here it is never the order of the numbers.
_TIES: Final = "(id * 7919) % 1009"
_SORTED: Final = {
    "id": "id",
    "customer_id": "customer",
    "date_created": "created_s",
    "date_modified": "modified_s",
    "status_id": "status",
}


def _moment(text: str) -> float:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        found = parsedate_to_datetime(text)
    return (found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp()


_FILTERS: Final[Mapping[str, tuple[str, Callable[[str], object]]]] = {
    "min_id": ("id >= ?", int),
    "max_id": ("id <= ?", int),
    "min_date_created": ("created_s >= ?", _moment),
    "max_date_created": ("created_s <= ?", _moment),
    "min_date_modified": ("modified_s >= ?", _moment),
    "max_date_modified": ("modified_s <= ?", _moment),
    "status_id": ("status = ?", int),
    "customer_id": ("customer = ?", int),
    "email": ("email = ?", str.lower),
    "external_order_id": ("external = ?", str),
}
# A filter that is not known is ignored.


class Store:
    """The orders of one store. Times come from the caller, in seconds since 1970."""

    def __init__(self, memory: Memory, *, remembers: bool = False) -> None:
        self._memory = memory
        self._remembers = remembers
        self._read = msgspec.msgpack.Decoder(Kept)
        memory.lay(__package__ or "", "tables.sql")

    def place(self, sale: Sale, now_s: int) -> Kept:
        """Turn a sale into an order: one that a shopper begins is incomplete at first."""
        with self._memory.transaction():
            kept = Kept(
                id=int(self._memory.fact("next:order", _FIRST_ORDER)),
                first_line=int(self._memory.fact("next:line", _FIRST_LINE)),
                sale=sale,
                created_s=now_s,
                modified_s=now_s,
                status=INCOMPLETE if sale.channel == "web" else AWAITING_FULFILMENT,
            )
            self._memory.count("next:order")
            self._memory.count("next:line", len(sale.lines))
            self.save(kept)
        return kept

    def save(self, kept: Kept) -> None:
        """Remember an order as it is now."""
        row = {
            "id": kept.id,
            "reference": kept.sale.number,
            "customer": kept.sale.buyer.id if kept.sale.buyer else 0,
            "email": kept.sale.email.lower(),
            "external": kept.external_order_id,
            "created_s": kept.created_s,
            "modified_s": kept.modified_s,
            "status": kept.status,
            "archived": int(kept.archived),
            "total_minor": kept.sale.total_minor,
            "currency": kept.sale.currency,
            "body": msgspec.msgpack.encode(kept),
        }
        self._memory.insert("orders", row)
        if self._remembers:
            self._memory.insert("states", {"order_id": kept.id, "body": row["body"]})

    def order(self, order_id: int) -> Kept | None:
        """An order as it is now; archived ones too."""
        row = self._memory.row("select body from orders where id = ?", order_id)
        return self._read.decode(blob(row[0])) if row else None

    def states(self, order_id: int) -> list[Kept]:
        """Every state that an order was in, the first one first, where they are kept."""
        query = "select body from states where order_id = ? order by seq"
        return [self._read.decode(blob(body)) for (body,) in self._memory.rows(query, order_id)]

    def find(
        self, query: Mapping[str, str], hidden: Callable[[int], bool], rows: Slice
    ) -> list[Kept]:
        """A page of what a listing asks for. Raises `ValueError` where it cannot be read."""
        clauses, values = ["archived = ?"], [int(query.get("is_deleted", "") == "true")]
        found: list[object] = [*values]
        for name in _FILTERS.keys() & query.keys():
            clause, read = _FILTERS[name]
            clauses.append(clause)
            found.append(read(query[name]))
        column, _, direction = query.get("sort", "id").partition(":")
        if column not in _SORTED or direction not in ("", "asc", "desc"):
            raise ValueError(f"cannot be sorted by {column[:20]}")
        numbers = self._memory.rows(
            f"select id from orders where {' and '.join(clauses)} "  # noqa: S608
            f"order by {_SORTED[column]} {direction or 'asc'}, {_TIES}",
            *found,
        )
        shown = [int(number(key)) for (key,) in numbers if not hidden(int(number(key)))]
        page = [self.order(key) for key in shown[rows.offset : rows.offset + rows.limit]]
        return [kept for kept in page if kept is not None]

    def counts(self) -> dict[int, int]:
        """How many orders there are in each status."""
        rows = self._memory.rows(
            "select status, count(*) from orders where archived = 0 group by 1"
        )
        return {int(number(status)): int(number(count)) for status, count in rows}

    def totals(self) -> tuple[int, dict[str, int]]:
        """How many orders there are, archived ones too, and what they come to by currency."""
        rows = self._memory.rows(
            "select currency, count(*), sum(total_minor) from orders group by 1"
        )
        count = sum(int(number(many)) for _, many, _ in rows)
        return count, {str(code): int(number(total)) for code, _, total in rows}

    def book(self, after: int = 0) -> Iterator[Entry]:
        """Every order beyond `after`, the oldest first."""
        sql = "select body from orders where id > ? order by id"
        for row in self._memory.records(sql, (after,)):
            kept = self._read.decode(blob(row["body"]))
            pieces = sum(line.quantity for line in kept.sale.lines) - sum(kept.returned)
            measure = Measure(kept.sale.total_minor, kept.sale.currency)
            facts = {"status": kept.status, "archived": kept.archived, "pieces": pieces}
            key, reference = str(kept.id), kept.sale.number
            yield Entry(key, reference, kept.created_s, kept.modified_s, measure, facts)
