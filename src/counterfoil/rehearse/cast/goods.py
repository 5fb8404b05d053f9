"""What a rehearsal asks of vendors that store goods, say what there is to sell, or offer it.

Neutral, as `cast/twin.py` is: no path, no table and no field of a vendor's.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol

import msgspec


class Level(msgspec.Struct, frozen=True):
    """What is free of a SKU at one of a vendor's places, in thousandths of a unit."""

    sku: str
    place: str
    unit: str
    free: int


class Offering(Protocol):
    """A vendor that sells what stands on its shelf, by SKU in pieces."""

    def offer(self, skus: Iterable[str]) -> None:
        """Let it sell these, of which it has none yet."""
        ...

    def shows(self) -> Mapping[str, int]:
        """What it shows to its customers."""
        ...


class Storing(Protocol):
    """A vendor that counts what stands in its stores, by SKU in thousandths of a unit."""

    def put(self, sku: str, thousandths: int, unit: str = "", *, elsewhere: bool = False) -> None:
        """Let so much be free of it, counted in `unit`; `elsewhere`: in a bin of which nobody has
        said to which place it belongs."""
        ...

    def move(self, sku: str, by: int) -> None:
        """So much more comes in, or is found missing."""
        ...

    def rename(self, sku: str, other: str) -> None:
        """Somebody calls it otherwise."""
        ...

    def levels(self) -> Sequence[Level]:
        """What is free, wherever it stands."""
        ...


class Article(msgspec.Struct, frozen=True):
    """A product (`parent`), or a variant of one, as a twin has it; None: it does not say.

    `price` is a plain decimal, `changed_s` the moment of the last change in seconds since 1970.
    `marks` are fields that somebody filled by hand and that nothing else writes.
    """

    key: str
    parent: bool
    for_sale: bool
    title: str
    changed_s: int = 0
    description: str = ""
    sku: str = ""
    barcode: str = ""
    price: str | None = None
    weight_g: int | None = None
    hs_code: str = ""
    origin: str = ""
    marks: str = ""


class Mastering(Protocol):
    """A vendor that says what there is to sell. A key is its own number of a product or variant."""

    def make(self, code: str, title: str, of: str = "") -> str:
        """Somebody enters a product, or a variant of one: its key."""
        ...

    def edit(self, key: str, **fields: str | int) -> None:
        """Somebody changes fields of an `Article`; without any it is saved again."""
        ...

    def end(self, key: str, into: str = "") -> None:
        """A variant is sold no more; `into`: it lives on as another one."""
        ...

    def revive(self, key: str) -> None:
        """It is sold once more."""
        ...

    def kit(self, key: str, parts: Mapping[str, int]) -> None:
        """A variant is made of so many of each of these; of none: no more."""
        ...

    def articles(self) -> Sequence[Article]:
        """Everything, the oldest first."""
        ...


class Listed(Protocol):
    """A vendor that sells products which another masters, by that one's keys."""

    def listed(self) -> Sequence[Article]:
        """Everything that bears somebody's key, the oldest first."""
        ...

    def add_by_hand(self, title: str, key: str) -> None:
        """Somebody makes a product here, under a key of another system's."""
        ...

    def mark_by_hand(self, key: str, text: str) -> None:
        """Somebody fills a field that nobody else writes, of a product that is here."""
        ...
