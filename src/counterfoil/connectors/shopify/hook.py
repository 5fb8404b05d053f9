"""A message's order, made to tell what a GraphQL order tells: what is left now, in the same words.

What cannot be made so is held, with a code by which it is read from the shop instead.
"""

from __future__ import annotations

from collections import Counter
from typing import Final

from msgspec.structs import replace

from counterfoil.connectors.shopify.fields import PARTLY, Row, Told, ToldLine
from counterfoil.connectors.shopify.left import lost_units
from counterfoil.mapping.convert import whole
from counterfoil.values.errors import Hold

_ALWAYS_TOLD: Final = frozenset({"test", "cancelled_at", "financial_status", "shipping_lines"})
"""Members of every whole body, null or not: silence is no answer to what they tell."""


def check_whole(body: Row) -> None:
    """Raise `Hold` where a body has been cut to a few members."""
    if not body.keys() >= _ALWAYS_TOLD:
        raise _missing(min(_ALWAYS_TOLD - body.keys()))


def as_it_is_now(order: Told) -> Told:
    """The order without postage that an edit took away, and with what is left of each line, and
    what of it is to be sent, where another member tells. Raises `Hold` where nothing does."""
    if order.current_total is None and (order.refunds or lost_units(order)):
        raise Hold(
            "This message tells of something taken off the order, and not what is left of it.",
            code="refunds-untold",
        )
    if True in [postage.removed for postage in order.shipping]:
        shipping = tuple(postage for postage in order.shipping if postage.removed is not True)
        order = replace(order, shipping=shipping)
    if PARTLY in [line.unsent for line in order.lines]:
        order = replace(order, lines=tuple(map(_counted, order.lines)))
    return _less_refunds(order) if order.refunds else order


def _missing(name: str) -> Hold:
    return Hold(f"{name} is missing.", where=name, code="missing-field")


def _counted(line: ToldLine) -> ToldLine:
    """A line that was sent in part with how many of its units are still to be sent."""
    if line.unsent != PARTLY:
        return line
    if line.fulfillable is None:
        raise _missing("line_items[].fulfillable_quantity")
    return replace(line, unsent=whole(line.fulfillable, ""))


def _less_refunds(told: Told) -> Told:
    """The order with what its refunds took away, where no member says what is left of a part of it;
    the current totals judge it."""
    lines, shipping_left = told.lines, told.shipping_left
    if all(line.current is None for line in lines):
        lines = _less_units(told)
    adjustments = [row for refund in told.refunds for row in refund.adjustments]
    posted = [row for row in adjustments if row.kind == "shipping_refund"]
    back = -sum(row.amount_minor + row.tax_minor * told.tax_included for row in posted)
    if shipping_left is None and back:
        charged = sum(postage.price_minor - postage.discount_minor for postage in told.shipping)
        shipping_left = charged - back
    beyond = sum(row.amount_minor for row in adjustments if row.kind == "refund_discrepancy")
    return replace(told, lines=lines, shipping_left=shipping_left, beyond_minor=beyond)


def _less_units(told: Told) -> tuple[ToldLine, ...]:
    gone = Counter[str]()
    for row in (row for refund in told.refunds for row in refund.returns):
        gone[row.line] += row.quantity
    return tuple(
        replace(line, current=max(0, line.quantity - gone[line.key])) for line in told.lines
    )
