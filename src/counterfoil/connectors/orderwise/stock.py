"""Stock in OrderWise: what is free of each variant at each location, by an export definition."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from counterfoil.connectors.orderwise.client import Client
from counterfoil.connectors.orderwise.fields import columns_of
from counterfoil.kit.api.queried import Site
from counterfoil.kit.api.readback import Row, text
from counterfoil.kit.api.reading import reading_of
from counterfoil.kit.api.row_source import Changes, RowSource
from counterfoil.kit.connector import Reading
from counterfoil.kit.formats import strict_json
from counterfoil.kit.mark import made
from counterfoil.mapping.unit import EACH
from counterfoil.model.stock import Stock
from counterfoil.values.clock import Instant
from counterfoil.values.errors import CounterfoilError
from counterfoil.values.quantity import exact

CF_STOCK: Final = columns_of("definitions/CF_STOCK.sql")
_SAID: Final = ("sku", "locationId", "freeStock", "overallStock", "unit")
"""What a level says; when it was calculated tells when to look, and nothing of what there is."""


class StockSource(RowSource[Stock]):
    """Levels of one connection, each as old as the answer that told it."""

    def asked_by(self, keys: Sequence[str]) -> Sequence[str]:
        """The variant codes: a key is one of them, and the id of a location."""
        return sorted({key.rpartition("@")[0] for key in keys})

    def reading(self, value: object, at: Instant, source: bytes) -> Reading[Stock]:
        """The level of a row, or the reason why there is none."""
        row = strict_json.convert(value, Row)
        source = strict_json.encode({name: row.get(name) for name in _SAID})
        try:
            return reading_of(_level(row, at), source)
        except CounterfoilError as problem:
            key = f"{text(row.get('sku'))}@{text(row.get('locationId'))}"
            return Reading(key=key, number=key, version=at, problem=problem, source=source)


def _level(row: Row, at: Instant) -> Stock:
    """The level of a row. Raises `Hold` for a quantity that is none."""
    free, overall = exact(row["freeStock"]), row["overallStock"]
    promised = None if overall is None else exact(overall) - free
    return Stock(
        sku=text(row["sku"]),
        place=text(row["locationId"]),
        as_of=made(at),
        on_hand=free,
        meaning="sellable",
        allocated=promised if promised is not None and promised >= 0 else None,
        unit=text(row["unit"]).lower() or EACH,
    )


def source(client: Client, site: Site) -> StockSource:
    """The levels of one connection, which are counted as they stand."""
    ask = client.query(CF_STOCK, "stock_definition")
    return StockSource(Changes(ask, "@skus", "calculatedAt", as_asked=True), None, site)
