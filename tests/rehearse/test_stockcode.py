"""What a stock code really is; the real file's codes are in test_real_history.py."""

from __future__ import annotations

import pytest

from counterfoil.rehearse.traffic.shop import SHIPPING_TITLES
from counterfoil.rehearse.traffic.stockcode import MEANINGS, meaning


@pytest.mark.parametrize("code", [
        "85123A", "10002", "47503J", "DCGSSBOY", "PADS", "SP1002", "TEE-RED-M", "TEE", "MUG_BLUE",
        "A1-B2", "5012345678900", "mug-12", "ÄPFEL",
    ],
)  # fmt: skip
def test_merchandise_keeps_its_own_description(code: str) -> None:
    assert (meaning(code).becomes, meaning(code).title) == ("product", "")


@pytest.mark.parametrize(
    ("code", "title"),
    [
        ("M", "Manual entry"),
        ("S", "Samples"),
        ("D", "Discount entered as a charge"),
        ("B", "Bad debt adjustment"),
        ("AMAZONFEE", "Amazon fee"),
        ("CRUK", "Charity commission"),
        ("TEST001", "Test entry"),
        ("23574", "Packing charge"),
    ],
)
def test_what_is_no_merchandise_is_a_custom_line_with_a_name(code: str, title: str) -> None:
    assert (meaning(code).becomes, meaning(code).title) == ("custom", title)


@pytest.mark.parametrize("code", ["POST", "DOT", "C2", "C3", "23444"])
def test_postage_has_a_title_that_the_value_map_knows(code: str) -> None:
    assert meaning(code).becomes == "shipping"
    assert meaning(code).title in SHIPPING_TITLES


@pytest.mark.parametrize("code", ["gift_0001_10", "GIFT_0001_50", "22016"])
def test_vouchers_are_gift_cards(code: str) -> None:
    assert meaning(code).becomes == "gift-card"


def test_a_code_means_the_same_in_either_case() -> None:
    assert all(meaning(code.lower()) == meaning(code) for code in MEANINGS)


@pytest.mark.parametrize("code", ["X", "C9", "m2"])
def test_a_key_of_the_till_never_becomes_a_product(code: str) -> None:
    assert meaning(code).becomes == "custom"
    assert meaning(code).title == f"Unlisted stock code {code}"


@pytest.mark.parametrize("code", ["MISC", "write off", "Discount"])
def test_nor_does_a_plain_word_for_what_is_no_goods(code: str) -> None:
    assert (meaning(code).becomes, meaning(code).title) == ("custom", code.capitalize())


@pytest.mark.parametrize("code", ["shipping", "POSTAGE", "Carriage"])
def test_a_plain_word_for_postage_is_postage(code: str) -> None:
    assert meaning(code).becomes == "shipping"
    assert meaning(code).title in SHIPPING_TITLES


def test_every_custom_line_and_every_postage_has_a_title() -> None:
    assert all(what.title for what in MEANINGS.values() if what.becomes in {"custom", "shipping"})
