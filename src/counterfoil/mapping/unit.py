"""Units of measure: what a case holds, exactly, and a quantity said in another unit."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Final

import msgspec

from counterfoil.values.errors import Hold

EACH: Final = "each"
"""The unit of a single piece: what channels sell and count in."""


class Pack(msgspec.Struct, frozen=True):
    """How many pieces one unit holds, as a ratio of whole numbers: a case of 12 is 12 / 1."""

    unit: str
    pieces: int
    of: int = 1

    @property
    def ratio(self) -> Fraction:
        """Pieces in one unit."""
        return Fraction(self.pieces, self.of)


class Packs(msgspec.Struct, frozen=True):
    """The units of one SKU as they were at one moment.

    `version` names the state of them: a record that was counted in one version is never read in
    another.
    """

    sku: str
    version: str
    units: Mapping[str, Pack] = {}

    def in_pieces(self, amount: Decimal, unit: str) -> Decimal:
        """`amount` of `unit` in pieces, exactly; a part of a piece is kept.

        Raises `Hold`: "unknown-unit", or "not-exact" where no decimal says it.
        """
        if unit == EACH:
            return amount
        return _decimal(Fraction(amount) * self._pack(unit).ratio, self.sku)

    def whole(self, pieces: int, unit: str) -> int:
        """`pieces` in whole units. Raises `Hold`: "unknown-unit", or "not-whole"."""
        if unit == EACH:
            return pieces
        pack = self._pack(unit)
        units = Fraction(pieces) / pack.ratio
        if units.denominator != 1:
            raise Hold(
                f"{pieces} of {self.sku} are no whole number of {unit} ({pack.ratio} each).",
                do="Correct the quantity, or what the unit holds, then send it again.",
                code="not-whole",
            )
        return units.numerator

    def _pack(self, unit: str) -> Pack:
        pack = self.units.get(unit)
        if pack is None or pack.pieces < 1 or pack.of < 1:
            raise Hold(
                f"Nobody says how many pieces {unit!r} of {self.sku} holds.",
                do=f"Say it in the product's units, then send it again: {unit!r} = pieces.",
                code="unknown-unit",
            )
        return pack


def _decimal(amount: Fraction, sku: str) -> Decimal:
    """The fraction as a plain decimal. Raises `Hold` ("not-exact") where six places do not do."""
    millionths = amount * 10**6
    if millionths.denominator != 1:
        raise Hold(
            f"{amount} pieces of {sku} have no exact decimal.",
            do="Give the unit's size as a ratio that comes out even.",
            code="not-exact",
        )
    return Decimal(millionths.numerator).scaleb(-6).normalize()
