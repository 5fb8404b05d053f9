"""What is left to be sent of a sale, in lots: pieces of a SKU at a place.

What was despatched is told by SKU and pieces, never by a line's place: a shop moves, splits and
closes what it means to send, and its ids change with that.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

import msgspec

from counterfoil.model.fulfilment import Fulfilment
from counterfoil.values.errors import Hold


class Lot(msgspec.Struct, frozen=True):
    """What is left of one line of a `parcel` that a shop means to send from a place."""

    parcel: str
    line: str
    place: str
    sku: str
    left: int
    on_hold: bool = False


def pieces_of(lots: Sequence[Lot]) -> Mapping[str, int]:
    """The pieces in these lots, by SKU."""
    pieces: Counter[str] = Counter()
    for lot in lots:
        pieces[lot.sku] += lot.left
    return pieces


def picked(
    document: Fulfilment, goods: Mapping[str, int], lots: Sequence[Lot], sale: str
) -> list[Lot]:
    """The lots that these goods are told of, from one place where one has all of them; `sale` is
    what the shop calls the order. Raises `Hold` where less is left than was despatched."""
    free = [lot for lot in lots if not lot.on_hold]
    places = list(dict.fromkeys(lot.place for lot in free))
    whole = [place for place in places if _covers(free, goods, place)]
    ranked = {place: rank for rank, place in enumerate([*whole, *places][::-1])}
    free.sort(key=lambda lot: -ranked[lot.place])
    chosen: list[Lot] = []
    for sku, count in goods.items():
        missing = count
        for lot in free:
            pieces = min(missing, lot.left) if lot.sku == sku else 0
            if pieces:
                chosen.append(msgspec.structs.replace(lot, left=pieces))
                missing -= pieces
        if missing:
            raise _too_few(document, sku, count, lots, sale)
    return chosen


def by_place(document: Fulfilment, lots: Sequence[Lot], most: int) -> list[tuple[str, list[Lot]]]:
    """The lots of each place, for a shop that is told of one place's goods at once. Raises `Hold`
    for more than so many places."""
    places: dict[str, list[Lot]] = {}
    for lot in lots:
        places.setdefault(lot.place, []).append(lot)
    if len(places) > most:
        raise Hold(
            f"Despatch {document.number} is of goods at {len(places)} locations of the shop.",
            do="Enter it at the shop by hand, and set this record aside.",
            code="too-many-places",
        )
    return list(places.items())


def _covers(lots: Sequence[Lot], goods: Mapping[str, int], place: str) -> bool:
    remainder = pieces_of([lot for lot in lots if lot.place == place])
    return all(remainder.get(sku, 0) >= count for sku, count in goods.items())


def _too_few(document: Fulfilment, sku: str, count: int, lots: Sequence[Lot], sale: str) -> Hold:
    remainder = sum(lot.left for lot in lots if lot.sku == sku)
    if remainder >= count:
        return Hold(
            f"Despatch {document.number} has {count} of {sku}, and the shop has it on hold.",
            do="Release it there, then send this record again.",
            code="on-hold-there",
        )
    return Hold(
        f"Despatch {document.number} has {count} of {sku}, and {remainder} are left to be sent of"
        f" order {sale}.",
        do="Compare the order at both systems; correct the despatch at the warehouse, or set this"
        " record aside with a reason.",
        code="more-than-left",
    )
