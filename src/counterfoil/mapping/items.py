"""What is charged in an order, thing by thing, at prices per unit that come to each one's total.

For a target that has a row for each of them, under a key of its own.
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from counterfoil.mapping.unit_price import per_unit
from counterfoil.model.line import Line
from counterfoil.model.order import Order
from counterfoil.values.errors import Hold


class Item(msgspec.Struct, frozen=True):
    """Pieces at one price per unit, in minor units; `key` is unique within the order."""

    key: str
    sku: str
    name: str
    quantity: int
    price_minor: int


def items(order: Order, where: str) -> Iterator[Item]:
    """The lines, a part of one apart where no price comes to its total, and the extras. `where` is
    the connection.

    Raises `Hold` (code "negative-line") for a line below nothing.
    """
    for line in order.lines:
        if not line.quantity and not line.total_minor:
            continue
        if line.total_minor < 0 or not line.quantity:
            raise below_nothing(order, line, where)
        for part, (quantity, price) in enumerate(per_unit(line.total_minor, line.quantity)):
            key = line.key if not part else f"{line.key}+{part}"
            yield Item(key, line.sku.strip(), line.title or line.sku, quantity, price)
    for number, extra in enumerate(order.extras):
        if extra.amount_minor:
            yield Item(f"extra-{number}", "", extra.title or "Extra", 1, extra.amount_minor)


def below_nothing(order: Order, line: Line, where: str) -> Hold:
    """The hold of a line that is charged with less than nothing, or for no pieces."""
    return Hold(
        f"Line {line.key} of order {order.number} is discounted below nothing.",
        do="Correct it at the shop; or enter the order by hand and set this one aside.",
        where=where,
        code="negative-line",
    )
