"""Despatches, as a site's own report of packages tells them; the built-in summary counts them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from msgspec.structs import replace

from counterfoil.connectors.peoplevox.site import ITEMS, KEY, Site
from counterfoil.kit.api.reported import Changed, Told, grouped
from counterfoil.kit.api.reports import Reporting
from counterfoil.kit.connector import Listed
from counterfoil.kit.formats import linq
from counterfoil.mapping.losses import Loss
from counterfoil.mapping.packed import Despatching, besides
from counterfoil.model.fulfilment import Fulfilment
from counterfoil.values.clock import Instant

_DONE: Final = ("Despatched", "0")
_LINE: Final = {"sku": "ItemCode", "wanted": "QuantityOrdered"}


class Despatches(Changed[Fulfilment]):
    """`kit.api.reported.Reports` of despatches."""

    def __init__(self, reporting: Reporting, site: Site) -> None:
        super().__init__(reporting, "packages", ("moved", "tracked"), "despatch", "DespatchNumber")
        self._site = site
        self._despatching = Despatching("peoplevox.packages", reporting.clock)

    async def whole(self, names: Sequence[str]) -> Sequence[Told]:
        """Each despatch; beside the last one of an order of which nothing more is sent, what was
        wanted and what else was sent."""
        named = await self._reporting.under("packages", "despatch", names)
        orders = sorted({row["order"] for row in named if linq.sayable(row["order"])})
        rows = await self._reporting.under("packages", "order", orders)
        rows += [row for row in named if row["order"] not in orders]
        rows.sort(key=lambda row: (self._reporting.clock.sequence(row["moved"]), row["despatch"]))
        done = (row for row in rows if (row["standing"], row["partial"]) == _DONE)
        last = {row["order"]: row["despatch"] for row in done}
        lines = grouped(await self._site.rows(ITEMS, last), KEY)
        ordered = {
            order: [{ours: line.get(theirs, "") for ours, theirs in _LINE.items()} for line in mine]
            for order, mine in lines.items()
        }
        beside = besides(rows, last, ordered)
        return [
            Told(key, mine, beside.get(key, []))
            for key, mine in grouped(rows, "despatch").items()
            if key in names
        ]

    def document(self, told: Told, at: Instant) -> tuple[Fulfilment, tuple[Loss, ...]]:
        """One despatch; void where nothing tells of it. Raises `Hold` for an unreadable cell."""
        despatch, losses = self._despatching.made(told.key, told.rows, told.beside)
        if told.void:
            despatch = replace(despatch, status="void", updated=told.void)
        return despatch, losses

    async def counted(self, start: Instant, end: Instant) -> Sequence[Listed]:
        """Every despatch of the summary, with its pieces."""
        rows = await self._reporting.within("despatches", ["moved"], start, end)
        return self.events(rows, "despatch", "moved", "quantity", start)
