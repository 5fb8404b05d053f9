"""Orders and their lines, row by row: taken, changed, refused, and picked once they may be."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator

from counterfoil.twins.kit import tables
from counterfoil.twins.kit.book import Entry, Measure
from counterfoil.twins.kit.memory import Memory, number
from counterfoil.twins.kit.moments import unix_s
from counterfoil.twins.kit.posted import Refusal
from counterfoil.twins.kit.tables import Cells, Report
from counterfoil.twins.kit.warehouse import Picked, Warehouse
from counterfoil.twins.peoplevox.site import TEMPLATES, Site
from counterfoil.values.clock import Clock
from counterfoil.values.money import minor

HEADS, LINES = "Sales orders", "Sales order items"
_STATUS = (
    "coalesce((select status from tasks where reference = number), json_extract(cells, '$.Status'))"
)
_DO_NOT_ALLOCATE = 1


def shown() -> dict[str, Report]:
    """How the templates are shown."""
    heads, lines = TEMPLATES[HEADS], TEMPLATES[LINES]
    return {
        HEADS: tables.stored(
            "heads", heads.names, heads.dates, SalesOrderNumber="number", Status=_STATUS
        ),
        LINES: tables.stored("lines", lines.names, lines.dates, SalesOrderNumber="number"),
    }


class Orders:
    """The orders of one site, whose `warehouse` picks what is allocated."""

    def __init__(self, memory: Memory, site: Site, clock: Clock, warehouse: Warehouse) -> None:
        self._memory = memory
        self._site = site
        self._clock = clock
        self._warehouse = warehouse
        self._lists = {"payments": site.payments, "services": site.services}
        memory.lay(__package__ or "", "tables.sql")

    def save(self, template: str, cells: Cells, action: int) -> None:
        """Insert a row, or change the one under its key. Raises `Refusal`."""
        cells = TEMPLATES[template].cut(cells)
        if template == HEADS:
            self._save_head(cells, action)
        else:
            self._save_line(cells)

    def _save_head(self, cells: Cells, action: int) -> None:
        key = cells.get("SalesOrderNumber", "")
        stored, status = self._head(key), cells.get("Status", "")
        if not key:
            raise Refusal("SalesOrderNumber is required")
        if status not in ("", "Cancelled"):
            raise Refusal(f"Status {status} cannot be imported")
        whole = {"Status": "New", **(stored or {}), **cells}
        whole["Status"] = status or whole["Status"] or "New"
        TEMPLATES[HEADS].check(whole, self._lists)
        cancels = stored is not None and key not in self._site.picking
        if status and not (cancels and self._warehouse.cancel(key)):
            raise Refusal(f"Sales order {key} cannot be cancelled")
        now_s = int(unix_s(self._clock.now()))
        amount = minor(whole["TotalSale"], self._site.currency)
        self._memory.run(
            "insert into heads (number, cells, amount, allocates, born_s, changed_s)"
            " values (?, ?, ?, ?, ?, ?) on conflict (number) do update set cells = excluded.cells,"
            " amount = excluded.amount, allocates = excluded.allocates, changed_s = ?",
            *(key, json.dumps(whole), amount, action != _DO_NOT_ALLOCATE, now_s, now_s, now_s),
        )

    def _save_line(self, cells: Cells) -> None:
        key, code = (cells.get(name, "") for name in ("SalesOrderNumber", "ItemCode"))
        if self._head(key) is None:
            raise Refusal(f"Sales order {key} does not exist")
        TEMPLATES[LINES].check(cells, self._lists)
        sql = "select 1 from items where template = 'Item types' and key = ?"
        exists = self._site.items is None or code in self._site.items
        if not (code and (exists or self._memory.row(sql, code))):
            raise Refusal(f"Item type {code} does not exist")
        if not cells["QuantityOrdered"].isdecimal():
            raise Refusal("QuantityOrdered is no number")
        pick = Picked(cells["Line"], code, int(cells["QuantityOrdered"]))
        if not self._warehouse.takes(key, pick):
            raise Refusal(f"Sales order {key} is picked: line {cells['Line']} cannot be changed")
        self._memory.run(
            "insert into lines (number, line, cells) values (?, ?, ?)"
            " on conflict (number, line) do update set cells = excluded.cells",
            *(key, cells["Line"], json.dumps(cells)),
        )

    def release(self, key: str) -> None:
        """Have an order picked, if it may be allocated and has lines."""
        released = self._memory.row("select 1 from heads where number = ? and allocates", key)
        if released and (lines := self._lines(key)) and self._status(key) != "Cancelled":
            self._warehouse.promise(key, lines)

    def _status(self, key: str) -> str:
        row = self._memory.row(f"select {_STATUS} from heads where number = ?", key)  # noqa: S608
        return str(row[0]) if row else ""

    def _lines(self, key: str) -> list[Picked]:
        rows = self._memory.rows("select cells from lines where number = ? order by id", key)
        every: list[Cells] = [json.loads(str(cells)) for (cells,) in rows]
        return [Picked(row["Line"], row["ItemCode"], int(row["QuantityOrdered"])) for row in every]

    def _head(self, key: str) -> Cells | None:
        row = self._memory.row("select cells from heads where number = ?", key)
        return None if row is None else json.loads(str(row[0]))

    def book(self, after: int = 0) -> Iterator[Entry]:
        """Every order beyond `after`, in the order of landing."""
        for row in self._memory.records("select * from heads where id > ? order by id", (after,)):
            key, cells = str(row["number"]), json.loads(str(row["cells"]))
            lines, units = self._lines(key), Counter[str]()
            for line in lines:
                units[line.sku] += line.pieces
            yield Entry(
                *(str(row["id"]), key, int(number(row["born_s"])), int(number(row["changed_s"]))),
                Measure(int(number(row["amount"])), self._site.currency),
                {
                    "lines": len(lines),
                    "units": units,
                    "allocates": bool(row["allocates"]),
                    "status": self._status(key),
                    "email": cells["Email"],
                    "postcode": cells.get("ShippingAddressPostcode", ""),
                },
            )
