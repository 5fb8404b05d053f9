"""Products into Peoplevox: items under their codes, what has variants as groups."""

from __future__ import annotations

from typing import Any

import pytest

from counterfoil.kit.connector import Inputs, Intent, Written
from counterfoil.kit.formats import csv as tabular
from counterfoil.kit.transport import Answer
from counterfoil.model.document import Ref
from counterfoil.model.product import Barcode, Component, Product
from counterfoil.twins.kit.soap import read
from counterfoil.values.errors import Hold, Misconfigured
from tests.connectors.peoplevox.peoplevox_stage import GROUP, item, sold
from tests.connectors.peoplevox.peoplevox_world import World, differing, enveloped, recorded, world

TEES = Inputs({GROUP: "group:TEES"})


def composed(at: World, document: Product, inputs: Inputs = TEES) -> Intent:
    target: Any = at.session.target("product")
    return target.compose(document, inputs)


async def written(at: World, document: Product, inputs: Inputs = TEES) -> Intent:
    intent = composed(at, document, inputs)
    (answer,) = await at.session.target("product").write([intent])
    assert isinstance(answer, Written), answer
    return intent


def sent(at: World) -> list[dict[str, str]]:
    """The rows of the last call that saved something."""
    body = next(body for body in reversed(at.wire.asked) if b"<SaveData " in body)
    asked = read(body)
    assert asked is not None
    return tabular.parse(asked.texts["csvdata"].encode()).rows


async def test_the_cells_of_an_item() -> None:
    at = world()
    intent = await written(at, item(1))
    assert sent(at) == [
        {
            "ItemCode": "TEE/1", "Name": "Organic tee, “1”", "Barcode": "5012345600001",
            "ItemGroup": "TEES", "Weight": "0.211", "WeightMeasure": "Kg",
        }
    ]  # fmt: skip
    (seen,) = (await at.session.target("product").read(["TEE/1"]))["TEE/1"]
    assert differing(intent, seen) == {}
    assert intent.expect["weight_g"] == 211
    (entry,) = at.twin.book("product")
    assert (entry.reference, entry.facts["ItemGroup"]) == ("TEE/1", "TEES")


async def test_what_the_source_does_not_say_stays_as_the_warehouse_has_it() -> None:
    at = world()
    await written(at, item(1))
    await written(at, item(1, weight_g=None, title="Tee"))
    assert [*sent(at)[0]] == ["ItemCode", "Name", "Barcode", "ItemGroup"]
    (entry,) = at.twin.book("product")
    assert (entry.facts["Weight"], entry.facts["Name"]) == ("0.211", "Tee")


async def test_what_variants_are_of_is_a_group_of_the_same_name_and_no_item() -> None:
    at = world()
    parent = item(5, sku="TEES", parent=True)
    intent = await written(at, parent)
    assert (intent.reference, sent(at)) == ("group:TEES", [{"Name": "TEES"}])
    await written(at, item(2, sku="TEES"))
    seen = await at.session.target("product").read(["group:TEES", "TEES"])
    assert {name: [row.identity for row in rows] for name, rows in seen.items()} == {
        "group:TEES": ["group:TEES"], "TEES": ["TEES"],
    }  # fmt: skip


def test_an_item_has_a_barcode_or_is_held() -> None:
    bare = item(1, barcodes=())
    with pytest.raises(Hold) as held:
        composed(world(), bare)
    assert held.value.code == "missing-part"
    assert "no barcode" in held.value.said
    intent = composed(world(settings={"item_barcode": "code"}), bare)
    assert intent.expect["barcode"] == "TEE/1"


def test_of_several_barcodes_that_of_one_piece_is_sent_and_the_others_are_named() -> None:
    codes = (Barcode("15012345600008", unit="case"), Barcode("5012345600001"))
    intent = composed(world(), item(1, barcodes=codes))
    assert intent.expect["barcode"] == "5012345600001"
    assert [(loss.field, loss.value) for loss in intent.losses] == [("barcodes", "15012345600008")]


def test_a_kit_is_an_item_and_what_it_is_made_of_is_named() -> None:
    kit = item(3, components=(Component("TEE/1", 2), Component("CAP", 1)))
    (loss,) = composed(world(), kit).losses
    assert (loss.field, loss.value) == ("components", "2 x TEE/1, 1 x CAP")
    assert loss.why.endswith("set the kit up there by hand.")


@pytest.mark.parametrize("field", ["sku", "title"])
def test_what_has_no_room_is_held_and_never_cut(field: str) -> None:
    changed: dict[str, Any] = {field: "x" * 51}
    with pytest.raises(Hold) as held:
        composed(world(), item(1, **changed))
    assert held.value.code == "too-wide"


def test_a_code_that_would_end_a_search_is_held() -> None:
    with pytest.raises(Hold) as held:
        composed(world(), item(1, sku='TEE" or 1=1'))
    assert held.value.code == "bad-reference"


async def test_a_code_that_was_renamed_is_another_item_and_the_old_one_stays() -> None:
    at = world()
    await written(at, item(1))
    await written(at, item(1, sku="TEE/RED"))
    assert [entry.reference for entry in at.twin.book("product")] == ["TEE/1", "TEE/RED"]


async def test_an_order_of_an_item_that_was_sent_is_taken() -> None:
    at = world(items=frozenset())
    order = sold(1)
    (refused,) = await at.target.write([at.target.compose(order)])
    assert "does not exist" in str(refused)
    for number, line in enumerate(order.lines):
        await written(at, item(number + 1, sku=line.sku, parent=False, group=""))
    (answer,) = await at.target.write([at.target.compose(order)])
    assert isinstance(answer, Written)


async def test_a_template_without_its_column_is_refused_before_anything_is_sent() -> None:
    at = world(renamed={"Barcode": "EAN"})
    with pytest.raises(Misconfigured, match="Barcode"):
        await at.session.target("product").write([composed(at, item(1))])
    assert at.wire.count("SaveData") == 0


async def test_a_template_that_a_tenant_made_is_refused_in_one_sentence() -> None:
    at = world()
    names = recorded("templates/customers_tenant.csv").decode().strip()
    at.wire.instead = lambda asked: (
        enveloped("GetSaveTemplate", 1, names) if b"<GetSaveTemplate " in asked else None
    )
    with pytest.raises(Misconfigured) as wrong:
        await at.session.target("product").write([composed(at, item(1))])
    assert "ItemCode" in wrong.value.said


async def test_the_recorded_answer_of_one_row_is_a_success() -> None:
    at, body = world(), recorded("writes/savedata_success.xml")
    at.wire.instead = lambda asked: Answer(200, {}, body) if b"<SaveData " in asked else None
    await written(at, item(1))


def test_the_product_that_a_variant_is_of_must_be_named() -> None:
    with pytest.raises(Hold):
        composed(world(), item(1), Inputs({Ref("product", "p2"): "group:CAPS"}))
