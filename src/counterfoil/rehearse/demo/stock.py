"""Pools, by the twins' own books: what a channel shows against what the formula makes of them.

pool = what is free at its places - what was sold there and its master does not have yet
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import NamedTuple

from counterfoil.flows.route import HOUSE
from counterfoil.ledger.account import State
from counterfoil.rehearse.cast.book import Booked, Level
from counterfoil.rehearse.cast.estates import Way
from counterfoil.rehearse.demo.books import AS_SENT, Books, Pieces

_PIECE = 1000


class Sold(NamedTuple):
    """What was sold from a channel, by SKU in pieces: what the levels' master does not have, by its
    own book; and what it has, and the journal does not know for certain that it does."""

    pipe: Counter[str]
    unsure: Counter[str]


def to_masters(ways: Mapping[str, Way]) -> dict[str, Way]:
    """The routes by which what is sold from a channel reaches who counts its levels; who only keeps
    books of it takes no goods."""
    masters = {way.source for way in ways.values() if way.document == "stock"} - {HOUSE}
    channels = {way.target for way in ways.values() if way.document == "stock"} - {HOUSE}
    return {
        name: way
        for name, way in ways.items()
        if way.document == "order" and way.target in masters and way.source in channels
    }


def sold(
    orders: Iterable[Booked], references: Collection[str], prefix: str, states: Mapping[str, State]
) -> Sold:
    """What the orders of a channel take; `references` are all that the master has. What is left out
    for good takes nothing."""
    pipe, unsure = Counter[str](), Counter[str]()
    for order in orders:
        state = states.get(order.key)
        if f"{prefix}{order.key}" not in references:
            pipe.update({} if state is State.EXCLUDED else order.units)
        elif state not in AS_SENT:
            unsure.update(order.units)
    return Sold(pipe, unsure)


def free(
    counted: Iterable[tuple[Level, Mapping[str, str]]], places: Collection[str]
) -> tuple[dict[str, int], set[str]]:
    """What is free at these places of ours, by SKU in thousandths; and the SKUs that lie anywhere
    that nobody has mapped. Each level comes with the map of its route."""
    sums, blocked = defaultdict[str, int](int), set[str]()
    for level, mapped in counted:
        place = mapped.get(level.place) if mapped else level.place
        if place is None:
            blocked.add(level.sku)
        elif place in places:
            sums[level.sku] += level.free
    return dict(sums), blocked


def shown(
    free_by_sku: Mapping[str, int],
    shows: Sequence[Level],
    sold_by_sku: Sold,
    trouble: Collection[str],
) -> tuple[Books, int]:
    """The books of one pool, and how many pieces more it shows than there are; `trouble` are SKUs
    of which a person knows. What the house cannot be sure of may be kept back."""
    source = target = in_hand = difference = excess = 0
    for level in shows:
        stands = free_by_sku.get(level.sku, 0) - sold_by_sku.pipe[level.sku] * _PIECE
        most = max(0, stands // _PIECE)
        least = max(0, most - sold_by_sku.unsure[level.sku])
        pieces = max(0, level.free // _PIECE)
        source, target = source + most, target + pieces
        if level.sku in trouble:
            in_hand += most - pieces
            continue
        excess += max(0, pieces - most)
        difference += max(0, pieces - most, least - pieces)
    return Books({}, Pieces(source, target, 0, in_hand, difference)), excess
