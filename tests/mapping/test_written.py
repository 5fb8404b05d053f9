"""What people wrote beside a document, rows of taxes, and nations that are no county."""

from __future__ import annotations

from typing import Any

import pytest

from counterfoil.kit.formats import strict_json
from counterfoil.mapping.nations import county
from counterfoil.mapping.tax import alike, charge
from counterfoil.mapping.tax_rows import tax_rows
from counterfoil.mapping.written import labels, pairs, words
from counterfoil.model.line import Charge, Tax
from counterfoil.values.errors import Hold


def test_pairs_are_rows_or_an_object_and_what_is_no_text_is_json() -> None:
    read = pairs("name")
    rows = strict_json.parse(
        b'[{"name": "Mark", "value": "JM"}, {"name": "n", "value": {"a": 1.50}}, {"name": "x"}]'
    )
    assert read(rows, "") == (("Mark", "JM"), ("n", '{"a":1.50}'), ("x", ""))
    assert read({"colour": "red", "none": None}, "") == (("colour", "red"), ("none", ""))
    assert read([{"name": "long", "value": "x" * 10_001}], "") == (("long", "x" * 10_000),)


def test_words_are_texts_or_stand_at_a_name() -> None:
    assert words("code")(["A", {"code": "B"}, {}], "") == ("A", "B", "")
    with pytest.raises(Hold):
        words("code")([1], "")


@pytest.mark.parametrize("value", ["b, a,,b ", ["b", "a", " b"]])
def test_labels_come_in_one_order(value: Any) -> None:
    assert labels(value, "") == ("a", "b")


def test_a_row_of_tax_says_its_rate_and_who_collects_it() -> None:
    read = tax_rows("price", "by_channel")
    rows = [
        {"title": "VAT", "rate": "0.20", "price": "1.50"},
        {"title": None, "price": "0.10", "by_channel": True},
    ]
    assert read(rows, "GBP") == (Tax("VAT", 150, "0.2"), Tax("", 10, "", "channel"))
    assert read(rows[:1], "GBP") == read(rows[:1], "GBP") == (Tax("VAT", 150, "0.2"),)
    assert read([], "GBP") == ()


def test_taxes_that_are_alike_are_one() -> None:
    rows = [Tax("VAT", 5, "0.2"), Tax("VAT", 5, "0.05"), Tax("VAT", 6, "0.2")]
    assert alike(rows) == (Tax("VAT", 11, "0.2"), Tax("VAT", 5, "0.05"))
    assert alike([]) == ()


def test_a_charge_has_the_rate_that_was_charged() -> None:
    vat = (Tax("VAT", 83, "0.2"),)
    assert charge("Post", 495, vat, "RM48") == Charge("Post", 495, 83, "0.2", "RM48", vat)
    assert charge("Post", 495, ()) == Charge("Post", 495)


def test_a_nation_of_the_kingdom_is_no_county() -> None:
    assert county("England", "", "GB") == ""
    assert county("Anything", "SCT", "GB") == ""
    assert county("Kent", "KEN", "GB") == "Kent"
    assert county("Scotland", "", "CA") == "Scotland"
