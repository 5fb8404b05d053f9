"""Items that a shop sells and their levels: what is available at each location, and promised."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from counterfoil.twins.kit.book import Entry, Measure
from counterfoil.twins.kit.memory import Memory, number
from counterfoil.twins.world import Sale
from counterfoil.values.clock import Clock

_FIRST_ITEM: Final = 53_000_001

Place = tuple[int, int]
"""An item and a location."""


class Item(NamedTuple):
    """An item; a bundle has no stock of its own."""

    id: int
    sku: str
    tracked: bool
    bundle: bool


class Amounts(NamedTuple):
    """What stands of an item at a location. One that is active no more keeps its amounts."""

    location: int
    available: int
    committed: int
    updated_s: int
    active: bool

    @property
    def on_hand(self) -> int:
        """What lies there, promised or not."""
        return self.available + self.committed


class Inventory:
    """The items of one shop; `location` is where orders are sold from."""

    def __init__(self, memory: Memory, clock: Clock, location: int) -> None:
        memory.lay(__package__ or "", "inventory.sql")
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

    def stand(self, item: int, location: int, available: int, committed: int = 0) -> None:
        """Let an item be stocked at a location, with these amounts."""
        self._memory.run(
            "insert or replace into inventory_level values (?, ?, ?, ?, ?, true)",
            *(item, location, available, committed, int(self._now_s())),
        )

    def deactivate(self, item: int, location: int) -> None:
        """Let an item be stocked at a location no more; what stood there is remembered."""
        self._memory.run(
            "update inventory_level set active = false where item = ? and location = ?",
            *(item, location),
        )

    def sold(self, sale: Sale) -> None:
        """A customer has bought: what is tracked is promised where there is enough of it, or else
        where orders are sold from, below nothing too."""
        for line in sale.lines:
            if line.kind == "product":
                self._memory.run(
                    "update inventory_level set available = available - ?1,"
                    " committed = committed + ?1, updated_s = ?2 where (item, location) ="
                    " (select item, location from inventory_level join inventory_item on id = item"
                    " where sku = ?4 and tracked and active"
                    " order by id, available < ?1, location <> ?3, location limit 1)",
                    *(line.quantity, int(self._now_s()), self._location, line.sku),
                )

    def find(self, skus: Sequence[str], ids: Sequence[int] = ()) -> list[Item]:
        """The items with these SKUs, whatever their case, and those of these numbers."""
        named, numbered = (", ".join("?" * len(values)) for values in (skus, ids))
        condition = f"sku collate nocase in ({named}) or id in ({numbered})"
        return self._items(condition, *skus, *ids)

    def get(self, item: int) -> Item | None:
        """The item of that number."""
        return next(iter(self._items("id = ?", item)), None)

    def amounts(self, item: int) -> list[Amounts]:
        """What stands of an item at each of its locations."""
        rows = self._memory.rows(
            "select location, available, committed, updated_s, active from inventory_level"
            " where item = ?",
            item,
        )
        return [
            Amounts(
                int(number(location)), int(number(available)), int(number(committed)),
                int(number(updated_s)), bool(active),
            )
            for location, available, committed, updated_s, active in rows
        ]  # fmt: skip

    def active(self, place: Place) -> Amounts | None:
        """What stands of an item at a location where it is stocked; None elsewhere."""
        item, location = place
        levels = (row for row in self.amounts(item) if row.location == location and row.active)
        return next(levels, None)

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

    def _items(self, condition: str, *values: object) -> list[Item]:
        rows = self._memory.rows(
            f"select id, sku, tracked, bundle from inventory_item where {condition} order by id",  # noqa: S608
            *values,
        )
        return [
            Item(int(number(key)), str(sku), bool(tracked), bool(bundle))
            for key, sku, tracked, bundle in rows
        ]

    def _now_s(self) -> float:
        return self._clock.now().timestamp()
