"""Despatches of a route: what left by the source's own book, what was told by the target's.

Between the two stand only the records, which say of each difference who knows of it.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence

from msgspec.structs import replace

from counterfoil.ledger.account import NEEDS_A_PERSON, State
from counterfoil.rehearse.cast.book import Booked
from counterfoil.rehearse.cast.despatch import Known, by_order, known_by, pieces_of
from counterfoil.rehearse.cast.twin import Despatched
from counterfoil.rehearse.demo.books import AS_SENT, Books, Tally, due


def told(
    sent: Sequence[Despatched], telling: Sequence[Despatched], states: Mapping[str, State]
) -> Books:
    """The books of one route; `states` is where the journal has each despatch, by its source's key.

    `missing` should have been told and were not; `twice` were told and nobody knows of them;
    `strays` are of an order of which nothing left.
    """
    pieces, untold = Tally(), list[str]()
    missing = twice = 0
    told_by_order, voids = by_order(telling), defaultdict[str, list[Known]](list)
    for row in sent:
        if row.void and states.get(row.key) in NEEDS_A_PERSON:
            voids[row.order].append(known_by(row))
    for order, rows in by_order(sent).items():
        telling_left = Counter(map(known_by, told_by_order.pop(order, [])))
        held_goods = voids[order]
        for row in rows:
            goods, state = known_by(row), states.get(row.key)
            is_there = telling_left[goods] > 0
            telling_left[goods] -= is_there
            count = sum(row.pieces.values())
            pieces.add(count, count if is_there else None, state)
            missing += not is_there and due(state) and state is not State.DRIFTED
            if state not in AS_SENT:
                held_goods.append(goods)
                untold += [row.key] * (not is_there)
        # What a person knows of may be there as it was told last.
        extra = +telling_left
        twice += extra.total() if pieces_of(extra.elements()) - pieces_of(held_goods) else 0
    strays = sum(map(len, told_by_order.values()))
    return Books({}, pieces.pieces, strays, missing, twice, tuple(untold))


def of_orders(
    despatches: Sequence[Despatched], orders: Sequence[Booked], prefix: str = ""
) -> list[Despatched]:
    """Despatches by the keys that the one who is told has for its orders: `orders` are its own."""
    keys = {order.reference: order.key for order in orders}
    return [
        Despatched(
            despatch.key,
            keys.get(despatch.order.removeprefix(prefix), despatch.order.removeprefix(prefix)),
            *(despatch.pieces, despatch.tracking, despatch.void, despatch.changed_s),
        )
        for despatch in despatches
    ]


def of_products(despatches: Iterable[Despatched], keys: Mapping[str, str]) -> list[Despatched]:
    """Despatches with their goods by what each stock code means, or is where it means nothing."""
    rows: list[Despatched] = []
    for despatch in despatches:
        goods = Counter[str]()
        for sku, pieces in despatch.pieces.items():
            goods[keys.get(sku, sku)] += pieces
        rows.append(replace(despatch, pieces=goods))
    return rows


def sent_beyond(despatches: Sequence[Despatched], orders: Sequence[Booked]) -> int:
    """Pieces that left beyond what was ordered, by one system's own books; whatever they are called
    by now."""
    ordered = Counter[str]()
    for order in orders:
        ordered[order.reference] += sum(order.units.values())
    return sum(
        max(0, pieces_of(map(known_by, rows)).total() - ordered[order])
        for order, rows in by_order(despatches).items()
    )
