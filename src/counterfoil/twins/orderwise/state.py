"""What OrderWise remembers, in tables of its own; and what of it is told to whoever checks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Final, cast
from zoneinfo import ZoneInfo

import msgspec

from counterfoil.twins.kit.book import Entry, Measure
from counterfoil.twins.kit.memory import Memory, blob, number
from counterfoil.twins.orderwise.order import PlacedLine, PlacedOrder
from counterfoil.twins.orderwise.site import DeliveryMethod, Named, Site

_FIRST_ORDER = 90_001
_NUMBER_AHEAD = 14_000  # the printed number runs ahead of the id, so that nobody mixes them up
_NEW_STATUS = 1

_HEADER: Final[Mapping[str, str]] = {
    "oh_ecommerce_order_number": "reference",
    "oh_cust_order_ref": "customer_ref",
    "oh_cd_id": "customer_id",
    "oh_system_order_type": "system_order_type",
    "oh_datetime": "ordered_at",
    "oh_gross": "gross",
}
_DETAIL: Final[Mapping[str, str]] = {
    "ohd_required_datetime": "required_at",
    "ohd_dm_id": "delivery_method_id",
    "ohd_pm_id": "payment_method_id",
    "ohd_c_id": "currency_id",
    "ohd_delivery_gross": "delivery_gross",
    "ohd_special_instructions": "instructions",
    "ohd_delivery_name": "name",
    "ohd_delivery_contact": "contact",
    "ohd_delivery_address_1": "address1",
    "ohd_delivery_address_2": "address2",
    "ohd_delivery_address_3": "address3",
    "ohd_delivery_town": "town",
    "ohd_delivery_county": "county",
    "ohd_delivery_country": "country",
    "ohd_delivery_postcode": "postcode",
    "ohd_delivery_country_code": "country_code",
    "ohd_delivery_email": "email",
    "ohd_delivery_telephone": "telephone",
}
_LINE: Final[Mapping[str, str]] = {
    "oli_item_number": "item_number",
    "oli_vad_id": "variant_id",
    "oli_qty": "quantity",
    "oli_item_gross": "item_gross",
    "oli_line_gross": "gross",
    "oli_vr_id": "tax_rate_id",
    "oli_sl_id": "location_id",
}
# Each column with the member of an order or a line that it keeps.

_ORDERS = (
    "select * from order_header join order_header_detail on ohd_oh_id = oh_id "
    "where oh_id > ? order by oh_id limit ?"
)


class Landed(msgspec.Struct, frozen=True, rename="camel"):
    """The answer to an order that was taken."""

    order_id: int
    order_number: str
    e_commerce_order_number: str


class OrderStatus(msgspec.Struct, frozen=True, rename="camel"):
    """The answer to a question about one order's status."""

    order_number: str
    e_commerce_order_number: str
    order_status: str
    sub_status: str | None = None


class Duplicate(msgspec.Struct, frozen=True, rename="camel"):
    """A reference under which more than one order lies, and how many too many."""

    ext_ref: str
    extra: int


