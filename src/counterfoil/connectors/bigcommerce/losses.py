"""What an order says that nothing here carries: named, unless it is left behind on purpose."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from counterfoil.connectors.bigcommerce.fields import Told
from counterfoil.connectors.bigcommerce.parts import is_component
from counterfoil.mapping.fine import size
from counterfoil.mapping.losses import Loss, left_behind

IGNORES: Final = left_behind(__package__ or "")


def losses_of(told: Told, *, included: bool) -> Iterator[Loss]:
    """What no field of ours can say of an order that was read."""
    for line in told.lines:
        if is_component(line):
            why = "A part of another line, which has the price of both."
            yield Loss("products", "left-out", why, f"{line.quantity} x {line.sku}")
        if (line.price_inc if included else line.price_ex) % size(told.currency):
            why = "A unit's price has a fraction of a penny; the line's total is exact."
            yield Loss("products[].price", "rounded", why, line.sku)
        if line.returned:
            why = "V2 counts what came back, and not the money; it is taken off at its own price."
            yield Loss("refunded_amount", "not-told", why, f"{line.returned} x {line.sku}")
    if told.shown_currency not in ("", told.currency):
        why = f"What the customer saw is told as a rate only ({told.shown_rate})."
        yield Loss("currency_code", "not-told", why, told.shown_currency)
