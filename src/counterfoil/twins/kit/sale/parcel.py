"""Who sends what: an order's lines by who is to send them, and what has left, as shops tell it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple

from counterfoil.twins.kit.sale.despatch import Assignment, Despatch, Tracking
from counterfoil.twins.kit.sale.order import Item, Order, items
from counterfoil.twins.world import Place

SERVICES: Final = range(900, 1000)
"""The numbers of places that are other services'."""
APART: Final = 1000  # so many numbers an order's parts have


class Parcel(NamedTuple):
    """One assignment of an order: a fulfilment order, as shops call it."""

    order: Order
    assignment: Assignment

    @property
    def id(self) -> int:
        """The fulfilment order's own number."""
        return self.order.id * APART + self.assignment.number

    @property
    def place(self) -> Place:
        """Where it is sent from."""
        assignment = self.assignment
        if assignment.service != "manual":
            title = assignment.service.replace("-", " ").title()
            return Place(SERVICES[assignment.number], title)
        return assignment.place or self.order.sale.retail_location or Place(700, "Warehouse")

    @property
    def status(self) -> str:
        """Whether anything is still to be sent; of a cancelled order nothing is (live)."""
        assignment = self.assignment
        if assignment.closed or self.order.cancelled_s or not assignment.remainder:
            return "CLOSED"
        if assignment.on_hold:
            return "ON_HOLD"
        return "IN_PROGRESS" if any(gone for _, _, gone in assignment.units) else "OPEN"


class Share(NamedTuple):
    """One line in a fulfilment order: how many of it were asked, and how many are left."""

    parcel: Parcel
    item: Item
    asked: int
    left: int

    @property
    def id(self) -> int:
        """Its own number."""
        return self.item.id * APART + self.parcel.assignment.number


class Sent(NamedTuple):
    """Units of one line that have left together."""

    consignment: Consignment
    item: Item
    sent: int

    @property
    def id(self) -> int:
        """The order line's own number, as a message tells it."""
        return self.item.id

    @property
    def row_id(self) -> int:
        """Its own number."""
        return self.consignment.id * APART + self.item.position


class Consignment(NamedTuple):
    """What has left of an order at once; `legacy` what a service sent of which no more is known."""

    order: Order
    number: int
    service: str
    units: Mapping[int, int]
    legacy: bool = True
    tracking: tuple[Tracking, ...] = ()
    cancelled: bool = False
    created_s: int = 0
    updated_s: int = 0
    place: Place | None = None

    @property
    def id(self) -> int:
        """Its own number."""
        return self.order.id * (10 if self.legacy else APART) + self.number

    @property
    def name(self) -> str:
        """What it is called (both forms are live)."""
        return f"{self.order.name}{'.' if self.legacy else '-F'}{self.number}"

    @property
    def sent_items(self) -> list[Sent]:
        """The lines of which anything left with it."""
        return [Sent(self, items(self.order)[index], count) for index, count in self.units.items()]

    @property
    def rest_status(self) -> str:
        """REST: success, or cancelled."""
        return "cancelled" if self.cancelled else "success"

    @property
    def status(self) -> str:
        """GraphQL: SUCCESS, or CANCELLED with two L (live)."""
        return "CANCELLED" if self.cancelled else "SUCCESS"

    @property
    def shown_status(self) -> str:
        """What people see: FULFILLED, or CANCELED with one L (live)."""
        return "CANCELED" if self.cancelled else "FULFILLED"


def assignments(order: Order) -> list[Assignment]:
    """Who is to send what of an order as it is now: one for each service, until something was moved
    or left; nobody sends a tip. What edits took out is taken from the last of them, and what they
    added is another's (live)."""
    goods = [item for item in items(order) if item.line.kind != "tip"]
    if not order.assignments:
        services = dict.fromkeys(item.line.service for item in goods)
        return [
            Assignment(
                number,
                service,
                tuple(
                    (item.position, item.line.quantity - item.removed, item.sent)
                    for item in goods
                    if item.line.service == service
                ),
            )
            for number, service in enumerate(services, 1)
        ]
    rows = list(order.assignments)
    added: dict[str, list[tuple[int, int, int]]] = {}
    for item in goods:
        spare = -item.unfulfilled + sum(row.left(item.position) for row in rows if not row.closed)
        for place in reversed(range(len(rows))):
            cut = 0 if rows[place].closed else min(spare, rows[place].left(item.position))
            if cut > 0:
                rows[place] = rows[place].moved({item.position: cut}, asked=-1)
                spare -= cut
        if spare < 0:
            added.setdefault(item.line.service, []).append((item.position, -spare, 0))
    for service, units in added.items():
        rows.append(Assignment(len(rows) + 1, service, tuple(units)))
    return rows


def parcels(order: Order) -> list[Parcel]:
    """The fulfilment orders of an order."""
    return [Parcel(order, assignment) for assignment in assignments(order)]


def shares(parcel: Parcel) -> list[Share]:
    """The lines in a fulfilment order."""
    rows = items(parcel.order)
    return [
        Share(parcel, rows[line], pieces, pieces - gone)
        for line, pieces, gone in parcel.assignment.units
    ]


def despatched(order: Order) -> list[Consignment]:
    """What was told to have left, the newest first (live)."""
    return [_told(order, despatch) for despatch in reversed(order.despatches)]


def consignments(order: Order) -> list[Consignment]:
    """What has left: one for each service of which nothing more is known, then what was told."""
    sending: dict[int, int] = {}
    for despatch in order.despatches:
        for line, count in () if despatch.cancelled else despatch.units.items():
            sending[line] = sending.get(line, 0) + count
    remainder = [(item, item.sent - sending.get(item.position, 0)) for item in items(order)]
    services = dict.fromkeys(item.line.service for item, count in remainder if count)
    return [
        *(
            Consignment(
                order,
                number,
                service,
                {
                    item.position: count
                    for item, count in remainder
                    if count and item.line.service == service
                },
            )
            for number, service in enumerate(services, 1)
        ),
        *despatched(order),
    ]


def _told(order: Order, despatch: Despatch) -> Consignment:
    lots = {lot for lot, _, _ in despatch.of}
    return Consignment(
        order,
        despatch.number,
        "manual",
        despatch.units,
        legacy=False,
        tracking=despatch.tracking,
        cancelled=despatch.cancelled,
        created_s=despatch.created_s,
        updated_s=despatch.updated_s,
        place=next(row.place for row in parcels(order) if row.assignment.number in lots),
    )
