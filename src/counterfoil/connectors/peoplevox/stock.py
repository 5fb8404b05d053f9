"""Stock: an item at a site, as the inventory summary tells it when something has changed there."""

from __future__ import annotations

from collections.abc import Sequence

from counterfoil.connectors.peoplevox.profile import Profile
from counterfoil.kit.api.reported import Changed, Told, grouped
from counterfoil.kit.api.reports import Reporting, Row
from counterfoil.kit.connector import Listed
from counterfoil.mapping.leveled import Leveling
from counterfoil.mapping.losses import Loss
from counterfoil.mapping.valuemap import ValueMap
from counterfoil.model.stock import Stock
from counterfoil.values.clock import Instant


class Levels(Changed[Stock]):
    """`kit.api.reported.Reports` of levels."""

    def __init__(self, reporting: Reporting, profile: Profile, bins: ValueMap | None) -> None:
        super().__init__(reporting, "changes", ("changed",), "sku", "ItemCode")
        self._passed = frozenset(profile.passed_sites)
        self._bins = ["bins"] if bins is not None else []
        self._leveling = Leveling("peoplevox.levels", bins)

    def name(self, key: str) -> str:
        return key.rsplit("@", 1)[0]

    async def whole(self, names: Sequence[str]) -> Sequence[Told]:
        """Each item at each site, beside its bins and the newest change of the item."""
        reports = ("levels", "changes", *self._bins)
        return self._told(*[await self._reporting.under(name, "sku", names) for name in reports])

    async def counted(self, start: Instant, end: Instant) -> Sequence[Listed]:
        """Everything that the inventory has now, whether anything tells of its changes or not."""
        rows = [await self._reporting.every(report, "sku") for report in ("levels", *self._bins)]
        return [self.stands(told, end) for told in self._told(*rows)]

    def _told(self, levels: Sequence[Row], *others: Sequence[Row]) -> list[Told]:
        beside = grouped([row for rows in others for row in rows], "sku")
        return [
            Told(
                f"{sku}@{place}",
                mine,
                [row for row in beside.get(sku, []) if row.get("place", place) == place],
            )
            for sku, rows in grouped(levels, "sku").items()
            for place, mine in grouped(rows, "place").items()
            if place not in self._passed
        ]

    def document(self, told: Told, at: Instant) -> tuple[Stock, tuple[Loss, ...]]:
        """One level. Raises `Hold` where a cell cannot be read, or nobody mapped a bin."""
        clock, changes = self._reporting.clock, [row for row in told.beside if "changed" in row]
        moments = [clock.convert(row["changed"], "") for row in changes]
        bins = [row for row in told.beside if "bin" in row]
        level = self._leveling.made(told.rows, bins, max(moments, default=at.format_iso()))
        losses = (loss for row in changes for loss in clock.losses("as_of", row["changed"]))
        return level, tuple(losses)
