"""An order without what came back of it, where its source counts units and tells no money."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec.structs import replace

from counterfoil.model.line import Line
from counterfoil.model.order import Order


def less(order: Order, returned: Mapping[str, int]) -> Order:
    """The order without as many units of each line, by its key, as were returned: each is taken off
    at its own price, with its share of the discount and the tax."""
    lines: list[Line] = []
    total_minor, tax_minor = order.total_minor, order.tax_minor
    for line in order.lines:
        remaining = max(0, line.quantity - returned.get(line.key, 0))
        part = line if remaining == line.quantity else line.part(remaining)
        taxed = line.tax_minor - part.tax_minor
        tax_minor -= taxed
        total_minor -= line.total_minor - part.total_minor + (0 if order.tax_included else taxed)
        if remaining:
            lines.append(part)
    return replace(order, lines=tuple(lines), total_minor=total_minor, tax_minor=tax_minor)


def sent(order: Order) -> Order:
    """The order with every piece of it sent."""
    return replace(order, lines=tuple(replace(line, sent=line.quantity) for line in order.lines))
