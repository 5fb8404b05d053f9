"""Converters at their edges: what is just taken, what is just refused, and in which words."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product
from typing import Any

import pytest

from counterfoil.kit.formats.strict_json import DecimalText
from counterfoil.mapping import convert, interpret
from counterfoil.mapping.field import Field, Part, Table
from counterfoil.mapping.mapper import Mapper
from counterfoil.values.errors import Hold

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def test_the_memory_holds_few_currencies_however_many_are_named() -> None:
    def joined(value: str, currency: str) -> str:
        return value + currency

    memos = convert.Memos(joined)
    for letters in product("X", LETTERS, LETTERS):
        currency = "".join(letters)
        assert memos[currency]["1"] == f"1{currency}"
        assert len(memos) <= 200
    assert len(memos) == 26 * 26 - 3 * 200


def test_what_was_converted_once_is_not_converted_again() -> None:
    asked: list[tuple[str, str]] = []

    def told(value: str, currency: str) -> int:
        asked.append((value, currency))
        return int(value)

    memos = convert.Memos(told)
    assert [memos["GBP"]["7"], memos["GBP"]["7"], memos["JPY"]["7"]] == [7, 7, 7]
    assert asked == [("7", "GBP"), ("7", "JPY")]


@pytest.mark.parametrize("bad", [None, True, 1.5, "12", [], 10**18, -(10**18)])
def test_only_whole_minor_units_become_a_decimal_text(bad: Any) -> None:
    with pytest.raises(Hold, match="amount in minor units") as held:
        convert.decimal(bad, "GBP")
    assert held.value.code == "bad-field"


def test_the_largest_numbers_of_a_document_are_taken() -> None:
    largest = 10**18 - 1
    assert convert.identity(largest, "") == str(largest)
    assert convert.identity(-largest, "") == str(-largest)
    assert convert.decimal(largest, "JPY") == str(largest)
    assert convert.rate(largest, "") == str(largest)


@pytest.mark.parametrize("bad", [10**18, -(10**18), "", "x" * 201, None, True, 1.0, []])
def test_what_names_nothing_is_no_identity(bad: Any) -> None:
    with pytest.raises(Hold, match="is not an identity"):
        convert.identity(bad, "")


def test_an_identity_has_up_to_two_hundred_characters() -> None:
    assert convert.identity("x" * 200, "") == "x" * 200


@pytest.mark.parametrize(("given", "code"), [(None, ""), ("", ""), ("GB", "GB")])
def test_a_country_may_be_absent(given: str | None, code: str) -> None:
    assert convert.country(given, "") == code


@pytest.mark.parametrize("bad", ["gb", "GBR", "G", 44, True, ["GB"]])
def test_what_is_no_country_code_is_held(bad: Any) -> None:
    with pytest.raises(Hold, match="is not a country code"):
        convert.country(bad, "")


@pytest.mark.parametrize("bad", ["gbp", "GB", "GBPP", "", None, 826])
def test_what_is_no_currency_code_is_held(bad: Any) -> None:
    with pytest.raises(Hold, match="is not a currency code"):
        convert.currency_code(bad, "")


@pytest.mark.parametrize("bad", [None, 1762074846, True, Ellipsis])
def test_a_moment_is_a_text(bad: Any) -> None:
    with pytest.raises(Hold, match="is not a moment in time"):
        convert.when(bad, "")


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (None, "nothing is not X."),
        ("a'b", '"a\'b" is not X.'),
        ("x" * 99, f"'{'x' * 39} is not X."),
        (True, "True is not X."),
        (7, "7 is not X."),
        ({"name": "Jo"}, "an object is not X."),
        (["Jo"], "a list is not X."),
        (("Jo",), "a list is not X."),
        (10**18, "a very large number is not X."),
        (1.5, "a float is not X."),
    ],
)
def test_what_was_given_is_told_shortly_and_never_at_length(value: Any, told: str) -> None:
    hold = convert.wrong(value, "X")
    assert hold.said == told
    assert hold.code == "bad-field"


@pytest.mark.parametrize(
    ("given", "value"),
    [
        (convert.country, "Ann Lane"),
        (convert.country, 7700900123),
        (convert.identity, "Ann Lane" * 30),
        (convert.identity, ["Ann"]),
        (convert.text, 7700900123),
        (convert.text, DecimalText("7700900123")),
        (convert.text, {"name": "Ann"}),
    ],
)
def test_free_words_are_never_quoted(given: Callable[[Any, str], Any], value: Any) -> None:
    with pytest.raises(Hold) as caught:
        given(value, "")
    assert "Ann" not in caught.value.said
    assert "7700900123" not in caught.value.said


def test_a_number_of_the_wire_is_read_to_the_letter() -> None:
    assert convert.money(DecimalText("19.90"), "GBP") == 1990
    assert convert.whole(DecimalText("3.0"), "") == 3


def test_both_readers_take_a_value_as_it_is_and_nest_dotted_targets() -> None:
    table = Table("t", [Field("a.b.c", "x", convert.same), Field("a.d", "y", convert.same)])
    source = {"x": [1, {"z": None}], "y": 2}
    made = {"a": {"b": {"c": [1, {"z": None}]}, "d": 2}}
    assert Mapper(table).run(source, "GBP") == interpret.read(table, source, "GBP") == made


@pytest.mark.parametrize("source", [{}, {"parts": None}])
def test_both_readers_take_the_default_of_a_part_that_is_not_there(source: dict[str, Any]) -> None:
    inner = Table("inner", [Field("a", "x", convert.same)])
    table = Table("t", [Part("one", "parts", inner, default="none")])
    assert (
        Mapper(table).run(source, "GBP") == interpret.read(table, source, "GBP") == {"one": "none"}
    )
