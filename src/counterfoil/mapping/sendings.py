"""What a shop was told of an order's goods, where nothing it keeps carries a reference of ours.

One despatch is known by its goods and its tracking numbers. Of goods at several places a shop is
told in several parts, which are one despatch.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Final

import msgspec

from counterfoil.mapping.despatched import goods_of
from counterfoil.mapping.lots import Lot
from counterfoil.model.fulfilment import Fulfilment
from counterfoil.values.digest import canonical, digest
from counterfoil.values.errors import Hold

MOVED: Final = "Change it at the shop by hand, then set this record aside."


class Follow(msgspec.Struct, frozen=True):
    """How one parcel is followed."""

    number: str | None = None
    url: str | None = None
    company: str | None = None


class Sending(msgspec.Struct, frozen=True):
    """One despatch, or a part of one, that the shop has: pieces by SKU, and from which place."""

    id: str
    name: str
    status: str
    place: str
    pieces: dict[str, int]
    tracking: tuple[Follow, ...] = ()

    @property
    def numbers(self) -> list[str]:
        """The tracking numbers, in the sequence of the parcels."""
        return numbers_of(self.tracking)

    def mark(self, *, beside: bool = False) -> str:
        """By what it is known; `beside` others of the same despatch by its place too."""
        return mark(self.pieces, self.numbers, self.place if beside else "")


class There(msgspec.Struct, frozen=True):
    """What the shop holds of one order: what is left to be sent, and what was told; `name` is what
    people call it, "" where there is none."""

    name: str
    lots: tuple[Lot, ...] = ()
    told: tuple[Sending, ...] = ()

    def of(self, identity: str) -> Sending | None:
        """The despatch of this id."""
        return next((sending for sending in self.told if sending.id == identity), None)


def numbers_of(tracking: Sequence[Follow]) -> list[str]:
    """The numbers by which parcels are followed."""
    return [parcel.number for parcel in tracking if parcel.number]


def mark(pieces: Mapping[str, int], numbers: list[str], place: str = "") -> str:
    """By what goods and tracking numbers a despatch is known, and from where, if that is said."""
    goods = {sku: count for sku, count in pieces.items() if count}
    return digest(canonical([goods, numbers, place])).hex()[:16]


def pieces_in(parts: Sequence[Sending]) -> dict[str, int]:
    """The pieces of all these parts, by SKU."""
    goods: Counter[str] = Counter()
    for part in parts:
        goods.update(part.pieces)
    return dict(goods)


def check_untold(document: Fulfilment, numbers: list[str], present: There, ended: str) -> None:
    """Raise `Hold` where the same parcels were told already, by whomever; not what has the status
    `ended`."""
    signs = mark(goods_of(document), numbers)
    for sending in present.told:
        if numbers and sending.status != ended and sending.mark() == signs:
            raise Hold(
                f"Despatch {document.number} is at the shop already, as {sending.name}.",
                do="Look at it there; where it is this one, set this record aside with a reason.",
                code="already-told",
            )


def same_goods(document: Fulfilment, identity: str, present: There, most: int) -> list[Sending]:
    """What was told of the document, in at most so many parts: what has this id first, then what
    was told with it of goods at other places. Raises `Hold` where that is not there, or is of other
    goods."""
    first = present.of(identity)
    beside = [
        sending
        for sending in present.told
        if first
        and sending.numbers == first.numbers
        and sending.status == first.status
        and sending.place != first.place
    ]
    for parts in ([first], [first, *beside]) if first else ():
        if pieces_in(parts) == goods_of(document) and len(parts) <= most:
            return parts
    what = "is of other goods than" if first else "is not"
    raise Hold(
        f"What the shop has as {identity} {what} despatch {document.number}, so it is not changed.",
        do=MOVED,
        code="changed-after-sent",
    )
