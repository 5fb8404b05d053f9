"""What the shop remembers of its orders, so that a killed twin goes on where it stopped."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

import msgspec

from counterfoil.twins.kit.book import Entry, Measure
from counterfoil.twins.kit.memory import Memory, blob, number
from counterfoil.twins.kit.moments import unix_s
from counterfoil.twins.shopify.life import Change
from counterfoil.twins.shopify.order import Kept, items
from counterfoil.twins.shopify.payment import Payment
from counterfoil.twins.shopify.search import Search
from counterfoil.twins.world import Sale
from counterfoil.values.clock import Instant, instant

_FIRST_ORDER = 6_001_000
_FIRST_LINE = 15_001_000
_CHECKED = 1000
_DAYS_OPEN = 60 * 86_400  # older orders need read_all_orders (shopify.dev, access scopes)


class Found(NamedTuple):
    """An order and the value that it was sorted by."""

    order: Kept
    value: int


class Shop:
    """The orders. Times come from the caller.

    `remembers`: every state that an order was ever in is kept, for whoever checks.
    """

    def __init__(self, memory: Memory, *, sees_all: bool = True, remembers: bool = False) -> None:
        self._memory = memory
        self._sees_all = sees_all
        self._remembers = remembers
        self._read = msgspec.msgpack.Decoder(Kept)
        self._write = msgspec.msgpack.Encoder()

    # --- orders ---

    def place(self, sale: Sale, now: Instant, *, lag_s: float = 0.0) -> Kept:
        """Turn a sale into an order; the search index sees it `lag_s` later."""
        with self._memory.transaction():
            moment_s = now.timestamp()
            kept = Kept(
                id=int(self._memory.fact("next:order", _FIRST_ORDER)),
                first_line=int(self._memory.fact("next:line", _FIRST_LINE)),
                sale=sale,
                created_s=moment_s,
                updated_s=moment_s,
                processed_s=instant(sale.placed).timestamp() if sale.placed else 0,
                tags=sale.tags,
                sent=tuple(line.quantity for line in sale.lines) if sale.handed_over else (),
                payments=_payments(sale, moment_s),
            )
            self._memory.count("next:order", 1)
            self._memory.count("next:line", len(sale.lines))
            self._save(kept, now, lag_s, known_s=None)
        return kept

    def touch(self, order_id: int, now: Instant, *, lag_s: float = 0.0) -> Kept | None:
        """An edit that moves `updatedAt` and no money: somebody adds a tag."""
        kept = self.order(order_id)
        if kept is None:
            return None
        tags = (*kept.tags, f"checked-{len(kept.tags)}")
        return self._change(kept, now, lag_s, tags=tags)

    def cancel(
        self, order_id: int, now: Instant, *, reason: str = "CUSTOMER", lag_s: float = 0.0
    ) -> Kept | None:
        """The order is cancelled; its money is not returned by that."""
        kept = self.order(order_id)
        if kept is None or kept.cancelled_s:
            return kept
        return self._change(
            kept, now, lag_s, cancelled_s=max(now.timestamp(), kept.created_s), cancel_reason=reason
        )

    def change(
        self, order_id: int, change: Change, now: Instant, *, lag_s: float = 0.0
    ) -> Kept | None:
        """Let something befall an order; None where that cannot befall it."""
        kept = self.order(order_id)
        if kept is None:
            return None
        changed = change(kept, max(now.timestamp(), kept.updated_s))
        return None if changed == kept else self._keep(changed, now, lag_s)

    def states(self, order_id: int) -> list[Kept]:
        """Every state that an order was in, the first one first, where they are remembered."""
        rows = self._memory.rows(
            "select body from states where order_id = ? order by seq", order_id
        )
        return [self._read.decode(blob(body)) for (body,) in rows]

    def order(self, order_id: int) -> Kept | None:
        """The order as it is now, whatever the search index knows."""
        row = self._memory.row("select body from orders where id = ?", order_id)
        return self._read.decode(blob(row[0])) if row else None

    def find(self, search: Search, now: Instant, most: int) -> list[Found]:
        """The orders that a search finds in its order, as the search index knows them."""
        self._catch_up(now)
        where, values = search.where()
        sql = (
            f"select body, {search.column} from orders where {self._visible(now)} and {where} "  # noqa: S608
            f"order by {search.column} {search.direction}, id {search.direction} limit ?"
        )
        found = self._memory.rows(sql, *values, most)
        return [Found(self._read.decode(blob(body)), int(number(value))) for body, value in found]

    def count(self, search: Search, now: Instant, most: int | None) -> tuple[int, bool]:
        """How many orders a search finds, and whether that is all of them."""
        self._catch_up(now)
        where, values = search.where()
        inner = f"select 1 from orders where {self._visible(now)} and {where} limit ?"  # noqa: S608
        limit = -1 if most is None else most + 1
        count = int(self._memory.number(f"select count(*) from ({inner})", *values, limit))  # noqa: S608
        return (count, True) if most is None or count <= most else (most, False)

    def every(self, after: int, most: int) -> list[Kept]:
        """All orders by number, after one of them."""
        rows = self._memory.rows(
            "select body from orders where id > ? order by id limit ?", after, most
        )
        return [self._read.decode(blob(body)) for (body,) in rows]

    def book(self, after: int = 0) -> Iterator[Entry]:
        """Every order beyond `after` as whoever checks reads it, the oldest first."""
        while page := self.every(after, _CHECKED):
            yield from (_entry(order) for order in page)
            after = page[-1].id

    def totals(self) -> Mapping[str, tuple[int, int]]:
        """Per currency: how many orders there are, and their total in minor units."""
        rows = self._memory.rows(
            "select currency, count(*), sum(total_minor) from orders group by 1 order by 1"
        )
        return {str(code): (int(number(count)), int(number(total))) for code, count, total in rows}

    # --- inside ---

    def _change(self, kept: Kept, now: Instant, lag_s: float, **changes: object) -> Kept:
        return self._keep(msgspec.structs.replace(kept, **changes), now, lag_s)

    def _keep(self, kept: Kept, now: Instant, lag_s: float) -> Kept:
        with self._memory.transaction():
            known = self._memory.row("select indexed_s from orders where id = ?", kept.id)
            moment_s = max(now.timestamp(), kept.updated_s)
            changed = msgspec.structs.replace(kept, updated_s=moment_s)
            known_s = known[0] if known else None
            self._save(changed, now, lag_s, known_s=known_s if isinstance(known_s, int) else None)
        return changed

    def _save(self, kept: Kept, now: Instant, lag_s: float, *, known_s: int | None) -> None:
        until_s = unix_s(now) + lag_s if lag_s else None
        body = self._write.encode(kept)
        if self._remembers:
            self._memory.run("insert into states (order_id, body) values (?, ?)", kept.id, body)
        self._memory.run(
            "insert or replace into orders values "
            "(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            kept.id,
            kept.name,
            kept.sale.email.lower(),
            "".join(f"|{tag.lower()}|" for tag in kept.tags),
            kept.created_s,
            kept.processed_s,
            kept.updated_s,
            known_s if lag_s else kept.updated_s,
            until_s,
            kept.cancelled_s,
            kept.sale.total_minor,
            kept.sale.currency,
            body,
            (kept.financial or "").lower(),
            kept.fulfilment.lower(),
            int(kept.sale.test),
            kept.closed_s,
        )

    def _catch_up(self, now: Instant) -> None:
        self._memory.run(
            "update orders set indexed_s = updated_s, lag_until_s = null where lag_until_s <= ?",
            unix_s(now),
        )

    def _visible(self, now: Instant) -> str:
        if self._sees_all:
            return "indexed_s is not null"
        return f"indexed_s is not null and created_s >= {now.timestamp() - _DAYS_OPEN}"


def _entry(order: Kept) -> Entry:
    return Entry(
        key=str(order.id),
        reference=order.name,
        born_s=order.created_s,
        changed_s=order.updated_s,
        measure=Measure(order.sale.total_minor, order.sale.currency),
        facts={
            "lines": len(order.sale.lines),
            "pieces": sum(item.current for item in items(order)),
            "current_minor": order.current_total_minor,
            "financial": order.financial,
            "fulfilment": order.fulfilment,
            "cancelled": bool(order.cancelled_s),
            "test": order.sale.test,
        },
    )


def _payments(sale: Sale, at_s: int) -> tuple[Payment, ...]:
    """The money that moves when a sale is made; a free one moves none."""
    if not sale.total_minor or sale.payment == "unpaid":
        return ()
    kind = "AUTHORIZATION" if sale.payment == "authorised" else "SALE"
    status = "PENDING" if sale.payment == "pending" else "SUCCESS"
    tenders = [(one.gateway, one.amount_minor) for one in sale.tenders]
    return tuple(
        Payment(kind, gateway, amount_minor, at_s, status)
        for gateway, amount_minor in tenders or [(sale.gateway, sale.total_minor)]
    )
