"""Small sales files for the tests, and the real one where it is at hand."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import duckdb
import pytest

HEADER = (
    "line_no,invoice_no,stock_code,description,quantity,invoice_ts,unit_price,customer_id,country"
)
REAL = Path(__file__).resolve().parents[3] / "shared/data/uci_online_retail/online_retail.parquet"
needs_real = pytest.mark.skipif(
    not REAL.exists(), reason=f"the Online Retail file is not at {REAL}"
)


def row(
    invoice: str = "500001",
    code: str = "85123A",
    quantity: str = "1",
    price: str = "2.55",
    *,
    line: str = "",
    description: str = "A HEART",
    at: str = "2011-11-01 08:26:00",
    customer: str = "17850",
    country: str = "United Kingdom",
) -> str:
    return ",".join((line, invoice, code, description, quantity, at, price, customer, country))


def csv_file(folder: Path, rows: Iterable[str], header: str = HEADER) -> Path:
    path = folder / "sales.csv"
    path.write_text("\n".join((header, *rows)) + "\n", "utf-8")
    return path


def parquet_file(folder: Path, select: str) -> Path:
    path = folder / "sales.parquet"
    duckdb.connect().execute(f"copy ({select}) to '{path}' (format parquet)")
    return path
