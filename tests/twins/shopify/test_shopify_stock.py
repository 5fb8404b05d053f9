"""Stock at the shop, held against the recordings: every set of them is put to the twin."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from shopify_calls import World, sale

from counterfoil.twins.world import SaleLine

CASES = Path(__file__).resolve().parents[4] / "shared" / "cases" / "shopify" / "inventory"
KEYED = " @idempotent(key: $key)"
SET = """mutation($input: InventorySetQuantitiesInput!%s) {
  inventorySetQuantities(input: $input)%s {
    inventoryAdjustmentGroup { reason referenceDocumentUri
      changes { name delta quantityAfterChange ledgerDocumentUri } }
    userErrors { field message code } } }"""
READ = """query($id: ID!, $place: ID!, $idle: Boolean) { inventoryItem(id: $id) {
  inventoryLevel(locationId: $place, includeInactive: $idle) {
    isActive quantities(names: ["available", "on_hand"]) { name quantity } } } }"""
SHOP, ANNEX = 3001, 3002
UNCOMPARED = "of a version before levels were compared"


class Recorded(NamedTuple):
    """One set that was recorded, and its answer."""

    name: str
    input: dict[str, Any]
    answer: dict[str, Any]

    @property
    def told(self) -> dict[str, Any]:
        return (self.answer.get("data") or {}).get("inventorySetQuantities") or {}

    @property
    def problem(self) -> str:
        return self.answer["errors"][0]["message"] if "errors" in self.answer else ""

    @property
    def codes(self) -> list[str]:
        return [row["code"] for row in self.told.get("userErrors", ()) if "code" in row]

    def before(self, position: int) -> int | None:
        """What stood there before, where anything did."""
        if "INVALID_LOCATION" in self.codes:
            return None
        row = self.input["quantities"][position]
        changes = (self.told.get("inventoryAdjustmentGroup") or {}).get("changes") or [{"delta": 0}]
        expected = row.get("changeFromQuantity")
        return expected if expected is not None else row["quantity"] - changes[position]["delta"]


def recorded() -> Iterator[Recorded]:
    for file in sorted(CASES.glob("gql-*.json")):
        for step in json.loads(file.read_text("utf-8"))["steps"]:
            told = step["response"].get("data") or {}
            asked = (step.get("variables") or {}).get("input", {})
            if "quantities" in asked and ("inventorySetQuantities" in told or not told):
                yield Recorded(f"{file.stem}/{step['step']}", asked, step["response"])


RECORDED = [*recorded()]


def test_there_are_sets_of_every_sort_among_the_recordings() -> None:
    if not CASES.exists():
        pytest.skip("the recordings are not beside this checkout")
    codes = {code for each in RECORDED for code in each.codes}
    assert len(RECORDED) >= 30
    assert {"INVALID_QUANTITY_NEGATIVE", "INVALID_QUANTITY_TOO_LOW", "INVALID_NAME"} <= codes


@pytest.mark.parametrize("case", RECORDED, ids=lambda case: case.name)
async def test_the_twin_answers_a_set_as_it_was_recorded(world: World, case: Recorded) -> None:
    if "ignoreCompareQuantity" in case.input and not case.problem:
        pytest.skip(UNCOMPARED)
    keyless = "@idempotent" in case.problem
    asked = {**case.input, "quantities": [*put(world, case)]}
    text = SET % (("", "") if keyless else (", $key: String!", KEYED))
    body = await world.ask(text, input=asked, **({} if keyless else {"key": case.name}))
    if case.problem:
        (ours,), (theirs, *_) = body["errors"], case.answer["errors"]
        assert ours["extensions"]["code"] == theirs["extensions"]["code"]
        if theirs["extensions"]["code"] != "INVALID_VARIABLE":  # worded by their library
            assert ours["message"] == theirs["message"]
        return
    told = body["data"]["inventorySetQuantities"]
    assert alike(told["userErrors"], case.told["userErrors"])
    group = case.told["inventoryAdjustmentGroup"]
    assert (told["inventoryAdjustmentGroup"] is None) == (group is None)
    if group is not None:
        changes = [*told["inventoryAdjustmentGroup"]["changes"]]
        assert alike(changes, group.get("changes", changes))


def put(world: World, case: Recorded) -> Iterator[dict[str, Any]]:
    """The rows of a set, of items as they stood before it."""
    items: dict[str, int] = {}
    for position, row in enumerate(case.input["quantities"]):
        named, location = row["inventoryItemId"], int(row["locationId"].rpartition("/")[2])
        if "INVALID_INVENTORY_ITEM" not in case.codes and named not in items:
            items[named] = world.twin.inventory.item(f"SKU-{position}")
        before = case.before(position)
        if named in items and before is not None:
            world.twin.inventory.stand(items[named], location, before)
        known = items.get(named, 1)
        yield {**row, "inventoryItemId": f"gid://shopify/InventoryItem/{known}"}


def alike(ours: list[dict[str, Any]], theirs: list[dict[str, Any]]) -> bool:
    """Whether ours say what theirs do, of the members that both have."""
    return len(ours) == len(theirs) and all(
        all(mine[name] == value for name, value in row.items() if name in mine)
        for mine, row in zip(ours, theirs, strict=True)
    )


async def level(world: World, item: int, place: int, *, idle: bool = False) -> Any:
    ids = {"id": f"gid://shopify/InventoryItem/{item}", "place": f"gid://shopify/Location/{place}"}
    data = await world.data(READ, **ids, idle=idle)
    return data["inventoryItem"]["inventoryLevel"]


async def test_an_order_takes_of_the_location_that_has_enough(world: World) -> None:
    # inventory/gql-order-takes-stocked-location.json: 2 of 5, and 0 where orders are sold from
    item = world.twin.inventory.item("TEE")
    world.twin.inventory.stand(item, SHOP, 0)
    world.twin.inventory.stand(item, ANNEX, 5)
    world.place(sale(1001, lines=(SaleLine("TEE", "Tee", 2, 1000, 0),)))
    amounts = {
        row["name"]: row["quantity"] for row in (await level(world, item, ANNEX))["quantities"]
    }
    assert amounts == {"available": 3, "on_hand": 5}
    assert world.twin.inventory.levels()["TEE", SHOP] == 0


async def test_an_order_for_more_than_there_is_goes_below_nothing_where_it_is_sold(
    world: World,
) -> None:
    item = world.twin.inventory.item("TEE")
    world.twin.inventory.stand(item, SHOP, 0)
    world.twin.inventory.stand(item, ANNEX, 1)
    world.place(sale(1001, lines=(SaleLine("TEE", "Tee", 2, 1000, 0),)))
    assert world.twin.inventory.levels() == {("TEE", SHOP): -2, ("TEE", ANNEX): 1}


async def test_a_level_that_is_active_no_more_keeps_its_number_and_is_not_shown(
    world: World,
) -> None:
    # inventory/gql-inactive-level.json
    item = world.twin.inventory.item("TEE")
    world.twin.inventory.stand(item, ANNEX, 7)
    world.twin.inventory.deactivate(item, ANNEX)
    assert await level(world, item, ANNEX) is None
    shown = await level(world, item, ANNEX, idle=True)
    assert (shown["isActive"], shown["quantities"][0]["quantity"]) == (False, 7)
