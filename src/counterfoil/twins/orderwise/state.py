"""What OrderWise remembers: an SQLite file that a killed process leaves whole behind it.

Nothing of an order is kept in the process itself, so twenty thousand orders weigh as little as
one. Writes do not wait for the disk: the file outlives the process, though not the machine.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Generator, Iterable
from contextlib import contextmanager
from pathlib import Path
from typing import cast

import msgspec

from counterfoil.twins.orderwise.order import PlacedLine, PlacedOrder
from counterfoil.twins.orderwise.site import Site

_FIRST_ORDER = 90_001
_NUMBER_AHEAD = 14_000  # the printed number runs ahead of the id, so that nobody mixes them up
_NEW_STATUS = 1
_INSERT_HEADER = "insert into order_header values (?, ?, ?, ?, ?, ?, ?, ?, 0, ?, ?, ?)"
_INSERT_DETAIL = (
    "insert into order_header_detail values "
    "(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
)
_INSERT_LINE = "insert into order_line_item values (null, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"


_STORED = """
select oh_ecommerce_order_number as reference, oh_cust_order_ref as customer_ref,
  oh_cd_id as customer_id, oh_system_order_type as system_order_type, oh_datetime as ordered_at,
  ohd_required_datetime as required_at, ohd_dm_id as delivery_method_id,
  ohd_pm_id as payment_method_id, ohd_c_id as currency_id, oh_gross as gross,
  ohd_delivery_gross as delivery_gross, ohd_special_instructions as instructions,
  ohd_delivery_name as name, ohd_delivery_contact as contact, ohd_delivery_address_1 as address1,
  ohd_delivery_address_2 as address2, ohd_delivery_address_3 as address3, ohd_delivery_town as town,
  ohd_delivery_county as county, ohd_delivery_country as country,
  ohd_delivery_postcode as postcode, ohd_delivery_country_code as country_code,
  ohd_delivery_email as email, ohd_delivery_telephone as telephone
from order_header join order_header_detail on ohd_oh_id = oh_id where oh_id = ?
"""
_STORED_LINES = """
select oli_item_number, oli_vad_id, oli_qty, oli_item_gross, oli_line_gross, oli_vr_id, oli_sl_id
from order_line_item where oli_oh_id = ? order by oli_id
"""


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


def written(order: PlacedOrder) -> bytes:
    """An order as bytes, whatever becomes of it later."""
    return msgspec.msgpack.encode(order)


def same(came: object, kept: object) -> bool:
    """Whether a field, or all lines, are kept as they came; blanks at an end do not matter."""
    if isinstance(came, list):
        lines = cast("list[PlacedLine]", came)
        return kept == [
            (
                line.item_number,
                line.variant_id,
                line.quantity,
                line.item_gross,
                line.gross,
                line.tax_rate_id,
                line.location_id,
            )
            for line in lines
        ]
    if isinstance(came, str) and isinstance(kept, str):
        return came.rstrip() == kept.rstrip()
    return came == kept


class HeldOrder(msgspec.Struct, frozen=True, rename="camel"):
    """One order as the twin's own count lists it; `gross_minor` in pennies."""

    ext_ref: str
    ow_order_id: int
    gross_minor: int


class Duplicate(msgspec.Struct, frozen=True, rename="camel"):
    """A reference under which more than one order lies, and how many too many."""

    ext_ref: str
    extra: int


class Counted(msgspec.Struct, frozen=True):
    """All orders, counted; `gross_minor` in pennies, `duplicates` the orders too many."""

    orders: int
    references: int
    gross_minor: int

    @property
    def duplicates(self) -> int:
        """Orders beyond the first of each reference."""
        return self.orders - self.references


