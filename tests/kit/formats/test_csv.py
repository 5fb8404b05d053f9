"""CSV: every cell as it was sent, or one sentence about what is wrong; nothing is guessed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from counterfoil.kit.formats import csv
from counterfoil.values.errors import Refuse

NASTY = {
    b"": "has no header row",
    b"\xff\xfea,b\n": "is not UTF-8",
    b"a,b\n1,\xff\n": "is not UTF-8",
    b"a,b\n1,2\x00\n": "has a NUL in it",
    b"a,a\n1,2\n": "has the column 'a' twice",
    b"a,\n1,2\n": "has a column without a name",
    b"a, \n1,2\n": "has a column without a name",
    b"\n1,2\n": "has no header row",
    b"a,b\n1\n": "has 1 cells in row 2 and 2 in its header",
    b"a,b\n1,2,3\n": "has 3 cells in row 2 and 2 in its header",
    b'a,b\n"1,2\n': "cannot be read after row 1",
    b'a,b\n"1"2,3\n': "cannot be read after row 1",
    b"a,b\n" + b'"' + b"x" * 200_000 + b'",1\n': "cannot be read after row 1",
    b"a;b\n1;2\n": "has no column 'a'",
}


@pytest.mark.parametrize("body", NASTY, ids=lambda body: repr(body[:20]))
def test_what_is_no_table_is_refused_in_one_sentence(body: bytes) -> None:
    with pytest.raises(Refuse, match=f"The file {NASTY[body]}") as refused:
        csv.parse(body, columns=("a",))
    assert refused.value.code == "bad-csv"


def test_cells_stay_the_text_that_was_sent() -> None:
    body = b'\xef\xbb\xbfsku,amount,note\r\n007,1e5,"=SUM(A1), ""so"""\r\n"",-0.50, x \r\n\r\n'
    table = csv.parse(body, columns=("sku", "amount"))
    assert table.rows == [
        {"sku": "007", "amount": "1e5", "note": '=SUM(A1), "so"'},
        {"sku": "", "amount": "-0.50", "note": " x "},
    ]
    assert table.unknown == ("note",)


def test_a_missing_column_and_too_many_bytes_are_refused() -> None:
    with pytest.raises(Refuse, match="has no column 'qty'"):
        csv.parse(b"sku\nA\n", columns=("sku", "qty"))
    with pytest.raises(Refuse, match="has 6 bytes; at most 5 are read"):
        csv.parse(b"sku\nA\n", most_bytes=5)


CELLS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12)


@given(st.lists(st.tuples(CELLS, CELLS), max_size=6))
def test_whatever_is_written_is_read_again(rows: list[tuple[str, str]]) -> None:
    written = [{"a": first, "b": second} for first, second in rows]
    assert csv.parse(csv.encode(("a", "b"), written)).rows == written


@given(st.binary(max_size=60) | st.text('a,"\r\n;\0', max_size=20).map(str.encode))
def test_any_bytes_are_a_table_or_refused(body: bytes) -> None:
    try:
        table = csv.parse(body)
    except Refuse:
        return
    assert all(row.keys() == {*table.columns} for row in table.rows)
