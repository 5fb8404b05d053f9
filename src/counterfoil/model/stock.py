"""Stock: how much of one SKU stands at one place, in the states that its source tells apart."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Final, Literal

import msgspec

from counterfoil.model.document import Measure, Ref
from counterfoil.values.clock import Instant, instant
from counterfoil.values.errors import Hold
from counterfoil.values.quantity import sellable

Meaning = Literal["physical", "sellable"]
"""What a source's "on hand" is: what stands there, or what of it is still free to sell."""


class Stock(msgspec.Struct, frozen=True, omit_defaults=True):
    """One level: `on_hand` of `sku` at `place`, exact and with its sign, in `unit`.

    `allocated` is promised to orders, `quarantined` stands there and may not be sold, `incoming`
    is on its way. None: the source does not say. `as_of` is when it was so, ISO 8601 in UTC.
    """

    sku: str
    place: str
    as_of: str
    on_hand: Decimal
    meaning: Meaning
    allocated: Decimal | None = None
    quarantined: Decimal | None = None
    incoming: Decimal | None = None
    unit: str = "each"
    item: str = ""

    @property
    def key(self) -> str:
        """The SKU at its place."""
        return f"{self.sku}@{self.place}"

    @property
    def number(self) -> str:
        """What people read."""
        return f"{self.sku} at {self.place}"

    @property
    def version(self) -> Instant:
        """When it was so."""
        return instant(self.as_of)

    @property
    def born(self) -> Instant:
        """A level is of its moment."""
        return instant(self.as_of)

    @property
    def measure(self) -> Measure:
        """The whole pieces that can be sold of it."""
        return Measure(pieces=sellable(available(self)))

    @property
    def gone(self) -> bool:
        """A level is never taken back: the next one replaces it."""
        return False

    @property
    def refs(self) -> tuple[Ref, ...]:
        """The product that stands there."""
        return (Ref("product", self.sku),)

    @property
    def turn(self) -> Ref | None:
        """It follows nothing but its own earlier versions."""
        return None


_NONE: Final = Decimal(0)


def available(level: Stock) -> Decimal:
    """What of a level is free to sell, exactly, in its own unit; it may be negative.

    Where the source's "on hand" is what stands there, what is promised comes off; where it is
    sellable already, taking it off again would count it twice. What is quarantined always comes
    off, unless the source leaves it out of "sellable" itself.
    """
    if level.meaning == "sellable":
        return level.on_hand
    return level.on_hand - (level.allocated or _NONE) - (level.quarantined or _NONE)


def pool(available_pieces: Mapping[str, Decimal], in_our_pipe: int, buffer: int) -> int:
    """What a channel may show: available at its places - orders in our own pipe - buffer.

    All in pieces. Fractions are added exactly and floored once, at the end; never below zero.
    """
    return sellable(sum(available_pieces.values(), _NONE) - in_our_pipe - buffer)


def check(level: Stock) -> None:
    """Raise `Hold` ("bad-level") where what is promised or quarantined is below nothing."""
    for name in ("allocated", "quarantined", "incoming"):
        amount: Decimal | None = getattr(level, name)
        if amount is not None and amount < 0:
            raise Hold(
                f"The level of {level.number} says {amount} {name}.",
                do="Correct it at the system that counts it: the next level arrives by itself.",
                code="bad-level",
            )
