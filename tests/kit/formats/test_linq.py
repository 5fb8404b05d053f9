"""Conditions in LINQ: exactly what a service reads, and no text that would end one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as some

from counterfoil.kit.formats import linq
from counterfoil.twins.kit.linq import where


def test_one_of_several_texts() -> None:
    assert linq.equals("Number", ["a", "b"]) == 'Number.Equals("a") OR Number.Equals("b")'


def test_a_moment_between_two() -> None:
    text = linq.between("[Date]", "2026-03-03T00:00:00", "2026-03-04T12:30:01")
    assert (
        text
        == "([Date] >= DateTime(2026,03,03,00,00,00) AND [Date] < DateTime(2026,03,04,12,30,01))"
    )


def test_whenever_is_no_condition() -> None:
    assert linq.between("[Date]", None, None) == ""


@pytest.mark.parametrize("text", ["", 'a"b', "a\\b", "a\nb", "a\0b"])
def test_what_would_end_a_text_cannot_be_said(text: str) -> None:
    assert not linq.sayable(text)


@given(some.lists(some.text().filter(linq.sayable), min_size=1, max_size=5))
def test_what_can_be_said_is_read_as_it_was_said(texts: list[str]) -> None:
    sql, values = where(linq.equals("[Item code]", texts), {"Item code": "sku"}, lambda local: 0.0)
    assert list(values) == texts
    assert sql.count("sku = ?") == len(texts)
