"""Despatches as two twins have them: neither end keeps a name of the other's for one.

What left and what was told are the same where their order, their goods and their tracking numbers
are.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence

from counterfoil.rehearse.cast.twin import Despatched

Known = tuple[tuple[tuple[str, int], ...], tuple[str, ...]]
"""By what a despatch of an order is known: pieces by stock code, and tracking numbers."""


def by_order(despatches: Sequence[Despatched]) -> dict[str, list[Despatched]]:
    """What was not made void, by order; what is followed by the same numbers is one despatch, from
    however many places it was told."""
    rows_by_order: dict[str, dict[object, Despatched]] = defaultdict(dict)
    for despatch in despatches:
        if despatch.void:
            rows_by_order.setdefault(despatch.order, {})
            continue
        number = despatch.tracking or despatch.key
        before = rows_by_order[despatch.order].get(number)
        pieces = Counter(before.pieces if before else {}) + Counter(despatch.pieces)
        rows_by_order[despatch.order][number] = Despatched(
            despatch.key, despatch.order, pieces, despatch.tracking, False, despatch.changed_s
        )
    return {order: [*rows.values()] for order, rows in rows_by_order.items()}


def known_by(despatch: Despatched) -> Known:
    """By what a despatch of an order is known."""
    return tuple(sorted(despatch.pieces.items())), despatch.tracking


def pieces_of(despatches: Iterable[Known]) -> Counter[str]:
    """The pieces of several, by stock code."""
    pieces: Counter[str] = Counter()
    for goods, _ in despatches:
        pieces.update(dict(goods))
    return pieces
