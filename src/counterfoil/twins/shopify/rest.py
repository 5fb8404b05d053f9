"""The order, and its refunds, as webhook bodies show them: the REST shape of the same facts."""

from __future__ import annotations

import msgspec

from counterfoil.twins.kit.sale.order import Order
from counterfoil.twins.kit.sale.refund import Repaid
from counterfoil.twins.shopify.shapes import bodies


def body(order: Order, offset_minutes: int) -> bytes:
    """The order's webhook body; times carry the shop's offset in minutes."""
    return msgspec.json.encode(bodies(offset_minutes).record("order")(order))


def refund_body(repaid: Repaid, offset_minutes: int) -> bytes:
    """A refund as REST tells it."""
    return msgspec.json.encode(bodies(offset_minutes).record("refund")(repaid))
