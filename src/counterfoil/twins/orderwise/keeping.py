"""How OrderWise keeps an order otherwise than it came, beyond what every bad day has: any text cut
at its column's width or dropped, dates by an hour off, identities forgotten or replaced.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from counterfoil.twins.kit.faults import Fault
from counterfoil.twins.kit.keeping import Ways, cut, dropped, hour_later, put, replaced
from counterfoil.twins.orderwise.order import PlacedOrder
from counterfoil.twins.orderwise.site import Site

KEEPING: Final[Mapping[str, Fault]] = {
    "text_cut": Fault("OrderWise cut a text at the width of its column.", 0.0, 0.02),
    "text_dropped": Fault("OrderWise did not store a text.", 0.0, 0.02),
    "hour_shifted": Fault("OrderWise stored a date that is an hour off.", 0.0, 0.01),
    "payment_forgotten": Fault("OrderWise forgot the payment method.", 0.0, 0.01),
    "rate_replaced": Fault("OrderWise put another tax rate on a line.", 0.0, 0.01),
    "location_replaced": Fault("OrderWise put a line into another stock location.", 0.0, 0.01),
}


def ways(site: Site) -> Mapping[str, Callable[[PlacedOrder], Ways]]:
    """How one order can be kept otherwise than it came, by the name of the fault."""
    rates = [rate.id for rate in site.tax_rates]
    locations = [location.id for location in site.stock_locations]
    return {
        "text_cut": lambda order: cut(order, site.widths),
        "text_dropped": lambda order: dropped(order, site.widths),
        "hour_shifted": lambda order: hour_later(order, ("ordered_at", "required_at")),
        "payment_forgotten": lambda order: (
            [put(order, "payment_method_id", None)] if order.payment_method_id else []
        ),
        "rate_replaced": lambda order: replaced(order.lines, "tax_rate_id", rates),
        "location_replaced": lambda order: replaced(order.lines, "location_id", locations),
    }
