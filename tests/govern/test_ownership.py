"""A route writes what its source masters; what nobody masters, or two would write, is told."""

from __future__ import annotations

import pytest

from counterfoil.govern.ownership import Way, fields_of, gaps, mask, ownership, unless_all
from counterfoil.values.errors import Misconfigured

CONNECTIONS = ("office", "pim", "shop")
OFFICE = Way("from-office", "product", "office", "shop")
PIM = Way("from-pim", "product", "pim", "shop")
SAID = {"product": {"default": "office", "description": "pim", "title": "pim"}}


def said(*ways: Way, **product: str) -> list[str]:
    return [gap.sentence for gap in gaps(ownership({"product": product}, CONNECTIONS), ways)]


def test_a_route_may_write_what_its_source_masters_and_no_other() -> None:
    owners = ownership(SAID, CONNECTIONS)
    assert mask(owners, PIM) == {"description", "title"}
    office = mask(owners, OFFICE)
    assert office is not None
    assert {"sku", "prices", "weight_g"} <= office
    assert not {"description", "title"} & office


def test_one_that_masters_all_may_write_all_and_blanks_too() -> None:
    may = mask(ownership({"product": {"default": "office"}}, CONNECTIONS), OFFICE)
    assert may == {*fields_of("product")}
    assert unless_all("product", may) is None, "a target that takes no part takes all"
    assert unless_all("product", frozenset({"title"})) == {"title"}


def test_a_word_of_which_nothing_is_said_may_be_written_whole() -> None:
    assert mask(ownership(SAID, CONNECTIONS), Way("orders", "order", "shop", "office")) is None


def test_a_source_that_masters_nothing_may_write_nothing_and_that_is_told() -> None:
    owners = ownership(SAID, CONNECTIONS)
    back = Way("back", "product", "shop", "office")
    assert mask(owners, back) == frozenset()
    assert any("The route back may write no field" in gap.sentence for gap in gaps(owners, [back]))


def test_a_field_that_nobody_masters_is_told() -> None:
    (sentence, *_) = said(PIM, description="pim")
    assert sentence.startswith("Nobody masters sku, ")


def test_a_master_from_which_no_route_leads_is_told() -> None:
    assert said(OFFICE, default="office", description="pim") == [
        "pim masters fields of a product, and no route takes them anywhere."
    ]


def test_two_routes_that_would_write_the_same_fields_are_told() -> None:
    owners = ownership({}, CONNECTIONS)
    (gap,) = gaps(owners, [OFFICE, PIM])
    assert gap.sentence == (
        "The routes from-office and from-pim both write every field of a product at shop."
    )


def test_what_two_masters_share_is_no_double() -> None:
    assert said(OFFICE, PIM, default="office", description="pim") == []


@pytest.mark.parametrize(
    ("rows", "do"),
    [
        ({"produkt": {"default": "office"}}, "Did you mean 'product'?"),
        ({"product": {"descripton": "pim"}}, "Did you mean 'description'?"),
        ({"product": {"default": "ofice"}}, "Did you mean 'office'?"),
        ({"product": {"key": "office"}}, "Known:"),
    ],
)
def test_what_there_is_not_is_named_with_the_nearest_word(
    rows: dict[str, dict[str, str]], do: str
) -> None:
    with pytest.raises(Misconfigured) as wrong:
        ownership(rows, CONNECTIONS)
    assert do in wrong.value.do
    assert wrong.value.where.startswith("ownership.toml, ")


def test_no_field_of_the_documents_own_identity_can_be_mastered() -> None:
    assert not {"key", "created", "updated"} & {*fields_of("product")}
