"""Every recording of products: what the shop was sent, what it answered, and what comes of that.

Each file has a row here. An answer to a write is read as this connector reads it: what landed has
its identity, what was refused is held with the shop's own words, and an answer that is no answer is
looked up. What nothing here asks for is said so.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any, Final

import msgspec
import pytest

from counterfoil.connectors.shopify import CONNECTOR
from counterfoil.connectors.shopify.product_calls import Change, Payload, Way
from counterfoil.connectors.shopify.product_fields import seen
from counterfoil.kit.connector import Inputs, Written
from counterfoil.kit.contract import at_stage
from counterfoil.model.document import Ref
from counterfoil.values.errors import CounterfoilError, Halt, Hold, Settle
from tests.connectors.shopify.shopify_stage import TOKEN, product, shop_of, variant

CASES: Final = Path(__file__).resolve().parents[4] / "shared" / "cases" / "shopify"
pytestmark = pytest.mark.skipif(not CASES.exists(), reason="the recordings are not beside this")

NOT_OURS: Final = {
    "gql-contextual-price.json": "Prices by market: this connector sends the shop's own price.",
    "gql-delete-async.json": "Nothing here deletes a product.",
    "gql-delete.json": "Nothing here deletes a product.",
    "gql-variants-bulk-delete.json": "Nothing here deletes a variant.",
    "nango-delete.json": "Nothing here deletes a product.",
    "gql-product-set-async.json": "Products are set synchronously, one by one.",
    "gql-update-tags.json": "Tags are the merchant's: they are named by no route.",
    "nango-list.json": "Products are not read out of Shopify.",
    "rest-2021-variant-product.json": "Products are not read out of Shopify; REST is retired.",
    "vcr-2017-products-list.json": "Products are not read out of Shopify; REST is retired.",
}
"""Recordings of what this connector does not do, each with the reason."""
WRITES: Final = ("productSet", "productVariantsBulkCreate", "productVariantsBulkUpdate")
READ: Final = {
    "estuary-product.json", "estuary-variants.json", "gql-change-status.json",
    "gql-product-set.json", "gql-status-enum-errors.json", "gql-update-blank-title.json",
    "gql-variants-bulk-create.json", "gql-variants-bulk-update.json", "gql-variants-partial.json",
    "nango-get.json", "nango-variants-create.json", "nango-variants-update.json",
}  # fmt: skip


def recorded(name: str) -> Any:
    return json.loads((CASES / "products" / name).read_text("utf-8"))


def answered(name: str, step: str = "") -> dict[str, Any]:
    """The data of an answer, or what it complains of."""
    record = recorded(name)
    if "steps" not in record:
        return record["response"]
    return next(each["response"] for each in record["steps"] if step in ("", each["step"]))


def test_every_recording_of_products_is_here() -> None:
    there = {file.name for file in (CASES / "products").iterdir()}
    assert there == READ | NOT_OURS.keys()


def roots(value: Any) -> set[str]:
    """The root fields of every answer in a recording."""
    if isinstance(value, list):
        return set[str]().union(*map(roots, value))
    if not isinstance(value, dict):
        return set()
    answer = value.get("response")
    if isinstance(answer, dict):
        return {*(answer.get("data") or {})}
    return set[str]().union(*map(roots, value.values()))


@pytest.mark.parametrize("name", sorted(NOT_OURS))
def test_what_is_not_ours_is_nowhere_asked_for(name: str) -> None:
    """A recording that is passed over is of mutations that no document of ours has in it."""
    package = Path(str(CONNECTOR.open.__code__.co_filename)).parent
    asked = " ".join(file.read_text("utf-8") for file in sorted(package.glob("*.graphql")))
    changes = {root for root in roots(recorded(name)) if re.search("Delete|Update|Add", root)}
    assert not {root for root in changes if root in asked}, NOT_OURS[name]


def judged(payload: dict[str, Any], way: Way, count: int) -> list[Any]:
    """What comes of so many changes: identities, or why not."""
    own = "own" if way == "update" else ""
    changes = [Change(way, str(place), {}, "of", own) for place in range(count)]
    answers = msgspec.convert(payload, Payload, strict=False).answers(changes)
    return [each.identity if isinstance(each, Written) else each for each in answers]


def test_a_product_that_was_set_has_its_identity() -> None:
    payload = answered("gql-product-set.json", "mutation")["data"]["productSet"]
    assert judged(payload, "set", 1) == ["gid://shopify/Product/10243923018034"]


def test_setting_by_a_list_of_variants_makes_that_list_the_only_one() -> None:
    """The recording sends every variant with its id: what is left out is deleted. So no list is
    sent here at all."""
    steps = recorded("gql-product-set.json")["steps"]
    update = next(each for each in steps if each["step"] == "update.mutation")
    assert all("id" in sent for sent in update["variables"]["input"]["variants"])


def test_variants_that_were_created_have_their_identities_in_turn() -> None:
    payload = answered("gql-variants-bulk-create.json")["data"]["productVariantsBulkCreate"]
    assert judged(payload, "create", 1) == ["gid://shopify/ProductVariant/51488122044722"]
    nango = answered("nango-variants-create.json")["data"]["productVariantsBulkCreate"]
    assert judged(nango, "create", 1) == ["gid://shopify/ProductVariant/46840158879881"]


@pytest.mark.parametrize("name", ["gql-variants-bulk-update.json", "nango-variants-update.json"])
def test_variants_that_were_updated_keep_their_identities(name: str) -> None:
    payload = answered(name)["data"]["productVariantsBulkUpdate"]
    assert judged(payload, "update", 1) == ["own"]


def test_of_a_partial_update_one_lands_and_one_is_held_with_the_shops_words() -> None:
    payload = answered("gql-variants-partial.json", "partialUpdate")["data"]
    landed, refused = judged(payload["productVariantsBulkUpdate"], "update", 2)
    assert landed == "own"
    assert isinstance(refused, Hold)
    assert "Price must be greater than or equal to 0" in refused.said


def test_of_several_complaints_about_one_variant_the_first_is_told() -> None:
    payload = answered("gql-variants-partial.json", "errorOrdering")["data"]
    (refused,) = judged(payload["productVariantsBulkUpdate"], "update", 1)
    assert "must be less than 1000000000000000000" in refused.said


def test_a_blank_title_is_refused_although_the_product_is_answered_with() -> None:
    payload = answered("gql-update-blank-title.json")["data"]["productUpdate"]
    (refused,) = judged(payload, "set", 1)
    assert isinstance(refused, Hold)
    assert "Title can't be blank" in refused.said


def test_a_change_of_a_product_that_is_gone_is_refused_without_a_code() -> None:
    payload = answered("gql-change-status.json", "validation.unknownProduct")["data"]
    (refused,) = judged(payload["productChangeStatus"], "set", 1)
    assert isinstance(refused, Hold)
    assert "Product does not exist" in refused.said


@pytest.mark.parametrize(
    ("name", "place"),
    [("gql-status-enum-errors.json", place) for place in range(4)]
    + [("gql-change-status.json", 2)],
)
async def test_a_query_that_the_shop_does_not_understand_is_a_fault_of_ours(
    name: str, place: int
) -> None:
    body = json.dumps(recorded(name)["steps"][place]["response"]).encode()
    with at_stage(CONNECTOR, shop_of(TOKEN)) as case:
        target: Any = case.open().target("product")
        intent = target.compose(product(1))
        with case.postman.answering(200, body), pytest.raises(CounterfoilError) as met:
            await target.write([intent])
    assert isinstance(met.value, Halt | Hold)


def test_a_product_is_seen_as_a_shop_shows_it() -> None:
    node = recorded("estuary-product.json")
    assert seen(node, "USD") == {
        "title": "Gift Card",
        "description": "This is a gift card for the store",
        "status": "ACTIVE",
    }
    other = answered("nango-get.json")["data"]["product"]
    assert seen({**other, "descriptionHtml": other["description"]}, "USD")["status"] == "ACTIVE"


def test_a_variant_is_seen_as_a_shop_shows_it() -> None:
    """No SKU, no barcode, a price with two decimals: blanks come as null and as empty texts."""
    variants = recorded("estuary-variants.json")["variants"]
    shown = [seen(_whole(node), "USD") for node in variants]
    assert [fields["price"] for fields in shown] == [1000, 2500, 5000, 10000]
    assert {(fields["sku"], fields["barcode"]) for fields in shown} == {("", "")}
    assert [fields["option"] for fields in shown] == ["$10", "$25", "$50", "$100"]


def test_a_weight_and_a_tariff_code_are_seen_as_the_shop_keeps_them() -> None:
    """It was sent 0.5 kg and 1234.56, and shows 0.5 kg and 123456."""
    payload = answered("gql-variants-bulk-update.json")["data"]["productVariantsBulkUpdate"]
    (node,) = payload["productVariants"]
    fields = seen(_whole(node), "USD")
    assert (fields["weight_g"], fields["hs_code"], fields["origin"]) == (500, "123456", "US")


def _whole(node: dict[str, Any]) -> dict[str, Any]:
    """A variant with the members that were not asked for when it was recorded."""
    item = {"tracked": False, "harmonizedSystemCode": None, "countryCodeOfOrigin": None}
    return {
        **node,
        "product": {"id": ""},
        "inventoryItem": {**item, "measurement": None, **node["inventoryItem"]},
    }


async def test_the_twin_answers_a_write_with_the_shapes_that_were_recorded(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Members and their kinds: what the recordings have of what this connector asks for."""
    created = answered("gql-variants-bulk-create.json")["data"]["productVariantsBulkCreate"]
    partial = answered("gql-variants-partial.json", "partialUpdate")["data"]
    complaint = partial["productVariantsBulkUpdate"]["userErrors"][0]
    bad = variant(1, prices=(msgspec.structs.replace(variant(1).prices[0], amount_minor=-1),))
    shown: list[dict[str, Any]] = []
    with at_stage(CONNECTOR, shop_of(TOKEN)) as case:
        send = case.stage.wire.send

        async def heard(*call: Any) -> Any:
            answer = await send(*call)
            shown.append(msgspec.json.decode(answer.body)["data"])
            return answer

        monkeypatch.setattr(case.stage.wire, "send", heard)
        target: Any = case.open().target("product")
        inputs = Inputs(case.stage.names)
        for document in (variant(1), bad):
            (there,) = await target.there([document], [inputs])
            intent = target.compose(document, msgspec.structs.replace(inputs, there=there))
            await target.write([intent])
    _, first, _, second = shown
    assert set(first["w0"]) <= set(created)
    assert set(first["w0"]["productVariants"][0]) <= set(created["productVariants"][0])
    assert second["w0"]["userErrors"] == [{**complaint, "field": ["variants", "0", "price"]}]


async def test_an_answer_without_a_product_and_without_a_complaint_is_looked_up() -> None:
    with at_stage(CONNECTOR, shop_of(TOKEN)) as case:
        target: Any = case.open().target("product")
        body = b'{"data":{"w0":{"product":null,"userErrors":[]}}}'
        with case.postman.answering(200, body):
            (answer,) = await target.write([target.compose(product(1))])
    assert isinstance(answer, Settle)
    assert not isinstance(answer, Written)


def test_a_name_of_a_need_is_the_shops_own_identity() -> None:
    with at_stage(CONNECTOR, shop_of(TOKEN)) as case:
        target: Any = case.open().target("product")
        inputs = Inputs({Ref("product", "p1"): "gid://shopify/Product/1"}, b"{}")
        sent = msgspec.json.decode(target.compose(variant(1), inputs).payload)
    assert sent["of"] == "gid://shopify/Product/1"
