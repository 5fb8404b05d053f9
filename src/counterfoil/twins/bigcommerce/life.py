"""What becomes of an order after it was begun. No status is protected: any may be set by hand, and
neither money nor goods move because of it (documented, and recorded of goods): "Shipped" says when,
and counts no piece (recorded); a refunded order's own `refunded_amount` stays at nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from counterfoil.twins.kit.faults import Fault, life_of
from counterfoil.twins.kit.status_order import Change, Statuses, StatusLife

AWAITING_PAYMENT, AWAITING_FULFILMENT = 7, 11

STATUSES: Final = Statuses(
    incomplete=0,
    open=AWAITING_FULFILMENT,
    shipped=2,
    refunded=4,
    cancelled=5,
    declined=6,
    paid={
        "paid": (AWAITING_FULFILMENT, "captured"),
        "authorised": (AWAITING_FULFILMENT, "authorized"),
        "pending": (AWAITING_PAYMENT, "pending"),
        "unpaid": (AWAITING_PAYMENT, ""),
    },
    refund_word="refunded",
)
ORDERS: Final = StatusLife(STATUSES)
EVENTS: Final[Mapping[str, Change]] = ORDERS.events

LIFE: Final[Mapping[str, Fault]] = life_of(__package__ or "")
"""What may befall an order by itself."""
