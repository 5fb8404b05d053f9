"""A level as a shop shows it: whole pieces of one item, at the location of a pool."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from counterfoil.mapping.unit import EACH
from counterfoil.mapping.valuemap import ValueMap
from counterfoil.model.lacking import Lacking
from counterfoil.model.stock import Stock, available
from counterfoil.values.errors import Hold
from counterfoil.values.quantity import sellable


class Item(msgspec.Struct, frozen=True):
    """An item as the shop has it: what is available at the location, None where it stands nowhere
    there."""

    id: str
    tracked: bool
    available: int | None


class Showing(msgspec.Struct, frozen=True):
    """How one shop (`where`) shows levels: `locations` has the id of its location by pool."""

    locations: ValueMap | None
    where: str

    def shows(self, pool: str) -> bool:
        """Whether a pool has a location."""
        return self.locations is not None and pool in self.locations.values

    def location(self, pool: str) -> str:
        """The location at which a pool is shown. Raises `Hold` where nobody has said it."""
        if self.locations is None:
            raise Hold(
                f"Nobody has said at which location the shop shows the pool {pool!r}.",
                do="Write a value map from pools to the ids of locations, and name it in"
                " location_map of this connection.",
                where=self.where,
                code="no-location",
            )
        return self.locations.look_up(pool)

    def pieces(self, level: Stock) -> int:
        """The pieces that are shown. Raises `Hold` where they are counted in another unit."""
        if level.unit != EACH:
            raise Hold(
                f"The level of {level.number} is counted in {level.unit}, not in pieces.",
                do="Let its levels go through the house, with a unit map for the packs.",
                where=level.number,
                code="not-in-pieces",
            )
        return sellable(available(level))

    def only(self, level: Stock, items: Sequence[Item]) -> tuple[Item, int]:
        """The one item that a level is of, and what the shop shows of it now. Raises `Lacking`
        where there is none, `Hold` where there are several, or it is not counted there."""
        if not items:
            raise Lacking(
                f"{self.where} has no item with the SKU {level.sku}, so that nothing shows the"
                f" {int(level.on_hand)} that can be sold of it.",
                do="Make it there, or correct its SKU (its case counts); then send these again.",
                code="no-item",
                ref=("product", level.sku),
            )
        if len(items) > 1:
            raise Hold(
                f"{self.where} has {len(items)} items with the SKU {level.sku}.",
                do="Give each a SKU of its own there, then send the held records again.",
                where=level.sku,
                code="sku-twice",
            )
        (item,) = items
        if item.available is None or not item.tracked:
            raise Hold(
                f"{self.where} does not count {level.sku} at the location of {level.place}.",
                do="Let the shop track its quantity, and stock it at that location; then send the"
                " held records again.",
                where=level.sku,
                code="not-counted-there",
            )
        return item, item.available
