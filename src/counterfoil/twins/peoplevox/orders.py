"""Orders and their lines, row by row: taken, changed, refused; shown page by page."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator, Mapping
from datetime import datetime

from counterfoil.twins.kit.book import Entry, Measure
from counterfoil.twins.kit.memory import Memory, number
from counterfoil.twins.kit.moments import unix_s
from counterfoil.twins.kit.posted import Refusal
from counterfoil.twins.peoplevox.site import Site
from counterfoil.values.clock import Clock
from counterfoil.values.errors import Hold
from counterfoil.values.money import minor

Cells = dict[str, str]
HEADS, LINES = "Sales orders", "Sales order items"
_KEY = re.compile(r'(\w+)(?:\.Equals\(|\s*==\s*)"([^"]*)"\)?')
_WIDTHS = {"SalesOrderNumber": 30, "Line": 16, "ItemCode": 50}
_NEEDED = ("Email", "ContactName", "CreatedDate", "PaymentMethod", "ServiceType", "ChannelName")
_DATES = ("CreatedDate", "RequestedDeliveryDate")
_DO_NOT_ALLOCATE = 1


class Orders:
    """The orders of one site."""

    def __init__(self, memory: Memory, site: Site, clock: Clock) -> None:
        self._memory = memory
        self._site = site
        self._clock = clock
        memory.lay(__package__ or "", "tables.sql")

    def rows(self, template: str, text: str) -> list[Cells]:
        """The rows of a CSV by the vendor's own names; a column that the template does not have
        is left out without a word."""
        columns = {*self._site.columns(template)}
        return [
            {self._site.own(name): cell or "" for name, cell in row.items() if name in columns}
            for row in csv.DictReader(io.StringIO(text.lstrip()))
        ]

    def save(self, template: str, row: Cells, action: int) -> None:
        """Insert a row, or change the one under its key. Raises `Refusal`."""
        cut = {name: row[name][:most] for name, most in _WIDTHS.items() if name in row}
        cells = {**row, **cut}
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
        if status and (stored is None or key in self._site.picking):
            raise Refusal(f"Sales order {key} cannot be cancelled")
        whole = {"Status": "New", **(stored or {}), **cells}
        whole["Status"] = status or whole["Status"] or "New"
        self._check(whole)
        now_s = int(unix_s(self._clock.now()))
        amount = _minor(whole.get("TotalSale", ""), self._site.currency)
        self._memory.run(
            "insert into heads (number, cells, amount, allocates, born_s, changed_s)"
            " values (?, ?, ?, ?, ?, ?) on conflict (number) do update set cells = excluded.cells,"
            " amount = excluded.amount, allocates = excluded.allocates, changed_s = ?",
            *(key, json.dumps(whole), amount, action != _DO_NOT_ALLOCATE, now_s, now_s, now_s),
        )

    def _check(self, cells: Cells) -> None:
        missing = [name for name in _NEEDED if not cells.get(name)]
        if missing:
            raise Refusal(f"{missing[0]} is required")
        if cells["PaymentMethod"] not in self._site.payments:
            raise Refusal(f"Payment method {cells['PaymentMethod']} does not exist")
        if cells["ServiceType"] not in self._site.services:
            raise Refusal(f"Service type {cells['ServiceType']} does not exist")
        for name in _DATES:
            _moment(name, cells.get(name, ""))

    def _save_line(self, cells: Cells) -> None:
        key, code, line = (cells.get(name, "") for name in ("SalesOrderNumber", "ItemCode", "Line"))
        if self._head(key) is None:
            raise Refusal(f"Sales order {key} does not exist")
        if not code or (self._site.items is not None and code not in self._site.items):
            raise Refusal(f"Item type {code} does not exist")
        if not line or not cells.get("QuantityOrdered", "").isdecimal():
            raise Refusal("Line and QuantityOrdered are required")
        self._memory.run(
            "insert into lines (number, line, cells) values (?, ?, ?)"
            " on conflict (number, line) do update set cells = excluded.cells",
            *(key, line, json.dumps(cells)),
        )

    def _head(self, key: str) -> Cells | None:
        row = self._memory.row("select cells from heads where number = ?", key)
        return None if row is None else json.loads(str(row[0]))

    def page(self, template: str, clause: str, page: int, size: int) -> tuple[str, int]:
        """A page of the rows that a clause finds, as CSV with its header, and how many it finds."""
        keys = [key for name, key in _KEY.findall(clause) if name == self._site_key]
        marks, table = ", ".join("?" * len(keys)), "heads" if template == HEADS else "lines"
        where = f"where number in ({marks})" if clause else ""
        every = self._memory.rows(f"select cells from {table} {where} order by id", *keys)  # noqa: S608
        if size and self._site.empty_from and size >= self._site.empty_from:
            return "", len(every)
        rows = every[(page - 1) * size : page * size] if size else every
        text, columns = io.StringIO(newline=""), self._site.columns(template)
        writer = csv.writer(text)
        writer.writerow(columns)
        for (cells,) in rows:
            values: Mapping[str, str] = json.loads(str(cells))
            writer.writerow([self._shown(self._site.own(name), values) for name in columns])
        return text.getvalue(), len(every)

    @property
    def _site_key(self) -> str:
        return self._site.renamed.get("SalesOrderNumber", "SalesOrderNumber")

    def _shown(self, name: str, cells: Mapping[str, str]) -> str:
        cell = cells.get(name, "")
        if name in _DATES and cell and self._site.report_dates:
            return f"'{datetime.fromisoformat(cell):%d/%m/%Y %H:%M:%S}'"
        return cell

    def book(self, after: int = 0) -> Iterator[Entry]:
        """Every order beyond `after`, in the order of landing."""
        for row in self._memory.records("select * from heads where id > ? order by id", (after,)):
            key = str(row["number"])
            lines = self._memory.number("select count(*) from lines where number = ?", key)
            facts = {"lines": int(lines), "allocates": bool(row["allocates"])}
            cells = json.loads(str(row["cells"]))
            yield Entry(
                *(str(row["id"]), key, int(number(row["born_s"])), int(number(row["changed_s"]))),
                Measure(int(number(row["amount"])), self._site.currency),
                {**facts, "status": cells["Status"], "email": cells["Email"]},
            )


def _minor(text: str, currency: str) -> int:
    try:
        return minor(text, currency)
    except Hold:
        raise Refusal(f"TotalSale {text[:20]} is no amount") from None


def _moment(name: str, text: str) -> None:
    try:
        datetime.strptime(text or "2000-01-01 00:00:00", "%Y-%m-%d %H:%M:%S")  # noqa: DTZ007
    except ValueError:
        raise Refusal(f"{name} {text[:30]} is not a date") from None
