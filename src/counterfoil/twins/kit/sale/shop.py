"""What a shop remembers of its orders, so that a killed twin goes on where it stopped."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple

import msgspec

from counterfoil.twins.kit.book import Entry, Measure
from counterfoil.twins.kit.memory import Memory, blob, number
from counterfoil.twins.kit.moments import unix_s
from counterfoil.twins.kit.sale.life import Change
from counterfoil.twins.kit.sale.order import Order, items
from counterfoil.twins.kit.sale.payment import Payment
from counterfoil.twins.kit.search import Search
from counterfoil.twins.world import Sale
from counterfoil.values.clock import Instant, instant

_CHECKED: Final = 1000
_DAY_S: Final = 86_400


class Found(NamedTuple):
    """An order and the value that it was sorted by."""

    order: Order
    value: int


class Ways(msgspec.Struct, frozen=True):
    """How a shop numbers its first order and line, of how many days it shows orders (None: of
    all), and whether it `remembers` every state that an order was ever in, for whoever checks."""

    first_order: int
    first_line: int
    shows_days: int | None = None
    remembers: bool = False


class Shop:
    """The orders. Times come from the caller."""

    def __init__(self, memory: Memory, ways: Ways) -> None:
        memory.lay(__package__ or "", "tables.sql")
        self._memory = memory
        self._ways = ways
        self._read = msgspec.msgpack.Decoder(Order)
        self._write = msgspec.msgpack.Encoder()

    # --- orders ---

    def place(self, sale: Sale, now: Instant, *, lag_s: float = 0.0) -> Order:
        """Turn a sale into an order; the search index sees it `lag_s` later."""
        with self._memory.transaction():
            moment_s = now.timestamp()
            order = Order(
                id=int(self._memory.fact("next:order", self._ways.first_order)),
                first_line=int(self._memory.fact("next:line", self._ways.first_line)),
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
            self._save(order, now, lag_s, known_s=None)
        return order

    def touch(self, order_id: int, now: Instant, *, lag_s: float = 0.0) -> Order | None:
        """An edit that moves `updatedAt` and no money: somebody adds a tag."""
        order = self.order(order_id)
        if order is None:
            return None
        tags = (*order.tags, f"checked-{len(order.tags)}")
        return self._change(order, now, lag_s, tags=tags)

    def cancel(
        self, order_id: int, now: Instant, *, reason: str = "CUSTOMER", lag_s: float = 0.0
    ) -> Order | None:
        """The order is cancelled; its money is not returned by that."""
        order = self.order(order_id)
        if order is None or order.cancelled_s:
            return order
        return self._change(
            order,
            now,
            lag_s,
            cancelled_s=max(now.timestamp(), order.created_s),
            cancel_reason=reason,
        )

    def change(
        self, order_id: int, change: Change, now: Instant, *, lag_s: float = 0.0
    ) -> Order | None:
        """Let something befall an order; None where that cannot befall it."""
        order = self.order(order_id)
        if order is None:
            return None
        changed = change(order, max(now.timestamp(), order.updated_s))
        return None if changed == order else self._keep(changed, now, lag_s)

    def states(self, order_id: int) -> list[Order]:
        """Every state that an order was in, the first one first, where they are remembered."""
        rows = self._memory.rows(
            "select body from states where order_id = ? order by seq", order_id
        )
        return [self._read.decode(blob(body)) for (body,) in rows]

    def order(self, order_id: int) -> Order | None:
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
        rows = self._memory.rows(sql, *values, most)
        return [Found(self._read.decode(blob(body)), int(number(value))) for body, value in rows]

    def count(self, search: Search, now: Instant, most: int | None) -> tuple[int, bool]:
        """How many orders a search finds, and whether that is all of them."""
        self._catch_up(now)
        where, values = search.where()
        inner = f"select 1 from orders where {self._visible(now)} and {where} limit ?"  # noqa: S608
        limit = -1 if most is None else most + 1
        count = int(self._memory.number(f"select count(*) from ({inner})", *values, limit))  # noqa: S608
        return (count, True) if most is None or count <= most else (most, False)

    def every(self, after: int, most: int) -> list[Order]:
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

    def _change(self, order: Order, now: Instant, lag_s: float, **changes: object) -> Order:
        return self._keep(msgspec.structs.replace(order, **changes), now, lag_s)

    def _keep(self, order: Order, now: Instant, lag_s: float) -> Order:
        with self._memory.transaction():
            row = self._memory.row("select indexed_s from orders where id = ?", order.id)
            moment_s = max(now.timestamp(), order.updated_s)
            changed = msgspec.structs.replace(order, updated_s=moment_s)
            known_s = row[0] if row else None
            self._save(changed, now, lag_s, known_s=known_s if isinstance(known_s, int) else None)
        return changed

    def _save(self, order: Order, now: Instant, lag_s: float, *, known_s: int | None) -> None:
        until_s = unix_s(now) + lag_s if lag_s else None
        body = self._write.encode(order)
        if self._ways.remembers:
            self._memory.run("insert into states (order_id, body) values (?, ?)", order.id, body)
        self._memory.insert(
            "orders",
            {
                "id": order.id,
                "name": order.name,
                "email": order.sale.email.lower(),
                "tags": "".join(f"|{tag.lower()}|" for tag in order.tags),
                "created_s": order.created_s,
                "processed_s": order.processed_s,
                "updated_s": order.updated_s,
                "indexed_s": known_s if lag_s else order.updated_s,
                "lag_until_s": until_s,
                "cancelled_s": order.cancelled_s,
                "total_minor": order.sale.total_minor,
                "currency": order.sale.currency,
                "body": body,
                "financial": (order.financial or "").lower(),
                "fulfilment": order.fulfilment.lower(),
                "test": order.sale.test,
                "closed_s": order.closed_s,
            },
        )

    def _catch_up(self, now: Instant) -> None:
        self._memory.run(
            "update orders set indexed_s = updated_s, lag_until_s = null where lag_until_s <= ?",
            unix_s(now),
        )

    def _visible(self, now: Instant) -> str:
        days = self._ways.shows_days
        since = "" if days is None else f" and created_s >= {now.timestamp() - days * _DAY_S}"
        return f"indexed_s is not null{since}"


def _entry(order: Order) -> Entry:
    return Entry(
        key=str(order.id),
        reference=order.name,
        born_s=order.created_s,
        changed_s=order.updated_s,
        measure=Measure(order.sale.total_minor, order.sale.currency),
        facts={
            "units": Counter(item.line.sku for item in items(order) for _ in range(item.current)),
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
    tenders = [(tender.gateway, tender.amount_minor) for tender in sale.tenders]
    return tuple(
        Payment(kind, gateway, amount_minor, at_s, status)
        for gateway, amount_minor in tenders or [(sale.gateway, sale.total_minor)]
    )
