"""Conditions as a lenient service reads them: every operator, and a refusal for nonsense."""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime

import pytest

from counterfoil.twins.kit.linq import where
from counterfoil.twins.kit.posted import Refusal

ROWS = [("TEE-1", 3, 100.0), ("TEE-2", 5, 200.0), ("CAP", 5, 300.0)]
COLUMNS = {"Item code": "sku", "Count": "count", "At": "at_s"}


def moment(local: datetime) -> float:
    return local.replace(tzinfo=UTC).timestamp()


def found(condition: str) -> list[str]:
    database = sqlite3.connect(":memory:")
    database.execute("create table stock (sku, count, at_s)")
    database.executemany("insert into stock values (?, ?, ?)", ROWS)
    sql, values = where(condition, COLUMNS, moment)
    return [sku for (sku,) in database.execute(f"select sku from stock where {sql or '1'}", values)]


@pytest.mark.parametrize(
    ("condition", "skus"),
    [
        ("", ["TEE-1", "TEE-2", "CAP"]),
        ('[Item code].Equals("CAP")', ["CAP"]),
        ('[Item code] == "CAP"', ["CAP"]),
        ('[Item code] != "CAP"', ["TEE-1", "TEE-2"]),
        ('[Item code].Contains("E-")', ["TEE-1", "TEE-2"]),
        ('[Item code].StartsWith("TEE")', ["TEE-1", "TEE-2"]),
        ('[Item code].EndsWith("P")', ["CAP"]),
        ('![Item code].Contains("E-")', ["CAP"]),
        ("Count.Equals(5)", ["TEE-2", "CAP"]),
        ("[Count] >= 5 AND [At] < DateTime(1970,01,01,00,05,00)", ["TEE-2"]),
        ('([Item code].Equals("TEE-1") OR [Item code].Equals("CAP")) && [Count] > 4', ["CAP"]),
        ("[At] >= DateTime(1970, 1, 1, 0, 3, 20)", ["TEE-2", "CAP"]),
    ],
)
def test_what_a_condition_finds(condition: str, skus: list[str]) -> None:
    assert found(condition) == skus


@pytest.mark.parametrize(
    "condition",
    ["[Colour] == 1", '[Item code].Like("x")', "DateTime(26)", "[At] > DateTime(1,2)", "a; drop"],
)
def test_what_cannot_be_read_is_refused(condition: str) -> None:
    with pytest.raises(Refusal):
        found(condition)


def test_a_text_is_never_a_piece_of_sql() -> None:
    assert found('[Item code].Equals("x\' or 1 --")') == []
