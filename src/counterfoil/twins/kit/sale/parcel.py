"""Who sends what: an order's lines by the service that sends them, as a warehouse is told."""

from __future__ import annotations

from typing import NamedTuple

from counterfoil.twins.kit.sale.order import Item, Order, items
from counterfoil.twins.world import Place


class Parcel(NamedTuple):
    """The lines of one order that one service sends, `position` its place among them."""

    order: Order
    service: str
    position: int

    @property
    def id(self) -> int:
        """The fulfilment order's own number."""
        return self.order.id * 10 + self.position

    @property
    def name(self) -> str:
        """What it is called."""
        return f"{self.order.name}.{self.position}"

    @property
    def sent_items(self) -> list[Item]:
        """The lines of which it has sent anything."""
        return [item for item in _sent(self.order) if item.line.service == self.service]

    @property
    def place(self) -> Place:
        """Where it is sent from."""
        if self.service != "manual":
            return Place(900 + self.position, self.service.replace("-", " ").title())
        return self.order.sale.retail_location or Place(700, "Warehouse")

    @property
    def status(self) -> str:
        """Whether anything is still to be sent."""
        return "OPEN" if any(share.item.unfulfilled for share in shares(self)) else "CLOSED"


class Share(NamedTuple):
    """One line in a fulfilment order."""

    parcel: Parcel
    item: Item

    @property
    def id(self) -> int:
        """Its own number."""
        return self.item.id * 10 + self.parcel.position


def parcels(order: Order) -> list[Parcel]:
    """The fulfilment orders of an order: one for each service; nobody sends a tip."""
    services = dict.fromkeys(item.line.service for item in items(order) if item.line.kind != "tip")
    return [Parcel(order, service, place) for place, service in enumerate(services, 1)]


def consignments(order: Order) -> list[Parcel]:
    """What has left, one for each service that sent any of it."""
    services = dict.fromkeys(item.line.service for item in _sent(order))
    return [Parcel(order, service, place) for place, service in enumerate(services, 1)]


def _sent(order: Order) -> list[Item]:
    return [item for item in items(order) if item.sent]


def shares(parcel: Parcel) -> list[Share]:
    """The lines in a fulfilment order."""
    return [
        Share(parcel, item)
        for item in items(parcel.order)
        if item.line.service == parcel.service and item.line.kind != "tip"
    ]
