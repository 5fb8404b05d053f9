"""What a warehouse is to pick of an order, and what is paid in it and never picked."""

from __future__ import annotations

import msgspec

from counterfoil.mapping.item_code import ItemCodes
from counterfoil.model.line import Line
from counterfoil.model.order import Order
from counterfoil.values.errors import Hold
from counterfoil.values.money import Money


class Pick(msgspec.Struct, frozen=True):
    """One line that is picked: pieces of one item, at the price of one before its discounts.

    `line` is the source's own key of it, `sequence` counts from 1; `placed` is the order's moment.
    """

    order_key: str
    line: str
    code: str
    quantity: int
    sequence: int
    unit_minor: int
    placed: str


class Picks:
    """Makes the picks of one connection (`where`); `codes` has what lines without a SKU are
    called."""

    def __init__(self, codes: ItemCodes, where: str) -> None:
        self._codes = codes
        self._where = where

    def of(self, order: Order) -> tuple[Pick, ...]:
        """The picks. Raises `Hold` where a line has no code, or where there is nothing to pick."""
        picked = [line for line in order.lines if is_picked(line)]
        if not picked:
            raise Hold(
                f"Order {order.number} has nothing to be picked.",
                do="Let the route leave such orders out, or set this one aside.",
                where=self._where,
                code="nothing-to-pick",
            )
        return tuple(
            Pick(
                order_key=order.key,
                line=line.key,
                code=line.sku.strip() or self._codes.of_line(order, line),
                quantity=line.quantity,
                sequence=sequence,
                unit_minor=line.unit_minor,
                placed=order.placed,
            )
            for sequence, line in enumerate(picked, 1)
        )


def is_picked(line: Line) -> bool:
    """Whether somebody has to fetch it from a shelf."""
    return line.quantity > 0 and line.ships and line.kind != "tip"


def paid_beside(order: Order) -> str:
    """In words, the lines and extras that are paid and not picked; empty where there is none."""
    lines = [line for line in order.lines if line.quantity and not is_picked(line)]
    amounts = [(line.title, line.total_minor) for line in lines]
    amounts += [(extra.title, extra.amount_minor) for extra in order.extras]
    return "; ".join(f"{title}: {Money(minor, order.currency)}" for title, minor in amounts)
