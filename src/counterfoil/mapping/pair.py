"""Prices that a vendor writes twice, with tax and without: one side was agreed, the other is
reckoned from it, and only the agreed one is exact.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

import msgspec

from counterfoil.mapping.field import REQUIRED, Field, Part, Table
from counterfoil.mapping.fine import fine
from counterfoil.values.errors import Hold


class Pair(msgspec.Struct, frozen=True, kw_only=True):
    """One fine amount with tax (`inc`) and without (`ex`), and the tax that is told beside them."""

    inc: int = 0
    ex: int = 0
    tax: int = 0

    def side(self, inclusive: bool) -> int:
        """The amount with its tax, or without."""
        return self.inc if inclusive else self.ex


def pair(required: Collection[str] = (), **names: str) -> Part:
    """An entry of a table: the pair of an object's own members, by side ("inc", "ex", "tax").

    A side that is absent is nothing, unless it is `required`.
    """
    fields = [
        Field(side, name, fine, REQUIRED if side in required else 0) for side, name in names.items()
    ]
    return Part("", "", Table("pair", fields, Pair))


def agreed_side(prices: Iterable[tuple[int, Pair]], number: str, where: str) -> bool:
    """Whether an order's prices were agreed with tax in them, by base prices that are the same as
    one side; `where` is the place that should have said so.

    Raises `Hold` (code "tax-side") where no price tells it, or they contradict each other.
    """
    sides = {
        base == price.inc
        for base, price in prices
        if price.ex != price.inc and base in (price.ex, price.inc)
    }
    if len(sides) != 1:
        raise Hold(
            f"Order {number} does not say whether its prices were agreed with tax or without.",
            do="Enter it by hand and set this one aside.",
            where=where,
            code="tax-side",
        )
    return sides.pop()
