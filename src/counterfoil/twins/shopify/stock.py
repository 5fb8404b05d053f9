"""Stock at the shop as the API shows it: items and their levels, and how they are set.

An order takes what is available at once and what is on hand when it leaves (seen in recordings of
2025). A set compares first, and where one of its levels is refused none of them is set.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from counterfoil.twins.kit.graphql.answer import Page, page_size
from counterfoil.twins.kit.graphql.problem import Json, Refused
from counterfoil.twins.kit.graphql.selection import Selected
from counterfoil.twins.kit.inventory import Amounts, Inventory, Item, Place
from counterfoil.twins.kit.memory import Memory
from counterfoil.twins.shopify.spelling import gid, number_in, utc
from counterfoil.values.clock import Clock

_MOST: Final = 250
_HIGHEST: Final = 1_000_000_000
_NAMES: Final = ("available", "on_hand")
_REASONS: Final = (
    "correction", "cycle_count_available", "damaged", "movement_canceled", "movement_created",
    "movement_received", "movement_updated", "other", "promotion", "quality_control", "received",
    "reservation_created", "reservation_deleted", "reservation_updated", "restock", "safety_stock",
    "shrinkage",
)  # fmt: skip
_TERM: Final = re.compile(r"sku:(?:'((?:[^'\\]|\\.)*)'|\"((?:[^\"\\]|\\.)*)\"|(\S+))")
_ID: Final = re.compile(r"(?:^|\s)id:(\d+)")
_KEYLESS: Final = "The @idempotent directive is required for this mutation but was not provided."
_UNCOMPARED: Final = (
    "InventoryQuantityInput must include the following argument: changeFromQuantity."
)

_Problem = tuple[str, str, str]
"""The field that is wrong, a sentence, and a code."""


class Levels:
    """The root fields about the stock of one shop."""

    def __init__(self, memory: Memory, clock: Clock, inventory: Inventory) -> None:
        self._memory = memory
        self._clock = clock
        self._inventory = inventory

    def answers(self) -> dict[str, Callable[[Selected, str], object]]:
        """The root fields that are served here."""
        return {
            "inventoryItem": self._one,
            "inventoryItems": self._search,
            "inventorySetQuantities": self._set,
        }

    def _one(self, root: Selected, base_url: str) -> Json | None:
        key = number_in(str(root.arguments["id"]), "InventoryItem")
        item = self._inventory.get(key or 0)
        return self._shown(item) if item else None

    def _search(self, root: Selected, base_url: str) -> Page:
        """Items by SKU, as a search finds them: whatever the case; or by number."""
        terms = _TERM.findall(str(root.arguments.get("query") or ""))
        skus = [
            re.sub(r"\\(.)", r"\1", quoted or double or plain) for quoted, double, plain in terms
        ]
        ids = [int(key) for key in _ID.findall(str(root.arguments.get("query") or ""))]
        items, size = self._inventory.find(skus, ids), page_size(root)
        return Page([self._shown(item) for item in items[:size]], str, len(items) > size, False)

    def _shown(self, item: Item) -> Json:
        levels = {
            gid("Location", row.location): _level(item.id, row)
            for row in self._inventory.amounts(item.id)
        }

        def level(asked: Mapping[str, Any]) -> Json | None:
            row = levels.get(asked["locationId"])
            return row if row and (row["isActive"] or asked["includeInactive"]) else None

        return {
            "id": gid("InventoryItem", item.id), "legacyResourceId": str(item.id),
            "sku": item.sku or None, "tracked": item.tracked, "levels": level,
        }  # fmt: skip

    def _set(self, root: Selected, base_url: str) -> Json:
        """Set levels, all of them or none."""
        if root.idempotency_key is None:
            raise Refused(_KEYLESS, code="BAD_REQUEST")
        settings = root.arguments["input"]
        rows, name = settings["quantities"], settings["name"]
        if any("changeFromQuantity" not in row for row in rows):
            raise Refused(_UNCOMPARED, code="INVALID_FIELD_ARGUMENTS")
        errors = [*_misfits(settings)] or [*self._refused(rows, name)]
        if errors:
            return {"inventoryAdjustmentGroup": None, "userErrors": errors}
        deltas = [delta for row in rows if (delta := self._changed(row, name))]
        group = {
            "id": gid("InventoryAdjustmentGroup", int(self._memory.fact("next:group", 1))),
            "createdAt": utc(int(self._clock.now().timestamp())),
            "reason": settings["reason"],
            "referenceDocumentUri": settings.get("referenceDocumentUri"),
            "changes": [
                {"name": each, "delta": delta, "quantityAfterChange": None,
                 "ledgerDocumentUri": None}
                for each in _NAMES for delta in deltas
            ],
        }  # fmt: skip
        self._memory.count("next:group", 1)
        return {"inventoryAdjustmentGroup": group if deltas else None, "userErrors": []}

    def _refused(self, rows: list[dict[str, Any]], name: str) -> Iterator[Json]:
        places = [_place(row) for row in rows]
        times = Counter(places)
        for position, (place, row) in enumerate(zip(places, rows, strict=True)):
            if times[place] > 1:
                message = "The combination of inventoryItemId and locationId must be unique."
                code = "NO_DUPLICATE_INVENTORY_ITEM_ID_GROUP_ID_PAIR"
                yield _error(position, ("locationId", message, code))
            elif problem := self._problem(place, row, name):
                yield _error(position, problem)

    def _problem(self, place: Place, row: Mapping[str, Any], name: str) -> _Problem | None:
        item = self._inventory.get(place[0])
        if item is None:
            message = "The specified inventory item could not be found."
            return "inventoryItemId", message, "INVALID_INVENTORY_ITEM"
        if item.bundle:
            message = "The specified inventory item is not allowed to be adjusted via API."
            return "inventoryItemId", message, "NON_MUTABLE_INVENTORY_ITEM"
        level = self._inventory.active(place)
        if level is None:
            message = "The specified location could not be found."
            return "locationId", message, "INVALID_LOCATION"
        if beyond := _beyond(row["quantity"], name):
            return "quantity", *beyond
        if row["changeFromQuantity"] not in (None, getattr(level, name)):
            message = "The specified changeFromQuantity does not match the current quantity."
            return "changeFromQuantity", message, "CHANGE_FROM_QUANTITY_STALE"
        return None

    def _changed(self, row: Mapping[str, Any], name: str) -> int:
        """By how much a level was set to another one."""
        place = _place(row)
        level = self._inventory.active(place)
        assert level is not None
        delta = int(row["quantity"]) - int(getattr(level, name))
        if delta:
            self._inventory.stand(*place, level.available + delta, level.committed)
        return delta


def _place(row: Mapping[str, Any]) -> Place:
    item = number_in(str(row["inventoryItemId"]), "InventoryItem")
    return item or 0, number_in(str(row["locationId"]), "Location") or 0


def _beyond(quantity: int, name: str) -> tuple[str, str] | None:
    """Why a quantity is beyond what may be set, and the code of it."""
    if quantity > _HIGHEST:
        return "The quantity can't be higher than 1,000,000,000.", "INVALID_QUANTITY_TOO_HIGH"
    if quantity < 0 and name == "on_hand":
        return "The quantity can't be negative.", "INVALID_QUANTITY_NEGATIVE"
    if quantity < -_HIGHEST:
        return "The quantity can't be lower than -1,000,000,000.", "INVALID_QUANTITY_TOO_LOW"
    return None


def _level(item: int, level: Amounts) -> Json:
    return {
        "id": f"gid://shopify/InventoryLevel/{item}?inventory_item_id={item}",
        "isActive": level.active,
        "updatedAt": utc(level.updated_s),
        "amounts": [
            {"name": name, "quantity": getattr(level, name), "id": f"{item}/{name}"}
            for name in ("available", "committed", "on_hand")
        ],
    }


def _misfits(settings: Mapping[str, Any]) -> Iterator[Json]:
    if settings["name"] not in _NAMES:
        message = "The quantity name must be either 'available' or 'on_hand'."
        yield {"field": ["input", "name"], "message": message, "code": "INVALID_NAME"}
    if settings["reason"] not in _REASONS:
        message = f"The specified reason is invalid. Valid values are: {', '.join(_REASONS)}."
        yield {"field": ["input", "reason"], "message": message, "code": "INVALID_REASON"}
    if len(settings["quantities"]) > _MOST:
        message = f"The input array size is greater than the maximum allowed of {_MOST}."
        raise Refused(message, code="MAX_INPUT_SIZE_EXCEEDED")


def _error(position: int, problem: _Problem) -> Json:
    field, message, code = problem
    path = ["input", "quantities", str(position), field]
    return {"field": path, "message": message, "code": code}