class State:
    """The database of one instance, in a file or ":memory:".

    `products` are the variant codes that exist; None lets any code exist that is not empty.
    """

    def __init__(self, path: Path | str, site: Site, products: Iterable[str] | None) -> None:
        self._any_code = products is None
        self._unique = site.unique_references
        self._unique_for_s = site.unique_for_s
        self.database = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self.database.execute("pragma journal_mode = wal")
        self.database.execute("pragma synchronous = off")
        self.database.executescript(Path(__file__).with_name("schema.sql").read_text("utf-8"))
        with self._together():
            self._furnish(site, products or ())
        self._next_id = self._one(
            "select coalesce(max(oh_id) + 1, ?) from order_header", _FIRST_ORDER
        )

    def close(self) -> None:
        """Let the file go."""
        self.database.close()

    def variant(self, code: str) -> int | None:
        """The id of the variant with exactly this code; None where there is none."""
        row = self.database.execute(
            "select vad_id from variant_detail where vad_variant_code = ?", (code,)
        ).fetchone()
        if row is not None:
            return int(row[0])
        if not self._any_code or not code.strip():
            return None
        return self.database.execute(
            "insert into variant_detail (vad_variant_code) values (?)", (code,)
        ).lastrowid

    def variants(self, limit: int) -> list[tuple[int, str]]:
        """At most `limit` variants: id and code."""
        return self.database.execute(
            "select vad_id, vad_variant_code from variant_detail order by vad_id limit ?", (limit,)
        ).fetchall()

    def land(self, order: PlacedOrder, amended: str, received: bytes = b"") -> Landed:
        """Store an order, `amended` at a local time; a reference stored before does not matter,
        save at a site that keeps them unique: there it is the first order that is answered with.
        `received` is the order as it was `written` down when it came."""
        first = self._first(order.reference, amended) if self._unique else None
        if first is not None:
            return first
        order_id = self._next_id
        number = f"OR{order_id + _NUMBER_AHEAD}"
        with self._together():
            self._insert_header(order_id, number, order)
            self._insert_detail(order_id, order, amended)
            self._insert_lines(order_id, order)
            if received:
                self.database.execute(
                    "insert into twin_received values (?, ?)", (order_id, received)
                )
        self._next_id += 1
        return Landed(order_id, number, order.reference)

    def _first(self, reference: str, now: str) -> Landed | None:
        """The order that a reference still stands for at the local time `now`."""
        row = self.database.execute(
            "select oh_id, oh_order_number, oh_ecommerce_order_number"
            " from order_header join order_header_detail on ohd_oh_id = oh_id"
            " where oh_ecommerce_order_number = ?"
            " and 86400 * (julianday(?) - julianday(ohd_last_amended_datetime)) < ?"
            " order by oh_id limit 1",
            (reference, now, self._unique_for_s),
        ).fetchone()
        return None if row is None else Landed(*row)

    def received(self, order_id: int) -> PlacedOrder:
        """An order as it was when it came."""
        row = self.database.execute(
            "select placed from twin_received where oh_id = ?", (order_id,)
        ).fetchone()
        return msgspec.msgpack.decode(row[0], type=PlacedOrder)

    def stored(self, order_id: int) -> dict[str, object]:
        """An order as it is kept: every field that it came with, by the name of `PlacedOrder`."""
        found = self.database.execute(_STORED, (order_id,))
        [row] = found.fetchall()
        kept: dict[str, object] = dict(zip((at[0] for at in found.description), row, strict=True))
        kept["lines"] = self.database.execute(_STORED_LINES, (order_id,)).fetchall()
        return kept

    def status(self, order_id: int) -> OrderStatus | None:
        """The status of one order; None where there is no such order."""
        row = self.database.execute(
            "select oh_order_number, oh_ecommerce_order_number, os_description"
            " from order_header join order_status on os_id = oh_os_id where oh_id = ?",
            (order_id,),
        ).fetchone()
        return None if row is None else OrderStatus(*row)

    def counted(self) -> Counted:
        """All orders, counted."""
        return Counted(
            *self.database.execute(
                "select count(*), count(distinct oh_ecommerce_order_number),"
                " coalesce(sum(oh_gross), 0) from order_header"
            ).fetchone()
        )

    def duplicates(self, limit: int) -> list[Duplicate]:
        """At most `limit` references under which more than one order lies."""
        rows = self.database.execute(
            "select oh_ecommerce_order_number, count(*) - 1 from order_header"
            " group by 1 having count(*) > 1 order by 1 limit ?",
            (limit,),
        )
        return [Duplicate(*row) for row in rows]

    def page(self, after: int, limit: int) -> list[HeldOrder]:
        """At most `limit` orders whose id lies above `after`, in the order of their ids."""
        rows = self.database.execute(
            "select oh_ecommerce_order_number, oh_id, oh_gross from order_header"
            " where oh_id > ? order by oh_id limit ?",
            (after, limit),
        )
        return [HeldOrder(*row) for row in rows]

    def keep_figures(self, figures: bytes) -> None:
        """Remember the twin's own figures."""
        self.database.execute("insert or replace into twin_figures values (1, ?)", (figures,))

    def kept_figures(self) -> bytes | None:
        """The figures last remembered."""
        row = self.database.execute("select figures from twin_figures").fetchone()
        return None if row is None else bytes(row[0])

    @contextmanager
    def _together(self) -> Generator[None]:
        self.database.execute("begin")
        try:
            yield
        except BaseException:
            self.database.execute("rollback")
            raise
        self.database.execute("commit")

    def _furnish(self, site: Site, products: Iterable[str]) -> None:
        put = self.database.executemany
        put(
            "insert or replace into order_status values (?, ?)",
            ((status.id, status.name) for status in site.statuses),
        )
        put(
            "insert or replace into customer_detail values (?, ?, ?)",
            ((c.id, c.account_number, c.statement_name) for c in site.customers),
        )
        put(
            "insert or replace into delivery_method values (?, ?)",
            ((method.id, method.name) for method in site.delivery_methods),
        )
        put(
            "insert or ignore into variant_detail (vad_variant_code) values (?)",
            ((code,) for code in products if code),
        )

    def _insert_header(self, order_id: int, number: str, order: PlacedOrder) -> None:
        tax = order.tax
        self.database.execute(
            _INSERT_HEADER,
            (
                order_id,
                number,
                _NEW_STATUS,
                order.customer_id,
                order.system_order_type,
                order.reference,
                order.customer_ref,
                order.ordered_at,
                order.gross - tax,
                tax,
                order.gross,
            ),
        )

    def _insert_detail(self, order_id: int, order: PlacedOrder, amended: str) -> None:
        self.database.execute(
            _INSERT_DETAIL,
            (
                order_id,
                order.delivery_method_id,
                amended,
                order.required_at,
                order.currency_id,
                order.delivery_gross,
                order.instructions,
                order.payment_method_id,
                order.name,
                order.contact,
                order.address1,
                order.address2,
                order.address3,
                order.town,
                order.county,
                order.country,
                order.postcode,
                order.country_code,
                order.email,
                order.telephone,
            ),
        )

    def _insert_lines(self, order_id: int, order: PlacedOrder) -> None:
        self.database.executemany(
            _INSERT_LINE,
            (
                (
                    order_id,
                    line.variant_id,
                    line.item_number,
                    line.quantity,
                    line.quantity,
                    line.item_gross,
                    line.gross,
                    line.tax,
                    line.tax_rate_id,
                    line.location_id,
                )
                for line in order.lines
            ),
        )

    def _one(self, sql: str, *values: object) -> int:
        return int(self.database.execute(sql, values).fetchone()[0])
