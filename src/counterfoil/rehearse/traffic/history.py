"""Real sales history, replayed: every invoice of a file becomes the sale that it once was.

The rules, so that anybody can count them again:

* An invoice whose number begins with C (cancellation) or A (adjustment) is no sale. Every other
  invoice is one order; its lines keep their order and are never merged.
* `unit_price` is the price that the customer saw, VAT of 20 % inside, in pounds, rounded half up
  to the penny. Tax is a sixth of each line, rounded half up.
* A line is left out, and counted, where its quantity is not above zero, else where its price is
  not above zero, else where its price rounds to no penny at all.
* What a stock code stands for decides what the line becomes (`stockcode.py`): merchandise,
  voucher, postage, or a custom line with a name.
* A cancellation pays back: `repaid.py` tells what sales it undoes.
* Times are British wall-clock time unless they carry an offset. An invoice belongs to the day of
  its first line.

The file is read once, by DuckDB, which keeps to a fixed share of memory and spills to disk.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack
from datetime import date
from functools import cache
from importlib.resources import files
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple, NoReturn

import duckdb
from msgspec.structs import replace

from counterfoil.kit.formats.tabular import unreadable
from counterfoil.rehearse.traffic import salesfile
from counterfoil.rehearse.traffic.customer import customer
from counterfoil.rehearse.traffic.repaid import Repaid, Row, matched
from counterfoil.rehearse.traffic.sales import Pace, Sales, Traffic, moment
from counterfoil.rehearse.traffic.shop import CURRENCY, TAX_RATE, free_postage, postage, tax_inside
from counterfoil.rehearse.traffic.stockcode import Meaning, meaning
from counterfoil.twins.world import Sale, SaleLine
from counterfoil.values.errors import Misconfigured, Refuse

_MEMORY = "128MB"  # of DuckDB's own buffers; beyond it, DuckDB spills
_ROWS = 4_096  # fetched at a time
_MEANT = {
    "invoice_no": "an invoice number of 1 to 64 characters",
    "stock_code": "a stock code of 1 to 64 characters",
    "quantity": "a whole number of at most 7 digits",
    "unit_price": "a price such as 12.50",
    "invoice_ts": "a moment such as 2011-11-30 17:42:00, from 1990 to 2099",
    "line_no": "a whole number",
    "description": "a text of at most 1,000 characters",
    "customer_id": "a customer number",
    "country": "a country's name",
}

_Row = tuple[int, str, str, str, str, str, int, int]


class Period(NamedTuple):
    """From the day `start` to the day `end` inclusive; without one it is open on that side."""

    start: date | None = None
    end: date | None = None


def history(
    path: str | Path,
    *,
    period: Period | None = None,
    orders: int | None = None,
    seed: int = 0,
    columns: Mapping[str, str] | None = None,
    pace: Pace | None = None,
) -> Sales:
    """The sales in a CSV or Parquet file, those of a period where one is given.

    `orders` draws that many of them by `seed` (all, where there are fewer); `columns` maps our
    column names (`salesfile.REQUIRED`, `OPTIONAL`) to the file's. Raises `Misconfigured` for what
    was asked (no such file, column or period), `Refuse` for content that cannot be read.
    """
    path = Path(path)
    start, end = period or Period()
    _check(start, end, orders)
    with ExitStack() as open_things:
        folder = Path(open_things.enter_context(TemporaryDirectory(prefix="counterfoil-")))
        connection = _connect(open_things, folder)
        salesfile.attach(connection, path, columns or {}, folder)
        _read(connection, path)
        connection.execute(_step("plan"), {"start": start, "end": end})
        connection.execute(_step("draw"), {"seed": str(seed), "orders": orders})
        first_s, last_s, traffic = _count(connection, path)
        traffic = replace(traffic, refunds=_repaid(connection, end))
        close = open_things.pop_all().close
    timing = pace or Pace()

    def read() -> Iterator[Sale]:
        for invoice in _invoices(connection):
            since = invoice[0][0] - first_s
            yield _sale(invoice, timing.at_s(since, last_s - first_s))

    return Sales(traffic, read, close)


def _check(start: date | None, end: date | None, orders: int | None) -> None:
    if start and end and start > end:
        raise Misconfigured(
            f"The period ends on {end}, before it begins on {start}.",
            do="Give the earlier day first.",
        )
    if orders is not None and orders < 1:
        raise Misconfigured(f"A sample of {orders} orders is none.", do="Ask for 1 order or more.")


def _connect(open_things: ExitStack, folder: Path) -> duckdb.DuckDBPyConnection:
    """A database in memory that may spill to a folder of its own, and fetches nothing."""
    settings: dict[str, str | bool | int | float | list[str]] = {
        "memory_limit": _MEMORY,
        "threads": 2,
        "temp_directory": str(folder),
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
    }
    connection = open_things.enter_context(duckdb.connect(config=settings))
    connection.execute("set timezone = 'UTC'")
    connection.execute("set enable_progress_bar = false")  # it would stand among the answer
    return connection


@cache
def _steps() -> dict[str, str]:
    script = files("counterfoil.rehearse.traffic").joinpath("history.sql").read_text("utf-8")
    parts = script.split("-- step: ")[1:]
    return {name: body for name, _, body in (part.partition("\n") for part in parts)}


def _step(name: str) -> str:
    return _steps()[name]


def _read(connection: duckdb.DuckDBPyConnection, path: Path) -> None:
    try:
        connection.execute(_step("read"))
    except duckdb.Error as error:
        raise unreadable(path, error) from None
    faulty = connection.execute(_step("faulty")).fetchone()
    if faulty:
        _refuse(connection, path, *faulty)


def _refuse(connection: duckdb.DuckDBPyConnection, path: Path, row: int, column: str) -> NoReturn:
    raw = connection.execute("select columns(*)::varchar from source where row_no = ?", [row])
    names = [name for name, *_ in raw.description or ()]
    cell = dict(zip(names, raw.fetchall()[0], strict=True))[column]
    fault = "The cell is empty" if cell is None else f"{cell[:40]!r} cannot be read"
    raise Refuse(
        f"{fault}, where {_MEANT[column]} must stand.",
        do="Correct the cell or take the row out.",
        where=f"{path}, row {row} after the header, {column}",
        code="bad-cell",
    )


def _count(connection: duckdb.DuckDBPyConnection, path: Path) -> tuple[int, int, Traffic]:
    """The first and the last moment in seconds since 1970, and the whole traffic."""
    sale_invoices, without_lines, other_invoices, other_lines = _one(connection, "invoices")
    orders, customers, guests, longest, first_s, last_s = _one(connection, "orders")
    if not orders:
        _nothing(connection, path)
    lines_by_code = connection.execute(_step("kept")).fetchall()
    became: Counter[str] = Counter()
    for code, lines, _ in lines_by_code:
        became[meaning(code).becomes] += lines
    traffic = Traffic(
        source=f"sales history {path.name}",
        currency=CURRENCY,
        sale_invoices=sale_invoices,
        orders=orders,
        invoices_without_lines=without_lines,
        orders_not_drawn=sale_invoices - without_lines - orders,
        lines=became.total(),
        lines_left_out=dict(connection.execute(_step("left_out")).fetchall()),
        gross_minor=sum(int(gross) for _, _, gross in lines_by_code),
        became=dict(became),
        other_invoices=other_invoices,
        other_lines=other_lines,
        customers=customers,
        guest_orders=guests,
        longest_order=longest,
        first=moment(first_s),
        last=moment(last_s),
    )
    return first_s, last_s, traffic


def _repaid(connection: duckdb.DuckDBPyConnection, end: date | None) -> Repaid:
    with connection.cursor() as cursor:
        cursor.execute(_step("repaid"), {"end": end})
        rows = (Row(*row) for row in _rows(cursor))
        return matched([*invoice] for _, invoice in groupby(rows, key=itemgetter(1)))


def _one(connection: duckdb.DuckDBPyConnection, step: str) -> tuple[int, ...]:
    return connection.execute(_step(step)).fetchall()[0]


def _nothing(connection: duckdb.DuckDBPyConnection, path: Path) -> NoReturn:
    first, last = connection.execute(_step("days")).fetchall()[0]
    if first is None:
        raise Refuse(
            "The file has no sales invoice.",
            do="Invoice numbers that begin with C or A are cancellations and adjustments.",
            where=str(path),
            code="no-sales",
        )
    raise Misconfigured(
        "The file has no order in this period.",
        do=f"Its sales go from {first} to {last}.",
        where=str(path),
        code="no-sales",
    )


def _invoices(connection: duckdb.DuckDBPyConnection) -> Iterator[list[_Row]]:
    """The kept rows of each drawn invoice, in the order of time."""
    with connection.cursor() as cursor:
        cursor.execute(_step("sales"))
        for _, rows in groupby(_rows(cursor), key=itemgetter(1)):
            yield list(rows)


def _rows(cursor: duckdb.DuckDBPyConnection) -> Iterator[Any]:
    while rows := cursor.fetchmany(_ROWS):
        yield from rows


def _sale(rows: list[_Row], at_s: float) -> Sale:
    placed_s, number, customer_id, country = rows[0][:4]
    buyer = customer(customer_id, country, number)
    meant = [(meaning(row[4]), row) for row in rows]
    shipping = tuple(
        postage(what.title, row[6] * row[7]) for what, row in meant if what.becomes == "shipping"
    )
    return Sale(
        at_s=at_s,
        number=number,
        placed=moment(placed_s),
        currency=CURRENCY,
        lines=tuple(_lines(meant)),
        shipping=shipping or (free_postage(buyer.deliver_to.country),),
        email=buyer.email,
        deliver_to=buyer.deliver_to,
        tax_rate=TAX_RATE,
    )


def _lines(meant: Iterable[tuple[Meaning, _Row]]) -> Iterator[SaleLine]:
    for what, (_, _, _, _, code, description, quantity, unit_minor) in meant:
        if what.becomes != "shipping":
            yield SaleLine(
                sku="" if what.becomes == "custom" else code,
                title=what.title or description or code,
                quantity=quantity,
                unit_minor=unit_minor,
                tax_minor=tax_inside(quantity * unit_minor),
                kind=what.becomes,
            )
