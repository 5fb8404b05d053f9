"""A stock level of the rows in which a warehouse tells what lies where, and what of it is free."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Final

import msgspec

from counterfoil.mapping.convert import identity
from counterfoil.mapping.field import Field, Table
from counterfoil.mapping.mapper import Mapper
from counterfoil.mapping.valuemap import ValueMap
from counterfoil.model.stock import Stock
from counterfoil.values.errors import Hold
from counterfoil.values.quantity import exact

Row = Mapping[str, str]

SELLS: Final = "sells"
"""What a value map makes of a kind of bin whose stock may be sold; of every other it may not."""


class Level(msgspec.Struct, frozen=True):
    """One row: amounts in the item's own unit, exact and with their sign; `available` is what of
    them is neither promised nor put aside."""

    sku: str
    place: str
    on_hand: Decimal
    allocated: Decimal
    available: Decimal


def _exact(value: object, currency: str) -> Decimal:
    return exact(value)


class Leveling:
    """Makes levels of rows whose columns are called as the fields of `Level`; `bins` says which
    kinds of bins sell, where a warehouse tells its bins apart."""

    def __init__(self, name: str, bins: ValueMap | None) -> None:
        texts = ("sku", "place")
        names = Level.__struct_fields__
        entries = [Field(name, name, identity if name in texts else _exact) for name in names]
        self._mapper = Mapper(Table(name, entries, Level))
        self._bins = bins

    def made(self, rows: Sequence[Row], bins: Sequence[Row], as_of: str) -> Stock:
        """One level as it was at a moment (ISO 8601, UTC); the rows of its `bins` have a `bin`, a
        `kind` and a `count`.

        Raises `Hold` where a cell is not what it should be, and with the code "unmapped-bin" where
        nobody said whether a kind of bin sells.
        """
        levels = [self._mapper.run(row, "") for row in rows]
        on_hand, allocated, available = (
            sum((getattr(level, name) for level in levels), Decimal())
            for name in ("on_hand", "allocated", "available")
        )
        aside = on_hand - allocated - available if self._bins is None else self._kept(bins)
        return Stock(
            sku=levels[0].sku,
            place=levels[0].place,
            as_of=as_of,
            on_hand=on_hand,
            meaning="physical",
            allocated=allocated,
            quarantined=aside,
        )

    def _kept(self, bins: Sequence[Row]) -> Decimal:
        """What lies in bins from which nothing is sold."""
        pieces = Decimal()
        for row in bins:
            count = exact(row["count"])
            pieces += count if self._sells(row) != SELLS else 0
        return pieces

    def _sells(self, row: Row) -> str:
        assert self._bins is not None
        try:
            return self._bins.look_up(row["kind"])
        except Hold as error:
            raise Hold(
                f"{row['count']} of {row['sku']} lie in bin {row['bin']!r} of the kind"
                f" {row['kind']!r}, and nobody has said whether such bins sell.",
                do=f"Say it in the value map {self._bins.name}, and have the level read again.",
                where=error.where,
                code="unmapped-bin",
            ) from None
