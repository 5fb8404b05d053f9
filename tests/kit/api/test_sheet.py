"""A sheet: what is sent in its cells is what must be seen, read by the same form."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from counterfoil.kit.api.sheet import FORMS, Column, Paired, Sheet, signed_amount
from counterfoil.values.errors import Hold


class Thing(msgspec.Struct):
    key: str
    minor: int = 1250
    pieces: int = 2
    whole: bool = True


def sheet() -> Sheet:
    table = [
        Column("Key", "key", "key", "code", 5),
        Column("Price", "price", "minor", "amount"),
        Column("Count", "count", "pieces", "pieces"),
        Column("Whole", "whole", "whole", "flag"),
    ]
    return Sheet("test.thing", table, FORMS)


def test_cells_are_texts_and_are_read_back_by_their_forms() -> None:
    row = sheet().row(Thing("a"), "GBP")
    assert row == {"Key": "a", "Price": "12.50", "Count": "2", "Whole": "true"}
    assert sheet().expected(row, "GBP") == {"key": "a", "price": 1250, "count": 2, "whole": "true"}
    shown: dict[str, Any] = {"Key": " a ", "Price": "£12.5", "Count": "2", "Whole": "True"}
    assert sheet().seen(shown, "GBP") == sheet().expected(row, "GBP")


def test_a_blank_cell_is_not_expected_and_a_column_that_is_not_shown_is_named() -> None:
    row = sheet().row(Thing(""), "GBP")
    assert "key" not in sheet().expected(row, "GBP")
    assert sheet().unseen({"Key": "a", "Count": "2"}) == {"price", "whole"}


def test_what_has_no_room_is_held() -> None:
    with pytest.raises(Hold) as hold:
        sheet().row(Thing("123456"), "GBP")
    assert hold.value.code == "too-wide"


def test_a_head_and_its_rows() -> None:
    pair = Paired(sheet(), Sheet("test.also", [Column("State", "state", "x")], FORMS), sheet(),
                  key="Key", rows="rows")  # fmt: skip
    rows = [sheet().row(Thing(key), "GBP") for key in ("a", "b")]
    expected = pair.expected(rows[0], rows, "GBP")
    seen, hidden = pair.seen({**rows[0], "State": "New"}, [*rows, rows[1]], "GBP")
    assert seen == {**expected, "state": "New"}
    assert (expected["row_count"], expected["rows[b].price"], hidden) == (2, 1250, frozenset())
    assert pair.kinds["rows.price"] == "money"
    assert pair.there(rows, rows, "GBP")
    assert not pair.there(rows, [rows[0], {**rows[1], "Price": "1.00"}], "GBP")
    assert not pair.there(rows, rows[:1], "GBP")


def test_an_amount_without_any_figure_stays_readable() -> None:
    assert signed_amount("none", "GBP") == ""
