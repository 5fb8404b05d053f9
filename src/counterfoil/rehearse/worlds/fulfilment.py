"""Despatches in a world: what must be true of everything that left the warehouse.

Asked of the two twins' own books: what the warehouse sent, and what the shop was told. Between them
stand only the records, which say of each difference who knows of it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

import msgspec

from counterfoil.rehearse.cast.despatch import Known, by_order, known_by, pieces_of
from counterfoil.rehearse.cast.twin import Despatched
from counterfoil.rehearse.worlds.arrival import all_here
from counterfoil.rehearse.worlds.snapshot import Snapshot
from counterfoil.rehearse.worlds.stock import first_name
from counterfoil.rehearse.worlds.verdict import Check, Verdict

_AT_TARGET = (4, 5)  # delivered, confirmed
_EXCLUDED, _SUPERSEDED = 10, 12
_KNOWN = {6, 7, 8, 9, _EXCLUDED, 13}
"""Drifted, in doubt, held, refused, left out, waiting: somebody is told, or a rule says so."""


def _f1_nothing_lost(snapshot: Snapshot, verdict: Verdict) -> Iterator[str]:
    """Every despatch of the warehouse is here, in its newest version, and nothing else is."""
    changed_s = {despatch.key: despatch.changed_s for despatch in snapshot.despatches}
    return all_here(snapshot, verdict, "despatch", changed_s, "left no warehouse")


def _f2_told_once(snapshot: Snapshot, verdict: Verdict) -> Iterator[str]:
    """Each despatch that nobody holds was told once, with its goods and its tracking numbers; one
    that was made void is told of no more. Whatever else the shop was told somebody knows of."""
    standing = {key: row["state"] for key, row in snapshot.deciding().items()}
    told_by_order = _by_order(snapshot.told)
    for order, sent in _by_order(snapshot.despatches).items():
        sending = Counter(map(known_by, told_by_order.pop(order, [])))
        owed = Counter(
            known_by(despatch) for despatch in sent if standing.get(despatch.key) in _AT_TARGET
        )
        # What a person knows of may be there as it was told last, or not at all.
        numbers_known = [despatch for despatch in sent if standing.get(despatch.key) in _KNOWN]
        for what, count in (owed - sending).items():
            verdict.losses += count
            yield f"of order {order} the shop was not told of {_said(what)}"
        extra = sending - owed
        if pieces_of(extra.elements()) - pieces_of(map(known_by, numbers_known)):
            verdict.undetected += extra.total()
            yield f"of order {order} the shop was told of {[*map(_said, extra)]}, and nobody knows"
    for order in sorted(told_by_order):
        verdict.undetected += 1
        yield f"of order {order} the shop was told, and nothing left"


def _f3_not_more_than_ordered(snapshot: Snapshot, verdict: Verdict) -> Iterator[str]:
    """Of no stock code more was told than was ever ordered."""
    for order, sending in _by_order(snapshot.told).items():
        sold = snapshot.sold.get(order)
        ordered: Counter[str] = Counter()
        for line in sold.sale.lines if sold else ():
            ordered[line.sku] += line.quantity
        sent: Counter[str] = Counter()
        for despatch in sending:
            sent.update(despatch.pieces)
        if sent - ordered:
            yield f"of order {order} {dict(sent - ordered)} more were told than ordered"


def _f4_tracking_is_the_warehouses(snapshot: Snapshot, verdict: Verdict) -> Iterator[str]:
    """No number is told that is not the warehouse's for that order, unless somebody knows of what
    was told by then."""
    numbers = {
        (despatch.order, number) for despatch in snapshot.despatches for number in despatch.tracking
    }
    standing = {key: row["state"] for key, row in snapshot.deciding().items()}
    numbers_known = {
        despatch.order for despatch in snapshot.despatches if standing.get(despatch.key) in _KNOWN
    }
    for despatch in snapshot.told:
        strange = [
            number for number in despatch.tracking if (despatch.order, number) not in numbers
        ]
        if strange and not despatch.void and despatch.order not in numbers_known:
            verdict.undetected += 1
            yield f"of order {despatch.order} the shop was told {strange}, which is nobody's"


def _f5_what_is_called_told_is_there(snapshot: Snapshot, verdict: Verdict) -> Iterator[str]:
    """What is called delivered is among what the shop was told, by what it calls it."""
    sending = {despatch.key for despatch in snapshot.told}
    identities = {row["subject"]: row["identity"] for row in snapshot.tables["thread"]}
    for key, rows in snapshot.versions().items():
        for row in rows:
            identity = identities.get(row["subject"])
            if row["state"] in _AT_TARGET and identity not in sending:
                verdict.losses += 1
                yield f"despatch {key} is called told, and the shop has no {identity}"


# --- how it is asked ---


def _by_order(despatches: Sequence[Despatched]) -> dict[str, list[Despatched]]:
    """What was not made void, by order, each stock code by the first name that it had."""
    rows: list[Despatched] = []
    for despatch in despatches:
        goods = Counter[str]()
        for sku, count in despatch.pieces.items():
            goods[first_name(sku)] += count
        rows.append(msgspec.structs.replace(despatch, pieces=goods))
    return by_order(rows)


def _said(what: Known) -> str:
    goods, numbers = what
    return f"{dict(goods)} ({', '.join(numbers) or 'no number'})"


TOLD: tuple[Check, ...] = (
    _f1_nothing_lost,
    _f2_told_once,
    _f3_not_more_than_ordered,
    _f4_tracking_is_the_warehouses,
    _f5_what_is_called_told_is_there,
)
