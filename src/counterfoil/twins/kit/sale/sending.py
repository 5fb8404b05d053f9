"""What befalls the goods of an order at the shop: they leave, did not after all, or are moved."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec.structs import replace

from counterfoil.twins.kit.sale.despatch import Assignment, Despatch, Tracking
from counterfoil.twins.kit.sale.life import Change, closed
from counterfoil.twins.kit.sale.order import Order, items, placed
from counterfoil.twins.kit.sale.parcel import assignments
from counterfoil.twins.world import Place


def left(lots: Mapping[int, Mapping[int, int]], tracking: tuple[Tracking, ...]) -> Change:
    """So many units of each line have left, by the number of the assignment that sent them."""

    def change(order: Order, now_s: int) -> Order:
        rows = [
            row.moved(lots[row.number], gone=1) if row.number in lots else row
            for row in assignments(order)
        ]
        rows = [replace(row, closed=row.closed or not row.remainder) for row in rows]
        of = tuple(
            (lot, line, count) for lot, units in lots.items() for line, count in units.items()
        )
        despatch = Despatch(len(order.despatches) + 1, of, now_s, now_s, tracking)
        sent = _counted(order, despatch.units, 1)
        after = replace(
            order, assignments=tuple(rows), despatches=(*order.despatches, despatch), sent=sent
        )
        return closed(after, now_s)

    return change


def followed(number: int, tracking: tuple[Tracking, ...]) -> Change:
    """A despatch is followed otherwise; also one that was cancelled (live)."""

    def change(order: Order, now_s: int) -> Order:
        return _with(order, number, tracking=tracking, updated_s=now_s)

    return change


def taken_back(number: int) -> Change:
    """A despatch did not leave after all: what its assignment has closed for comes as another one,
    with a number of its own (live); and the order is open again."""

    def change(order: Order, now_s: int) -> Order:
        despatch = order.despatches[number - 1]
        if despatch.cancelled:
            return order
        rows = assignments(order)
        for lot in dict.fromkeys(lot for lot, _, _ in despatch.of):
            units = {line: count for of, line, count in despatch.of if of == lot}
            place = next(place for place, row in enumerate(rows) if row.number == lot)
            rows[place] = rows[place].moved(units, gone=-1)
            if rows[place].closed:
                anew = tuple((line, count, 0) for line, count in units.items())
                rows.append(replace(rows[place], number=len(rows) + 1, units=anew, closed=False))
        after = replace(
            order,
            assignments=tuple(rows),
            sent=_counted(order, despatch.units, -1),
            closed_s=0,
        )
        return _with(after, number, cancelled=True, updated_s=now_s)

    return change


def reassigned(number: int, units: Mapping[int, int], place: Place) -> Change:
    """Another place is to send a part of an assignment, which has a number of its own then."""

    def change(order: Order, now_s: int) -> Order:
        rows = assignments(order)
        index = next(index for index, row in enumerate(rows) if row.number == number)
        if any(rows[index].left(line) < count for line, count in units.items()):
            return order
        lot = tuple((line, count, 0) for line, count in units.items())
        rows[index] = rows[index].moved(units, asked=-1)
        rows.append(Assignment(len(rows) + 1, rows[index].service, lot, place=place))
        return replace(order, assignments=tuple(rows))

    return change


def put_on_hold(number: int, *, on_hold: bool = True) -> Change:
    """Nothing of an assignment may leave for now; or it may again."""

    def change(order: Order, now_s: int) -> Order:
        rows = (
            replace(row, on_hold=on_hold) if row.number == number else row
            for row in assignments(order)
        )
        return replace(order, assignments=tuple(rows))

    return change


def _counted(order: Order, units: Mapping[int, int], by: int) -> tuple[int, ...]:
    return tuple(
        placed(order.sent, item.position) + by * units.get(item.position, 0)
        for item in items(order)
    )


def _with(order: Order, number: int, **changes: object) -> Order:
    despatches = [
        replace(despatch, **changes) if despatch.number == number else despatch
        for despatch in order.despatches
    ]
    return replace(order, despatches=tuple(despatches))
