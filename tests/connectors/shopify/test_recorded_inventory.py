"""Every recording of stock and of locations: how the levels end that were set in it, what is made
of those that were shown, and why."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import pytest

from counterfoil.connectors.shopify.stock import Setting
from counterfoil.kit.connector import ALONE, Inputs, Intent, Written
from counterfoil.kit.transport import Answer
from counterfoil.mapping.shown_level import Item
from counterfoil.mapping.valuemap import ValueMap
from counterfoil.model.stock import Stock
from counterfoil.values.errors import CounterfoilError, Hold
from tests.connectors.shopify.conftest import SHARED, Open, graphql, needs_shared

CASES = SHARED / "cases" / "shopify"
FILES = [*sorted(CASES.glob("inventory/*.json")), *sorted(CASES.glob("locations/*.json"))]


class Row(NamedTuple):
    """How the calls end that set levels, and what comes of the levels that are shown, by count."""

    set: dict[str, int]
    shown: dict[str, int]
    why: str


NOT_OURS = "Nothing here moves, adjusts or activates stock, or asks of locations: levels are set."
SEEN = "A level is set from what was seen there, and from nothing else."
ROWS: dict[str, Row] = {
    "estuary-inventory-item": Row({}, {}, "An item without a SKU, untracked: no level is of it."),
    "estuary-inventory-level": Row({}, {}, "A level of an item that is not told with it."),
    "gql-activate": Row({}, {}, NOT_OURS),
    "gql-adjust-ledger-errors": Row({}, {}, NOT_OURS),
    "gql-adjust-names": Row({}, {}, NOT_OURS),
    "gql-adjust-zero": Row({}, {}, NOT_OURS),
    "gql-inactive-level": Row(
        {"set": 2},
        {"set": 3, "not-counted-there": 1},
        "What is stocked at a location no more is not shown for it, though it keeps its number.",
    ),
    "gql-item-update": Row({}, {}, NOT_OURS),
    "gql-move": Row({"set": 1}, {"set": 1}, SEEN),
    "gql-order-takes-stocked-location": Row(
        {}, {"set": 5}, "What an order took is gone from what is available, and is seen so."
    ),
    "gql-out-of-stock-flag": Row({}, {"set": 1}, SEEN),
    "gql-quantity-roots": Row({"set": 1}, {}, "Of a version before levels were compared."),
    "gql-reasons": Row(
        {"set": 17, "level-refused": 2}, {}, "Seventeen reasons are known, and ours is of them."
    ),
    "gql-set-bounds": Row(
        {"level-refused": 2, "set": 1}, {}, "Below nothing is allowed, as far as their bounds."
    ),
    "gql-set-contracts-2026-04": Row(
        {"set": 1, "bad-query": 2, "unknown-code": 1, "level-refused": 2},
        {},
        "Without key or comparison nothing is set: that would be our fault, and stops.",
    ),
    "gql-set-names": Row(
        {"level-refused": 4, "set": 1}, {}, "What is refused is a person's, with their words."
    ),
    "gql-unknown-item": Row({}, {}, NOT_OURS),
    "nango-activate": Row({}, {}, NOT_OURS),
    "nango-adjust": Row({}, {}, NOT_OURS),
    "nango-item": Row({}, {"no-item": 1}, "An item without a SKU is found by none."),
    "nango-levels": Row({}, {}, "Levels by location, of items that are not told with them."),
    "nango-levels-list": Row({}, {}, "Levels by location, of items that are not told with them."),
    "nango-move": Row({}, {}, NOT_OURS),
    "gql-deactivate": Row({}, {}, NOT_OURS),
    "gql-idempotent-directive": Row({}, {}, NOT_OURS),
    "nango-locations": Row({}, {}, NOT_OURS),
    "nango-shop": Row({}, {}, NOT_OURS),
}


def exchanges(value: Any) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """Every question of a recording by its variables, with its answer."""
    if isinstance(value, dict):
        if isinstance(value.get("response"), dict):
            yield value.get("variables") or {}, value["response"]
        else:
            for below in value.values():
                yield from exchanges(below)
    elif isinstance(value, list):
        for below in value:
            yield from exchanges(below)


def is_set(variables: dict[str, Any], answer: dict[str, Any]) -> bool:
    """Whether levels are set: an answer that refuses the question itself does not say it."""
    asked = "quantities" in variables.get("input", {})
    return "inventorySetQuantities" in (answer.get("data") or {}) or (asked and "errors" in answer)


def shown_items(value: Any) -> Iterator[dict[str, Any]]:
    """Every item in an answer that is shown with its levels."""
    if isinstance(value, dict):
        if "inventoryLevels" in value and "/InventoryItem/" in value.get("id", ""):
            yield value
        for below in value.values():
            yield from shown_items(below)
    elif isinstance(value, list):
        for below in value:
            yield from shown_items(below)


def levels(item: dict[str, Any]) -> list[dict[str, Any]]:
    rows = item["inventoryLevels"]
    return rows.get("nodes") or [edge["node"] for edge in rows.get("edges", ())]


async def came_of_set(open_shop: Open, variables: dict[str, Any], answer: dict[str, Any]) -> str:
    """How a call of ours ends that is answered so."""
    opened = open_shop()
    opened.shop.will(Answer(200, {}, json.dumps(answer).encode()))
    target: Any = opened.session.target("stock")
    rows = variables["input"]["quantities"]
    settings = [
        Setting(f"SKU-{at}@Online", row["inventoryItemId"], row["locationId"], row["quantity"], 0)
        for at, row in enumerate(rows)
    ]
    intents = [Intent(each.reference, msgspec.json.encode(each), {}) for each in settings]
    try:
        answers = await target.write(intents)
    except CounterfoilError as error:
        return error.code or type(error).__name__.lower()
    assert all(isinstance(each, Written) for each in answers)
    return "set"


async def came_of_level(open_shop: Open, item: dict[str, Any], level: dict[str, Any]) -> str:
    """What is made of a level that is asked for as we ask for it."""
    location = level["location"]["id"].rpartition("/")[2]
    sku = item["sku"] if "sku" in item else item["id"].rpartition("/")[2]
    (available,) = [row["quantity"] for row in level["quantities"] if row["name"] == "available"]
    opened = open_shop(maps=[ValueMap("places", {"Online": location})], location_map="places")
    end = {"hasNextPage": False, "endCursor": None}
    node = {"id": item["id"], "sku": sku}
    there = {"quantities": [{"quantity": available}]} if level.get("isActive", True) else None
    seen = {**node, "tracked": item.get("tracked", True), "inventoryLevel": there}
    for row in (node, seen):
        opened.shop.will(graphql({"inventoryItems": {"nodes": [row] * bool(sku), "pageInfo": end}}))
    target: Any = opened.session.target("stock")
    document = Stock(sku or "SKU", "Online", "2026-11-02T12:00:00Z", Decimal(4), "sellable")
    (held,) = await target.there([document], [ALONE])
    try:
        intent = target.compose(document, Inputs({}, held))
    except Hold as hold:
        return hold.code
    setting = msgspec.json.decode(intent.payload, type=Setting)
    assert (setting.inventoryItemId, setting.changeFromQuantity) == (item["id"], available)
    assert msgspec.json.decode(held, type=list[Item])[0].available == available
    return "set"


async def came_of(open_shop: Open, recording: Any) -> tuple[dict[str, int], dict[str, int]]:
    calls: Counter[str] = Counter()
    shown: Counter[str] = Counter()
    for variables, answer in exchanges(recording):
        if is_set(variables, answer):
            calls[await came_of_set(open_shop, variables, answer)] += 1
        for item in shown_items(answer):
            for level in levels(item):
                shown[await came_of_level(open_shop, item, level)] += 1
    return dict(calls), dict(shown)


@needs_shared
def test_no_recording_is_without_a_row() -> None:
    assert sorted(ROWS) == sorted(file.stem for file in FILES)


@needs_shared
@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_what_comes_of_each_recording(open_shop: Open, file: Path) -> None:
    row = ROWS[file.stem]
    found = asyncio.run(came_of(open_shop, json.loads(file.read_text("utf-8"))))
    assert found == (row.set, row.shown), row.why
