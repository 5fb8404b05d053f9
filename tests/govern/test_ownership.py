"""A route writes what its source masters; what nobody masters, or two would write, is told."""

from __future__ import annotations

import pytest

from counterfoil.govern.ownership import (
    OnEdit,
    Way,
    fields_of,
    gaps,
    mask,
    ownership,
    strictest,
    unless_all,
)
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


def test_two_routes_from_one_master_into_one_target_are_told() -> None:
    again = OFFICE._replace(name="again")
    assert said(OFFICE, again, default="office") == [
        "The routes from-office and again both write what office masters of a product at shop."
    ]


def test_what_has_another_reference_at_the_target_is_another_document() -> None:
    ways = [OFFICE, PIM._replace(prefix="pim-")]
    assert [*gaps(ownership({}, CONNECTIONS), ways)] == []


def test_a_field_has_the_owner_of_its_class_where_nobody_is_named_for_itself() -> None:
    rows = {"default": "office", "commercial": "pim", "tax_class": "shop"}
    owners = ownership({"product": rows}, CONNECTIONS)["product"]
    assert [owners.owner(field) for field in ("prices", "tax_class", "title")] == [
        "pim", "shop", "office",
    ]  # fmt: skip


def test_only_a_master_from_which_no_route_leads_may_be_meant_so() -> None:
    owners = ownership({"product": {"default": "office", "prices": "pim"}}, CONNECTIONS)
    back = Way("back", "product", "shop", "office")
    found = {gap.sentence: gap.harmless for gap in gaps(owners, [OFFICE, back])}
    assert found == {
        "pim masters fields of a product, and no route takes them anywhere.": True,
        "The route back may write no field: shop masters nothing of a product.": False,
    }


@pytest.mark.parametrize(
    ("fields", "answer"),
    [
        ((), "overwrite"),
        (("title",), "flag"),
        (("price", "title"), "refuse"),
        (("sku",), "overwrite"),
        (("lines.gross",), "refuse"),
        (("lines.note",), "overwrite"),
    ],
)
def test_of_several_fields_the_strictest_answer_counts(
    fields: tuple[str, ...], answer: str
) -> None:
    on_edit: dict[str, OnEdit] = {
        "default": "flag", "price": "refuse", "sku": "overwrite", "lines": "refuse",
        "lines.note": "overwrite",
    }  # fmt: skip
    assert strictest(on_edit, fields) == answer


def test_where_a_route_says_nothing_an_edit_is_written_over() -> None:
    assert strictest({}, ("title",)) == "overwrite"


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
