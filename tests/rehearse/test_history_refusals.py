"""What is said about a sales file that cannot be used: what, where, and what to do."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from counterfoil.rehearse.traffic.history import Period, history
from counterfoil.rehearse.traffic.sales import Pace
from counterfoil.values.errors import CounterfoilError, Misconfigured, Refuse
from tests.rehearse.salesfiles import HEADER, csv_file, parquet_file, row


def said_of(path: Path, kind: type[CounterfoilError], **asked: object) -> str:
    """The sentence for people, sure to hold advice, a place, and nothing of the database."""
    with pytest.raises(kind) as caught:
        history(path, **asked)  # pyright: ignore[reportArgumentType]
    assert caught.value.do
    assert caught.value.where.startswith(str(path))
    assert caught.value.__suppress_context__ or caught.value.__context__ is None
    assert "Error" not in str(caught.value)
    assert len(str(caught.value).replace(str(path), "")) < 300
    return str(caught.value).replace(str(path), path.name)


def bytes_file(folder: Path, content: bytes, name: str = "sales.csv") -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


def test_a_missing_file(tmp_path: Path) -> None:
    said = said_of(tmp_path / "absent.csv", Misconfigured)
    assert said.startswith("absent.csv: There is no such file. Give the path of a CSV, Parquet or")


def test_a_folder(tmp_path: Path) -> None:
    assert "This is not a file." in said_of(tmp_path, Misconfigured)


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("sales.csv", b"", "The file is empty."),
        ("sales.xlsx", b"PK\x03\x04rest", "The file is an Excel or zip file that cannot be read."),
        ("sales.csv.gz", gzip.compress(b"a,b", mtime=0), "The file is a gzip file."),
        ("sales.parquet", b"invoice_no,stock", "The file is called Parquet but is not."),
        ("sales.csv", b"\xff\xfei\0n\0", "The file is not UTF-8 text."),
        ("sales.csv", b"a\0b\n1\n", "The file does not begin with a line of column names."),
        ("sales.csv", b"x" * 100_000, "The file does not begin with a line of column names."),
        ("sales.csv", b"\n", "The header has a column without a name."),
        ("sales.csv", b"a,b,A\n1,2,3\n", "The header has the column 'a' twice."),
    ],
)
def test_content_that_is_no_table(tmp_path: Path, name: str, content: bytes, said: str) -> None:
    assert said in said_of(bytes_file(tmp_path, content, name), Refuse)


def _cut(content: bytes) -> bytes:
    return content[: len(content) // 2]


def _scrambled(content: bytes) -> bytes:
    return content[:8] + b"\xff" * (len(content) - 300) + content[-292:]


def _footless(content: bytes) -> bytes:
    return content[:-200] + b"\xff" * 192 + content[-8:]


@pytest.mark.parametrize("damage", [_cut, _scrambled, _footless, lambda _: b"PAR1"])
def test_a_damaged_parquet_file(tmp_path: Path, damage: Callable[[bytes], bytes]) -> None:
    path = parquet_file(
        tmp_path,
        "select i::varchar invoice_no, md5(i::varchar) stock_code, 1 quantity, "
        "timestamp '2011-11-01' invoice_ts, 1.5 unit_price from range(5000) t(i)",
    )
    path.write_bytes(damage(path.read_bytes()))
    assert "The file is damaged and cannot be read." in said_of(path, Refuse)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (row() + ",more", "line 3: The line has 10 cells, and the header has 9."),
        ("500001,85123A", "line 3: The line has 2 cells, and the header has 9."),
        (row(description='"never closed'), "line 3: The line opens a quotation mark that is"),
        (row(description="x" * 3_000_000), "line 3: The line is longer than 2,000,000 bytes."),
    ],
)
def test_a_malformed_line(tmp_path: Path, line: str, said: str) -> None:
    assert said in said_of(csv_file(tmp_path, [row(), line, row()]), Refuse)


def test_bytes_that_are_not_utf8(tmp_path: Path) -> None:
    content = f"{HEADER}\n{row()}\n{row(description='£5')}\n".encode("latin-1")
    said = said_of(bytes_file(tmp_path, content), Refuse)
    assert "line 3: The line is not UTF-8 text." in said


@pytest.mark.parametrize(
    ("cells", "said"),
    [
        ({"invoice": ""}, "row 2 after the header, invoice_no: The cell is empty, where an"),
        ({"code": " "}, "stock_code: The cell is empty"),
        ({"quantity": ""}, "quantity: The cell is empty, where a whole number"),
        ({"at": ""}, "invoice_ts: The cell is empty"),
        ({"price": ""}, "unit_price: The cell is empty, where a price such as 12.50 must stand."),
        ({"price": "NaN"}, "'NaN' cannot be read, where a price such as 12.50 must stand."),
        ({"price": "1e999999"}, "'1e999999' cannot be read"),
        ({"price": "Infinity"}, "'Infinity' cannot be read"),
        ({"price": "0." + "1" * 19}, "cannot be read, where a price"),
        ({"price": "123456789.00"}, "cannot be read, where a price"),
        ({"price": "£2.55"}, "'£2.55' cannot be read"),
        ({"price": "\u0662.\u0665"}, "'\u0662.\u0665' cannot be read"),
        ({"quantity": "1.5"}, "'1.5' cannot be read, where a whole number"),
        ({"quantity": "99999999"}, "'99999999' cannot be read"),
        ({"quantity": "NaN"}, "'NaN' cannot be read"),
        ({"at": "12/1/2010 8:26"}, "'12/1/2010 8:26' cannot be read, where a moment"),
        ({"at": "2011-02-30 08:00:00"}, "'2011-02-30 08:00:00' cannot be read"),
        ({"at": "1011-02-03 08:00:00"}, "'1011-02-03 08:00:00' cannot be read"),
        ({"at": "infinity"}, "'infinity' cannot be read"),
        ({"at": "2011-02-03 08:00:00 Mars/Base"}, "cannot be read, where a moment"),
        ({"line": "first"}, "line_no: 'first' cannot be read, where a whole number"),
        ({"code": "85\x00123"}, "stock_code: '85\\x00123' cannot be read"),
        ({"description": "a\x00b"}, "description: 'a\\x00b' cannot be read"),
        ({"description": "x" * 1001}, "where a text of at most 1,000 characters must stand."),
    ],
)
def test_a_cell_that_cannot_be_read(tmp_path: Path, cells: dict[str, str], said: str) -> None:
    assert said in said_of(csv_file(tmp_path, [row(), row(**cells), row()]), Refuse)


def test_a_null_in_a_parquet_file(tmp_path: Path) -> None:
    path = parquet_file(
        tmp_path,
        "select '500001' invoice_no, '85123A' stock_code, 1 quantity, "
        "timestamp '2011-11-01' invoice_ts, "
        "case when i = 1 then null else 1.5 end unit_price from range(3) t(i)",
    )
    said = said_of(path, Refuse)
    assert "row 2 after the header, unit_price: The cell is empty" in said


def test_columns_of_other_names_are_told_with_the_nearest(tmp_path: Path) -> None:
    path = csv_file(
        tmp_path, ["1,2,3,4,5,6"], "InvoiceNo,StockCode,Qty,InvoiceDate,UnitPrice,Country"
    )
    said = said_of(path, Misconfigured)
    assert (
        "no columns 'invoice_no', 'stock_code', 'quantity', 'invoice_ts' and 'unit_price'" in said
    )
    assert "Nearest: InvoiceNo, StockCode, Qty, InvoiceDate, UnitPrice; map" in said


def test_one_missing_column_is_told_with_the_nearest(tmp_path: Path) -> None:
    path = csv_file(tmp_path, [], HEADER.replace("unit_price", "price_unit"))
    assert said_of(path, Misconfigured) == (
        "sales.csv: The file has no column 'unit_price'. Nearest: price_unit; "
        "map each column to the file's own name of it."
    )


def test_a_mapped_column_that_the_file_does_not_have(tmp_path: Path) -> None:
    path = csv_file(tmp_path, [row()])
    said = said_of(path, Misconfigured, columns={"country": "Land"})
    assert "The file has no column 'Land'." in said


def test_a_map_for_a_column_that_is_none_of_ours(tmp_path: Path) -> None:
    said = said_of(csv_file(tmp_path, [row()]), Misconfigured, columns={"colour": "Colour"})
    assert "There is no column 'colour' to be mapped. The columns are invoice_no," in said


def test_a_header_without_rows(tmp_path: Path) -> None:
    assert "The file has no sales invoice." in said_of(csv_file(tmp_path, []), Refuse)


def test_a_file_of_cancellations(tmp_path: Path) -> None:
    assert "no sales invoice" in said_of(csv_file(tmp_path, [row("C500001")]), Refuse)


def test_a_period_without_sales_names_the_days_that_have_them(tmp_path: Path) -> None:
    said = said_of(csv_file(tmp_path, [row()]), Misconfigured, period=Period(date(2012, 1, 1)))
    assert "no order in this period. Its sales go from 2011-11-01 to 2011-11-01." in said


def test_what_cannot_be_asked_for(tmp_path: Path) -> None:
    path = csv_file(tmp_path, [row()])
    with pytest.raises(Misconfigured, match="before it begins"):
        history(path, period=Period(date(2011, 11, 2), date(2011, 11, 1)))
    with pytest.raises(Misconfigured, match="A sample of 0 orders is none"):
        history(path, orders=0)


@pytest.mark.parametrize("speed", [0.0, -1.0, float("nan"), float("inf")])
def test_a_speed_that_is_none(speed: float) -> None:
    with pytest.raises(Misconfigured, match="is not possible"):
        Pace(speed=speed)


@pytest.mark.parametrize("spread_s", [-1.0, float("nan"), float("inf")])
def test_a_spread_that_is_none(spread_s: float) -> None:
    with pytest.raises(Misconfigured, match="cannot be spread"):
        Pace(spread_s=spread_s)
