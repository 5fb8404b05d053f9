"""The order as webhook bodies show it: the REST shape, with the same facts as the GraphQL one."""

from __future__ import annotations

import msgspec

from counterfoil.twins.kit.sale.order import Order
from counterfoil.twins.shopify.shapes import bodies


def body(order: Order, offset_minutes: int) -> bytes:
    """The order's webhook body; times carry the shop's offset in minutes."""
    return msgspec.json.encode(bodies(offset_minutes).record("order")(order))
