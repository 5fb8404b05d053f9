"""Stock at the shop: items and their levels, what is sold of them, and how they are set.

An order takes what is available at once and what is on hand when it leaves (seen in recordings of
2025). A set compares first, and where one of its levels is refused none of them is set.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from counterfoil.twins.kit.book import Entry, Measure
from counterfoil.twins.kit.graphql.answer import Page, page_size
from counterfoil.twins.kit.graphql.problem import Json, Refused
from counterfoil.twins.kit.graphql.selection import Selected
from counterfoil.twins.kit.memory import Memory, number
from counterfoil.twins.shopify.spelling import gid, number_in, utc
from counterfoil.twins.world import Sale
from counterfoil.values.clock import Clock

_FIRST_ITEM: Final = 53_000_001
_MOST: Final = 250
_HIGHEST: Final = 1_000_000_000
_REASONS: Final = (
    "correction", "cycle_count_available", "damaged", "movement_canceled", "movement_created",
    "movement_received", "movement_updated", "other", "promotion", "quality_control", "received",
    "reservation_created", "reservation_deleted", "reservation_updated", "restock", "safety_stock",
    "shrinkage",
)  # fmt: skip
_TERM: Final = re.compile(r"sku:(?:'((?:[^'\\]|\\.)*)'|\"((?:[^\"\\]|\\.)*)\"|(\S+))")
_KEYLESS: Final = "The @idempotent directive is required for this mutation but was not provided."
_UNCOMPARED: Final = (
    "InventoryQuantityInput must include the following argument: changeFromQuantity."
)

_Level = tuple[int, int]
"""An item and a location."""


class Inventory:
    """The items of one shop; `location` is where orders are sold from."""

    def __init__(self, memory: Memory, clock: Clock, location: int) -> None:
        memory.lay(__package__ or "", "stock.sql")
        self._memory = memory
        self._clock = clock
        self._location = location

    def item(self, sku: str, *, tracked: bool = True, bundle: bool = False) -> int:
        """A new item with this SKU, which need not be the only one; its number."""
        number_ = int(
            self._memory.number("select coalesce(max(id) + 1, ?) from inventory_item", _FIRST_ITEM)
        )
        self._memory.run(
            "insert into inventory_item values (?, ?, ?, ?)", number_, sku, tracked, bundle
        )
        return number_

    def stand(self, item: int, location: int, available: int) -> None:
        """Let an item be stocked at a location."""
        self._put((item, location), available, 0)

    def sold(self, sale: Sale) -> None:
        """A customer has bought: what is tracked is promised, below nothing too."""
        for line in sale.lines:
            if line.kind == "product":
                self._memory.run(
                    "update inventory_level set available = available - ?1,"
                    " committed = committed + ?1, updated_s = ?2 where location = ?3 and item ="
                    " (select min(id) from inventory_item where sku = ?4 and tracked)",
                    *(line.quantity, int(self._now_s()), self._location, line.sku),
                )

    def levels(self) -> dict[tuple[str, int], int]:
        """What is available, by SKU and location."""
        rows = self._memory.rows(
            "select sku, location, available from inventory_level"
            " join inventory_item on id = item order by item, location"
        )
        return {
            (str(sku), int(number(place))): int(number(available)) for sku, place, available in rows
        }

    def book(self, after: int) -> Iterator[Entry]:
        """Every level beyond the place `after`."""
        for place, ((sku, location), available) in enumerate(self.levels().items(), 1):
            if place > after:
                reference, measure = f"{sku}@{location}", Measure(available, "piece")
                yield Entry(str(place), reference, 0, 0, measure, {})

    # --- what is asked ---

    def answers(self) -> dict[str, Callable[[Selected, str], object]]:
        """The root fields that are served here."""
        return {
            "inventoryItem": self._one,
            "inventoryItems": self._search,
            "inventorySetQuantities": self._set,
        }

    def _one(self, root: Selected, base_url: str) -> Json | None:
        item = number_in(str(root.arguments["id"]), "InventoryItem")
        rows = self._memory.rows("select id, sku, tracked from inventory_item where id = ?", item)
        return self._shown(rows[0]) if rows else None

    def _search(self, root: Selected, base_url: str) -> Page:
        """Items by SKU, as a search finds them: whatever the case."""
        terms = _TERM.findall(str(root.arguments.get("query") or ""))
        skus = [
            re.sub(r"\\(.)", r"\1", quoted or double or plain) for quoted, double, plain in terms
        ]
        marks = ", ".join("?" * len(skus))
        rows = self._memory.rows(
            f"select id, sku, tracked from inventory_item where sku collate nocase in ({marks})"  # noqa: S608
            " order by id",
            *skus,
        )
        size = page_size(root)
        return Page([self._shown(row) for row in rows[:size]], str, len(rows) > size, False)

    def _shown(self, row: tuple[object, ...]) -> Json:
        item, sku, tracked = int(number(row[0])), str(row[1]), bool(row[2])
        levels = self._memory.rows(
            "select location, available, committed, updated_s from inventory_level where item = ?",
            item,
        )
        members: dict[str, object] = {
            "id": gid("InventoryItem", item), "legacyResourceId": str(item), "sku": sku or None,
            "tracked": tracked,
        }  # fmt: skip
        by_place = {
            gid("Location", int(number(place))): _level(
                item, *(int(number(amount)) for amount in amounts)
            )
            for place, *amounts in levels
        }
        return {**members, "levels": by_place}

    # --- what is set ---

    def _set(self, root: Selected, base_url: str) -> Json:
        """Set levels, all of them or none."""
        if root.idempotency_key is None:
            raise Refused(_KEYLESS, code="BAD_REQUEST")
        settings = root.arguments["input"]
        rows = settings["quantities"]
        if any("changeFromQuantity" not in row for row in rows):
            raise Refused(_UNCOMPARED, code="INVALID_FIELD_ARGUMENTS")
        errors = [*_misfits(settings), *self._refused(rows)]
        if errors:
            return {"inventoryAdjustmentGroup": None, "userErrors": errors}
        changes = [change for row in rows for change in self._changed(row)]
        group = {
            "id": gid("InventoryAdjustmentGroup", int(self._memory.fact("next:group", 1))),
            "createdAt": utc(int(self._now_s())),
            "reason": settings["reason"],
            "referenceDocumentUri": settings.get("referenceDocumentUri"),
            "changes": changes,
        }
        self._memory.count("next:group", 1)
        return {"inventoryAdjustmentGroup": group if changes else None, "userErrors": []}

    def _refused(self, rows: list[dict[str, Any]]) -> Iterator[Json]:
        met: set[_Level] = set()
        for place, row in enumerate(rows):
            level = self._place(row)
            if level in met:
                code = "NO_DUPLICATE_INVENTORY_ITEM_ID_GROUP_ID_PAIR"
                message = "The combination of inventoryItemId and locationId must be unique."
                yield _error(place, "locationId", message, code)
                continue
            met.add(level)
            if problem := self._problem(level, row):
                yield _error(place, *problem)

    def _problem(self, level: _Level, row: Mapping[str, Any]) -> tuple[str, str, str] | None:
        item, location = level
        item_row = self._memory.row("select bundle from inventory_item where id = ?", item)
        if item_row is None:
            message = "The specified inventory item could not be found."
            return "inventoryItemId", message, "INVALID_INVENTORY_ITEM"
        if item_row[0]:
            message = "The specified inventory item is not allowed to be adjusted via API."
            return "inventoryItemId", message, "NON_MUTABLE_INVENTORY_ITEM"
        available = self._memory.row(
            "select available from inventory_level where item = ? and location = ?", item, location
        )
        if available is None:
            message = "The specified location could not be found."
            return "locationId", message, "INVALID_LOCATION"
        if row["quantity"] > _HIGHEST:
            message = "The quantity can't be higher than 1,000,000,000."
            return "quantity", message, "INVALID_QUANTITY_TOO_HIGH"
        expected = row["changeFromQuantity"]
        if expected is not None and expected != available[0]:
            message = "The specified changeFromQuantity does not match the current quantity."
            return "changeFromQuantity", message, "CHANGE_FROM_QUANTITY_STALE"
        return None

    def _changed(self, row: Mapping[str, Any]) -> list[Json]:
        item, location = self._place(row)
        sql = "select available, committed from inventory_level where item = ? and location = ?"
        available, committed = self._memory.rows(sql, item, location)[0]
        delta = row["quantity"] - int(number(available))
        if not delta:
            return []
        self._put((item, location), row["quantity"], int(number(committed)))
        change = {"delta": delta, "quantityAfterChange": None, "ledgerDocumentUri": None}
        return [{"name": name, **change} for name in ("available", "on_hand")]

    def _place(self, row: Mapping[str, Any]) -> _Level:
        item = number_in(str(row["inventoryItemId"]), "InventoryItem")
        return item or 0, number_in(str(row["locationId"]), "Location") or 0

    def _put(self, level: _Level, available: int, committed: int) -> None:
        self._memory.run(
            "insert or replace into inventory_level values (?, ?, ?, ?, ?)",
            *(*level, available, committed, int(self._now_s())),
        )

    def _now_s(self) -> float:
        return self._clock.now().timestamp()


def _level(item: int, available: int, committed: int, updated_s: int) -> Json:
    amounts = {"available": available, "committed": committed, "on_hand": available + committed}
    return {
        "id": f"gid://shopify/InventoryLevel/{item}?inventory_item_id={item}",
        "isActive": True,
        "updatedAt": utc(updated_s),
        "amounts": [
            {"name": name, "quantity": amount, "id": f"{item}/{name}"}
            for name, amount in amounts.items()
        ],
    }


def _misfits(settings: Mapping[str, Any]) -> Iterator[Json]:
    if settings["name"] not in ("available", "on_hand"):
        message = "The quantity name must be either 'available' or 'on_hand'."
        yield {"field": ["input", "name"], "message": message, "code": "INVALID_NAME"}
    if settings["reason"] not in _REASONS:
        message = f"The specified reason is invalid. Valid values are: {', '.join(_REASONS)}."
        yield {"field": ["input", "reason"], "message": message, "code": "INVALID_REASON"}
    if len(settings["quantities"]) > _MOST:
        message = f"The input array size is greater than the maximum allowed of {_MOST}."
        raise Refused(message, code="MAX_INPUT_SIZE_EXCEEDED")


def _error(place: int, field: str, message: str, code: str) -> Json:
    return {"field": ["input", "quantities", str(place), field], "message": message, "code": code}
