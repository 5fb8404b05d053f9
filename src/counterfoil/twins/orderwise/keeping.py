"""How OrderWise keeps an order otherwise than it came, beyond what every bad day has: any text cut
at its column's width or dropped, dates by an hour off, identities forgotten or replaced.

Its chance is its own, so that asking for it moves no other fault.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Final

from counterfoil.twins.kit.faults import Fault, Faults
from counterfoil.twins.orderwise.order import PlacedLine, PlacedOrder
from counterfoil.twins.orderwise.site import Site

WIDTHS: Final[Mapping[str, int]] = {
    "customer_ref": 20,
    "instructions": 80,
    "name": 20,
    "contact": 30,
    "address1": 35,
    "address2": 35,
    "address3": 35,
    "town": 25,
    "county": 25,
    "country": 25,
    "postcode": 10,
    "email": 50,
    "telephone": 20,
}
"""How many characters the column of each text has; no width is published."""

KEEPING: Final[Mapping[str, Fault]] = {
    "text_cut": Fault("OrderWise cut a text at the width of its column.", 0.0, 0.02),
    "text_dropped": Fault("OrderWise did not store a text.", 0.0, 0.02),
    "hour_shifted": Fault("OrderWise stored a date that is an hour off.", 0.0, 0.01),
    "payment_forgotten": Fault("OrderWise forgot the payment method.", 0.0, 0.01),
    "rate_replaced": Fault("OrderWise put another tax rate on a line.", 0.0, 0.01),
    "location_replaced": Fault("OrderWise put a line into another stock location.", 0.0, 0.01),
}


class Keeping:
    """Alters orders before they are stored."""

    def __init__(self, faults: Faults, chance: random.Random) -> None:
        self.faults = faults
        self._chance = chance

    def alter(self, order: PlacedOrder, site: Site) -> None:
        """Change what is about to be stored, where a fault says so; only what can go wrong."""
        for name in self.faults.catalogue:
            ways = _WAYS[name](order, site)
            if ways and self.faults.strikes(name):
                self._chance.choice(ways)()


Ways = list[Callable[[], None]]


def _set(thing: PlacedOrder | PlacedLine, name: str, value: object) -> Callable[[], None]:
    return lambda: setattr(thing, name, value)


def _cut(order: PlacedOrder, site: Site) -> Ways:
    texts = {name: str(getattr(order, name)) for name in WIDTHS}
    return [
        _set(order, name, text[: WIDTHS[name]])
        for name, text in texts.items()
        if len(text.rstrip()) > WIDTHS[name]
    ]


def _dropped(order: PlacedOrder, site: Site) -> Ways:
    return [_set(order, name, "") for name in WIDTHS if getattr(order, name)]


def _shifted(order: PlacedOrder, site: Site) -> Ways:
    moments = {"ordered_at": order.ordered_at, "required_at": order.required_at}
    return [_set(order, name, _later(text)) for name, text in moments.items() if text]


def _later(text: str) -> str:
    return (datetime.fromisoformat(text) + timedelta(hours=1)).isoformat()


def _forgotten(order: PlacedOrder, site: Site) -> Ways:
    return [_set(order, "payment_method_id", None)] if order.payment_method_id else []


def _other_rate(order: PlacedOrder, site: Site) -> Ways:
    return [
        _set(line, "tax_rate_id", rate.id)
        for line in order.lines
        for rate in site.tax_rates
        if rate.id != line.tax_rate_id
    ]


def _other_place(order: PlacedOrder, site: Site) -> Ways:
    return [
        _set(line, "location_id", place.id)
        for line in order.lines
        for place in site.stock_locations
        if place.id != line.location_id
    ]


_WAYS: Final[Mapping[str, Callable[[PlacedOrder, Site], Ways]]] = {
    "text_cut": _cut,
    "text_dropped": _dropped,
    "hour_shifted": _shifted,
    "payment_forgotten": _forgotten,
    "rate_replaced": _other_rate,
    "location_replaced": _other_place,
}
