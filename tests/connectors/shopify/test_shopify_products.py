"""Products into the shop: created and updated under our own key, and nothing beside it touched."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

import msgspec
import pytest

from counterfoil.connectors.shopify import CONNECTOR
from counterfoil.kit.connector import Answer, Inputs, Intent, Seen, Written
from counterfoil.kit.contract import at_stage
from counterfoil.kit.contract.case import Case
from counterfoil.model.document import Ref
from counterfoil.model.product import Barcode, Price, Product
from counterfoil.twins.shopify import ShopifyTwin
from counterfoil.values.errors import Hold, Retry, Settle
from tests.connectors.shopify.shopify_stage import TOKEN, product, shop_of, variant


class Shop:
    """The target beside its twin, with one product there already."""

    def __init__(self, case: Case) -> None:
        self.case = case
        self.target: Any = case.open().target("product")
        self.twin: ShopifyTwin = case.stage.receivers["product"]._twin  # type: ignore[attr-defined]
        self.names: dict[Ref, str] = {}

    async def put(self, *documents: Product, mask: frozenset[str] | None = None) -> list[Answer]:
        intents = [await self.composed(document, mask) for document in documents]
        answers = [*await self.target.write(intents)]
        for document, answer in zip(documents, answers, strict=True):
            if isinstance(answer, Written):
                self.names[Ref("product", document.key)] = answer.identity
        return answers

    async def composed(self, document: Product, mask: frozenset[str] | None = None) -> Intent:
        inputs = Inputs(self.names)
        (there,) = await self.target.there([document], [inputs])
        return self.target.compose(document, Inputs(self.names, there, mask))

    async def seen(self, key: str) -> Seen:
        (seen,) = (await self.target.read([key]))[key]
        return seen

    def calls(self) -> list[str]:
        """The mutations that left, each by the fields that it asked for."""
        texts = [msgspec.json.decode(sent.body)["query"] for sent in self.case.postman.sent]
        return [text for text in texts if text.startswith("mutation")]


@pytest.fixture
def shop() -> Generator[Shop]:
    with at_stage(CONNECTOR, shop_of(TOKEN)) as case:
        yield Shop(case)


async def test_a_product_and_its_variants_are_created_and_seen_as_they_were_sent(
    shop: Shop,
) -> None:
    await shop.put(product(1))
    variants = [variant(number) for number in range(1, 8)]
    answers = await shop.put(*variants)
    assert all(isinstance(answer, Written) for answer in answers)
    for document in variants:
        intent = await shop.composed(document)
        fields = (await shop.seen(document.key)).fields
        assert {name: fields[name] for name in intent.expect} == dict(intent.expect)


async def test_many_variants_of_one_product_are_one_call(shop: Shop) -> None:
    await shop.put(product(1))
    await shop.put(*[variant(number) for number in range(1, 26)])
    assert len(shop.calls()) == 2
    assert shop.calls()[-1].count("productVariantsBulkCreate") == 1


async def test_a_newer_version_is_written_over_the_same_variant(shop: Shop) -> None:
    await shop.put(product(1))
    (first,) = await shop.put(variant(1))
    (again,) = await shop.put(variant(1, sku="TEE-RENAMED", barcodes=(Barcode("501"),)))
    assert first == again
    seen = await shop.seen("v1")
    assert (seen.fields["sku"], seen.fields["barcode"]) == ("TEE-RENAMED", "501")
    assert sum(entry.reference == "v1" for entry in shop.twin.book("product")) == 1


async def test_what_is_written_of_a_product_leaves_its_variants_alone(shop: Shop) -> None:
    await shop.put(product(1))
    await shop.put(variant(1), variant(2))
    await shop.put(product(1, title="Another title"))
    assert (await shop.seen("p1")).fields["title"] == "Another title"
    assert {"v1", "v2"} <= {entry.reference for entry in shop.twin.book("product")}


def test_no_payload_names_a_list_whose_rest_would_be_deleted(shop: Shop) -> None:
    sent = msgspec.json.decode(shop.target.compose(product(1)).payload)["fields"]
    assert not {"variants", "productOptions", "collections", "metafields", "files", "tags"} & {
        *sent
    }


async def test_only_the_fields_that_the_route_masters_are_written(shop: Shop) -> None:
    await shop.put(product(1))
    await shop.put(variant(1))
    shop.twin.catalogue.edit("v1", price_minor=9999, barcode="the shop's own")
    await shop.put(variant(1, sku="NEW"), mask=frozenset({"sku", "weight_g"}))
    fields = (await shop.seen("v1")).fields
    assert (fields["sku"], fields["price"], fields["barcode"]) == ("NEW", 9999, "the shop's own")


def test_what_the_route_does_not_master_is_not_compared(shop: Shop) -> None:
    shop.names[Ref("product", "p1")] = "gid://shopify/Product/1"
    inputs = Inputs(shop.names, b"{}", frozenset({"sku"}))
    assert {*shop.target.compose(variant(1), inputs).expect} == {"sku"}


async def test_one_bad_variant_of_many_is_held_and_the_others_land(shop: Shop) -> None:
    await shop.put(product(1))
    documents = [variant(1), variant(2)]
    await shop.put(*documents)
    bad = msgspec.structs.replace(variant(1), prices=(Price("RRP", "GBP", -1, True),))
    refused, landed = await shop.put(bad, variant(2, sku="NEW"))
    assert isinstance(refused, Hold)
    assert refused.code == "product-refused"
    assert "greater than or equal to 0" in refused.said
    assert isinstance(landed, Written)
    assert (await shop.seen("v2")).fields["sku"] == "NEW"


async def test_of_new_variants_none_lands_beside_a_refused_one_and_the_rest_are_sent_again(
    shop: Shop,
) -> None:
    await shop.put(product(1))
    bad = variant(1, prices=(Price("RRP", "GBP", -1, True),))
    refused, beside = await shop.put(bad, variant(2))
    assert (type(refused), type(beside)) == (Hold, Retry)
    assert not [entry for entry in shop.twin.book("product") if entry.reference == "v2"]
    (landed,) = await shop.put(variant(2))
    assert isinstance(landed, Written)


async def test_a_variant_that_somebody_else_made_is_held_and_not_written_over(shop: Shop) -> None:
    await shop.put(product(1))
    await shop.put(variant(1))
    (refused,) = await shop.put(variant(9, title="M 1"))
    assert isinstance(refused, Hold)
    assert refused.code == "variant-exists"


async def test_a_variant_is_never_moved_to_another_product(shop: Shop) -> None:
    await shop.put(product(1), product(2))
    await shop.put(variant(1))
    with pytest.raises(Hold) as held:
        await shop.put(variant(1, group="p2"))
    assert held.value.code == "other-product"


async def test_what_is_sold_no_more_is_archived_and_never_deleted(shop: Shop) -> None:
    (made,) = await shop.put(product(1))
    await shop.put(variant(1))
    documents = [product(1, status="archived"), variant(1, status="archived")]
    there = await shop.target.there(documents, [Inputs()] * 2)
    ended = [
        shop.target.cancellation(
            document, shop.names[Ref("product", document.key)], Inputs({}, held)
        )
        for document, held in zip(documents, there, strict=True)
    ]
    for _ in range(2):  # a repeated end changes nothing
        answers = await shop.target.cancel(ended)
        assert all(isinstance(answer, Written) for answer in answers)
    assert isinstance(made, Written)
    assert (await shop.seen("p1")).fields["status"] == "ARCHIVED"
    assert (await shop.seen("v1")).fields["policy"] == "DENY"


async def test_an_answer_that_is_lost_is_settle_and_nothing_is_made_twice(shop: Shop) -> None:
    await shop.put(product(1))
    intent = await shop.composed(variant(1))
    held = shop.case.stage.receivers["product"].held
    with shop.case.postman.losing(lambda: held("v1") > 0), pytest.raises(Settle):
        await shop.target.write([intent])
    assert len((await shop.target.read(["v1"]))["v1"]) == 1
    (refused,) = await shop.target.write([intent])
    assert isinstance(refused, Hold)
    assert held("v1") == 1


async def test_an_error_of_the_shops_own_after_a_write_is_settle(shop: Shop) -> None:
    body = b'{"errors":[{"message":"x","extensions":{"code":"INTERNAL_SERVER_ERROR"}}]}'
    intent = shop.target.compose(product(1))
    with shop.case.postman.answering(200, body), pytest.raises(Settle):
        await shop.target.write([intent])


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"group": ""}, "no-group"),
        ({"prices": (Price("RRP", "EUR", 1, True),)}, "other-currency"),
        ({"prices": (Price("RRP", "GBP", 1, False),)}, "price-basis"),
    ],
)
def test_what_has_no_place_at_the_shop_is_held(
    shop: Shop, fields: dict[str, Any], code: str
) -> None:
    shop.names[Ref("product", "p1")] = "gid://shopify/Product/1"
    with pytest.raises(Hold) as held:
        shop.target.compose(variant(1, **fields), Inputs(shop.names, b"{}"))
    assert held.value.code == code
    assert held.value.do


def test_what_the_shop_has_no_place_for_is_named(shop: Shop) -> None:
    shop.names[Ref("product", "p1")] = "gid://shopify/Product/1"
    document = variant(
        5,
        tax_class="1",
        attributes=(("colour", "red"),),
        options=(("Colour", "Red"), ("Size", "M")),
        prices=(*variant(5).prices, Price("TRADE", "GBP", 1)),
        barcodes=(Barcode("1"), Barcode("2", unit="case")),
    )
    intent: Intent = shop.target.compose(document, Inputs(shop.names, b"{}"))
    assert {loss.field for loss in intent.losses} == {
        "components", "tax_class", "attributes", "options", "prices", "barcodes",
    }  # fmt: skip
    assert intent.expect["option"] == "Red / M"