def written(order: PlacedOrder) -> bytes:
    """An order as bytes, whatever becomes of it later."""
    return msgspec.msgpack.encode(order)


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
        `received` is the order as it was `written` down when it came."""
        first = self._first(order.reference, amended) if self._site.unique_references else None
        if first is not None:
            return first
        order_id = self._next_id
        landed = Landed(order_id, f"OR{order_id + _NUMBER_AHEAD}", order.reference)
        with self._memory.transaction():
            self._memory.insert("order_header", self._header(landed, order))
            detail = {"ohd_oh_id": order_id, "ohd_last_amended_datetime": amended}
            self._memory.insert("order_header_detail", detail | _columns(_DETAIL, order))
            for line in order.lines:
                sent = {"oli_oh_id": order_id, "oli_qty_tbsent": line.quantity}
                row = sent | _columns(_LINE, line) | {"oli_line_tax": line.tax}
                self._memory.insert("order_line_item", row)
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
        came = self.received(order_id)
        [kept] = self._memory.records(_ORDERS, (order_id - 1, 1))
        names = [
            name
            for column, name in (_HEADER | _DETAIL).items()
            if not _same(getattr(came, name), kept[column])
        ]
        lines = [_columns(_LINE, line) for line in came.lines]
        sql = f"select {', '.join(_LINE)} from order_line_item where oli_oh_id = ? order by oli_id"  # noqa: S608
        return names if lines == list(self._memory.records(sql, (order_id,))) else [*names, "lines"]

    def status(self, order_id: int) -> OrderStatus | None:
        """The status of one order; None where there is no such order."""
        row = self._memory.row(
            "select oh_order_number, oh_ecommerce_order_number, os_description"
            " from order_header join order_status on os_id = oh_os_id where oh_id = ?",
            order_id,
        )
        return None if row is None else OrderStatus(*cast("tuple[str, str, str]", row))

    def book(self, after: int = 0) -> Iterator[Entry]:
        """Every order that landed beyond `after`, in the order of landing."""
        yield from map(self._entry, self._memory.records(_ORDERS, (after, -1)))

    def counted(self) -> tuple[int, int, dict[str, int]]:
        """How many orders there are, under how many references, and their sums in pennies by
        currency."""
        orders = self._memory.number("select count(*) from order_header")
        references = self._memory.number(
            "select count(distinct oh_ecommerce_order_number) from order_header"
        )
        sums: Counter[str] = Counter()
        for currency, gross in self._memory.rows(
            "select ohd_c_id, sum(oh_gross) from order_header"
            " join order_header_detail on ohd_oh_id = oh_id group by 1 order by 1"
        ):
            sums[self._currency(currency)] += int(number(gross))
        return int(orders), int(references), dict(sums)

    def duplicates(self, limit: int) -> list[Duplicate]:
        """At most `limit` references under which more than one order lies."""
        rows = self._memory.rows(
            "select oh_ecommerce_order_number, count(*) - 1 from order_header"
            " group by 1 having count(*) > 1 order by 1 limit ?",
            limit,
        )
        return [Duplicate(str(reference), int(number(extra))) for reference, extra in rows]

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

    def _header(self, landed: Landed, order: PlacedOrder) -> dict[str, object]:
        return _columns(_HEADER, order) | {
            "oh_id": landed.order_id,
            "oh_order_number": landed.order_number,
            "oh_os_id": _NEW_STATUS,
            "oh_order_complete": 0,
            "oh_net": order.gross - order.tax,
            "oh_tax": order.tax,
        }

    def _entry(self, row: Mapping[str, object]) -> Entry:
        units: Counter[str] = Counter()
        lines = self._memory.rows(
            "select vad_variant_code, oli_qty from order_line_item"
            " join variant_detail on vad_id = oli_vad_id where oli_oh_id = ? order by oli_id",
            row["oh_id"],
        )
        for code, quantity in lines:
            units[str(code)] += int(number(quantity))
        amended = datetime.fromisoformat(str(row["ohd_last_amended_datetime"]))
        moment_s = int(amended.replace(tzinfo=self._zone).timestamp())
        return Entry(
            key=str(row["oh_id"]),
            reference=str(row["oh_ecommerce_order_number"]),
            born_s=moment_s,
            changed_s=moment_s,
            measure=Measure(int(number(row["oh_gross"])), self._currency(row["ohd_c_id"])),
            facts={
                "lines": len(lines),
                "units": dict(units),
                "postcode": str(row["ohd_delivery_postcode"]),
                "email": str(row["ohd_delivery_email"]),
            },
        )

    def _currency(self, key: object) -> str:
        return "" if key is None else self._currencies.get(int(number(key)), "")

    def _furnish(self) -> None:
        site, put = self._site, self._memory.run_many
        put("insert or replace into order_status values (?, ?)", _rows(site.statuses))
        put("insert or replace into delivery_method values (?, ?)", _rows(site.delivery_methods))
        put(
            "insert or replace into customer_detail values (?, ?, ?)",
            ((c.id, c.account_number, c.statement_name) for c in site.customers),
        )
        put(
            "insert or ignore into variant_detail (vad_variant_code) values (?)",
            ((code,) for code in site.products or () if code),
        )


def _rows(named: tuple[Named, ...] | tuple[DeliveryMethod, ...]) -> Iterator[tuple[int, str]]:
    return ((row.id, row.name) for row in named)


def _columns(kept: Mapping[str, str], thing: PlacedOrder | PlacedLine) -> dict[str, object]:
    return {column: getattr(thing, name) for column, name in kept.items()}


def _same(came: object, kept: object) -> bool:
    if isinstance(came, str) and isinstance(kept, str):
        return came.rstrip() == kept.rstrip()
    return came == kept
