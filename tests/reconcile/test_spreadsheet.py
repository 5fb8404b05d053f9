"""A workbook for finance: texts stay texts, and totals alone are formulas."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Sequence

import python_calamine as excel
from hypothesis import given
from hypothesis import strategies as st

from counterfoil.reconcile.spreadsheet import Figure, Table, workbook

TABLE = Table(
    "open-items",
    ("record", "currency", "amount", "why"),
    [
        ("00123", "GBP", Figure(1250, 2), '=HYPERLINK("http://x","pay")'),
        ("1E5", "JPY", Figure(-900), "<b>&amp; \x00\ud800"),
        ("7", "GBP", Figure(5, 2), ""),
        ("8", "KWD", Figure(10**17 + 1, 3), "@SUM(A1)"),
    ],
    ("amount",),
    "currency",
)


def read(table: Table) -> Sequence[Sequence[object]]:
    opened = excel.CalamineWorkbook.from_filelike(io.BytesIO(workbook([table])))
    return opened.get_sheet_by_index(0).to_python()


def test_identities_and_formulas_of_others_are_texts() -> None:
    rows = read(TABLE)
    assert rows[0] == ["record", "currency", "amount", "why"]
    assert rows[1] == ["00123", "GBP", 12.5, '=HYPERLINK("http://x","pay")']
    assert rows[2] == ["1E5", "JPY", -900.0, "<b>&amp; \ufffd\ufffd"]
    assert rows[4][2] == "100000000000000.001", "more digits than Excel keeps are a text"


def test_a_total_is_a_formula_of_its_currency_with_its_value() -> None:
    with zipfile.ZipFile(io.BytesIO(workbook([TABLE]))) as opened:
        assert opened.testzip() is None
        sheet = opened.read("xl/worksheets/sheet1.xml").decode()
    formulas = re.findall(r"<f>([^<]*)</f><v>([^<]*)</v>", sheet)
    assert formulas == [
        ("SUMIF(B2:B5,B7,C2:C5)", "12.55"), ("SUMIF(B2:B5,B8,C2:C5)", "-900"),
    ]  # fmt: skip
    assert sheet.count("<f>") == 2, "what Excel cannot add is no formula"
    assert sheet.count("100000000000000.001") == 2


def test_the_same_tables_are_the_same_bytes() -> None:
    assert workbook([TABLE]) == workbook([TABLE])


@given(st.text(max_size=40), st.integers(-(10**15) + 1, 10**15 - 1), st.integers(0, 4))
def test_whatever_stands_in_a_cell_comes_back(text: str, minor: int, places: int) -> None:
    """Of a text at least its plain signs, of a number its value."""
    rows = read(Table("t", ("a", "b"), [(f"x{text}", Figure(minor, places))]))
    assert isinstance(rows[1][0], str)
    plain = re.sub(r"[^ -~]", "", text)
    assert re.sub(r"[^ -~]", "", rows[1][0]) == f"x{plain}"
    assert rows[1][1] == float(Figure(minor, places).text)
