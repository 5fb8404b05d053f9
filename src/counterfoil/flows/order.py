"""What is special about moving orders."""

from __future__ import annotations

import msgspec

from counterfoil.model.order import Order
from counterfoil.values.clock import Instant, instant

decode = msgspec.msgpack.Decoder(Order).decode
"""The order in a body that was kept."""
CANCELLED = "cancelled before it was sent"
"""The rule that leaves out what need not be sent any more."""


def excluded(order: Order, begins: Instant | None) -> str:
    """The rule that leaves this order out before it is ever sent; empty where none does."""
    if begins is not None and instant(order.created) < begins:
        return f"created before {begins}, when this route begins"
    if order.test:
        return "a test order of the shop"
    if order.cancelled:
        return CANCELLED
    return ""
