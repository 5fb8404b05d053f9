"""What is special about moving orders."""

from __future__ import annotations

from counterfoil.model.order import Order

SHAPE = Order


def excluded(order: Order) -> str:
    """The rule that leaves this order out before it is ever sent; empty where none does."""
    if order.test:
        return "a test order of the shop"
    if order.cancelled:
        return "cancelled before it was sent"
    return ""
