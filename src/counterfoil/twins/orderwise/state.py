"""What OrderWise remembers, in tables of its own; and what of it is told to whoever checks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import datetime
from operator import attrgetter
from typing import cast
from zoneinfo import ZoneInfo

import msgspec

from counterfoil.twins.kit.book import Entry, Measure
from counterfoil.twins.kit.keeping import kept_otherwise
from counterfoil.twins.kit.memory import Memory, blob, number
from counterfoil.twins.orderwise.order import CREDIT, PlacedOrder
from counterfoil.twins.orderwise.site import Site

_FIRST_ORDER = 90_001
_NUMBER_AHEAD = 14_000  # the printed number runs ahead of the id, so that nobody mixes them up
_NEW_STATUS = 1

_ORDERS = (
    "select * from order_header join order_header_detail on ohd_oh_id = oh_id "
    "where oh_id > ? {} order by oh_id limit ?"
)


_FURNITURE = {
    "order_status": ("statuses", "id", "name"),
    "delivery_method": ("delivery_methods", "id", "name", "courier_id"),
    "payment_method": ("payment_methods", "id", "name"),
    "courier_detail": ("couriers", "id", "name", "prefix", "suffix"),
    "delivery_status": ("despatch_statuses", "id", "name"),
    "customer_detail": ("customers", "id", "account_number", "statement_name"),
}
"""What stands in each table from the beginning: a list of the site, and which of its columns."""


class Landed(msgspec.Struct, frozen=True, rename="camel"):
    """The answer to an order that was taken."""

    order_id: int
    order_number: str
    e_commerce_order_number: str


class State:
    """The tables of one instance."""

    def __init__(self, memory: Memory, site: Site) -> None:
        self._memory = memory
        self._site = site
        self._zone = ZoneInfo(site.zone)
        self._currencies = {row.id: row.name for row in site.currencies}
        memory.lay(__package__ or "", "tables.sql")
        with memory.transaction():
            self._furnish()
        self._next_id = int(
            memory.number("select coalesce(max(oh_id) + 1, ?) from order_header", _FIRST_ORDER)
        )

    def variant(self, code: str) -> int | None:
        """The id of the variant with exactly this code; None where there is none."""
        row = self._memory.row("select vad_id from variant_detail where vad_variant_code = ?", code)
        if row is not None:
            return int(number(row[0]))
        if self._site.products is not None or not code.strip():
            return None
        return self._memory.run("insert into variant_detail (vad_variant_code) values (?)", code)

    def variants(self, limit: int) -> list[dict[str, object]]:
        """At most `limit` variants: id and code."""
        sql = (
            "select vad_id as variantID, vad_variant_code as variantCode"
            " from variant_detail order by vad_id limit ?"
        )
        return list(self._memory.records(sql, (limit,)))

    def land(self, order: PlacedOrder, amended: str, received: bytes = b"") -> Landed:
        """Store an order, `amended` at a local time; a reference stored before does not matter,
        save at a site that keeps them unique: there it is the first order that is answered with.
        `received` is the order as it was when it came, encoded."""
        first = self._first(order.reference, amended) if self._site.unique_references else None
        if first is not None:
            return first
        order_id = self._next_id
        landed = Landed(order_id, f"OR{order_id + _NUMBER_AHEAD}", order.reference)
        row: dict[str, object] = msgspec.to_builtins(order) | {
            "oh_id": order_id,
            "ohd_oh_id": order_id,
            "oh_order_number": landed.order_number,
            "oh_os_id": _NEW_STATUS,
            "oh_order_complete": 0,
            "oh_input_datetime": amended,
            "oh_net": order.gross - order.tax,
            "oh_tax": order.tax,
            "ohd_last_amended_datetime": amended,
        }
        with self._memory.transaction():
            self._memory.keep("order_header", row)
            self._memory.keep("order_header_detail", row)
            for line in order.lines:
                unsent = 0 if order.is_credit else line.quantity
                sent = {"oli_oh_id": order_id, "oli_qty_tbsent": unsent}
                columns = msgspec.to_builtins(line) | sent | {"oli_line_tax": line.tax}
                self._memory.keep("order_line_item", columns)
            if received:
                self._memory.run("insert into twin_received values (?, ?)", order_id, received)
        self._next_id += 1
        return landed

    def received(self, order_id: int) -> PlacedOrder:
        """An order as it was when it came."""
        row = self._memory.row("select placed from twin_received where oh_id = ?", order_id)
        return msgspec.msgpack.decode(blob(row[0] if row else None), type=PlacedOrder)

    def altered(self, order_id: int) -> list[str]:
        """The fields of an order that are not kept as they came; blanks at a text's end do not
        matter."""
        (row,) = self._memory.records(_ORDERS.format(""), (order_id - 1, 1))
        sql = "select * from order_line_item where oli_oh_id = ? order by oli_id"
        lines = list(self._memory.records(sql, (order_id,)))
        return kept_otherwise(self.received(order_id), row, lines)

    def status(self, order_id: int) -> dict[str, object] | None:
        """The status of one order; None where there is no such order."""
        sql = (
            "select oh_order_number as orderNumber, oh_ecommerce_order_number as"
            " eCommerceOrderNumber, os_description as orderStatus, null as subStatus"
            " from order_header join order_status on os_id = oh_os_id where oh_id = ?"
        )
        return next(self._memory.records(sql, (order_id,)), None)

    def stand(self, order_id: int, status: str, amended: str) -> None:
        """Somebody gives an order a status, by its name, at a local time."""
        self._memory.run(
            "update order_header set oh_os_id = (select os_id from order_status"
            " where os_description = ?) where oh_id = ?",
            *(status, order_id),
        )
        self._memory.run(
            "update order_header_detail set ohd_last_amended_datetime = ? where ohd_oh_id = ?",
            *(amended, order_id),
        )

    def book(self, after: int = 0, *, credits: bool = False) -> Iterator[Entry]:
        """Every order, or every credit, that landed beyond `after`, in the order of landing."""
        which = f"and oh_system_order_type {'=' if credits else '<>'} {CREDIT}"
        yield from map(self._entry, self._memory.records(_ORDERS.format(which), (after, -1)))

    # --- inside ---

    def _first(self, reference: str, now: str) -> Landed | None:
        """The order that a reference still stands for at the local time `now`."""
        row = self._memory.row(
            "select oh_id, oh_order_number, oh_ecommerce_order_number"
            " from order_header join order_header_detail on ohd_oh_id = oh_id"
            " where oh_ecommerce_order_number = ?"
            " and 86400 * (julianday(?) - julianday(ohd_last_amended_datetime)) < ?"
            " order by oh_id limit 1",
            *(reference, now, self._site.unique_for_s),
        )
        return None if row is None else Landed(*cast("tuple[int, str, str]", row))

    def _entry(self, row: Mapping[str, object]) -> Entry:
        units: Counter[str] = Counter()
        lines = self._memory.rows(
            "select vad_variant_code, oli_qty from order_line_item"
            " join variant_detail on vad_id = oli_vad_id where oli_oh_id = ? order by oli_id",
            row["oh_id"],
        )
        for code, quantity in lines:
            units[str(code)] += int(number(quantity))
        credit = row["oh_system_order_type"] == CREDIT
        amended = datetime.fromisoformat(str(row["ohd_last_amended_datetime"]))
        moment_s = int(amended.replace(tzinfo=self._zone).timestamp())
        return Entry(
            key=str(row["oh_id"]),
            reference=str(row["oh_ecommerce_order_number"]),
            born_s=moment_s,
            changed_s=moment_s,
            measure=Measure(int(number(row["oh_gross"])), self.currency(row["ohd_c_id"])),
            facts={
                "lines": len(lines),
                "units": dict(units),
                "postcode": str(row["ohd_delivery_postcode"]),
                "email": str(row["ohd_delivery_email"]),
                **({"of": str(row["oh_cust_order_ref"])} if credit else {}),
            },
        )

    def currency(self, key: object) -> str:
        """The code of a currency by its id; empty where an order did not say."""
        return "" if key is None else self._currencies.get(int(number(key)), "")

    def _furnish(self) -> None:
        for table, (rows, *columns) in _FURNITURE.items():
            sql = f"insert or replace into {table} values ({', '.join('?' * len(columns))})"  # noqa: S608
            values = map(attrgetter(*columns), getattr(self._site, rows))
            self._memory.run_many(sql, values)
        self._memory.run_many(
            "insert or ignore into variant_detail (vad_variant_code) values (?)",
            ((code,) for code in self._site.products or () if code),
        )
