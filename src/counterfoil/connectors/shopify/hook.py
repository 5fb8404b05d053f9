"""A webhook's body, made to tell what a GraphQL order tells: what is left now, in the same words.

A body that cannot be made so is held, with a code by which it is read from the shop instead.
"""

from __future__ import annotations

from typing import Any, Final, cast

from counterfoil.connectors.shopify.fields import Row
from counterfoil.mapping.convert import currency_code, money
from counterfoil.values.errors import Hold
from counterfoil.values.money import plain
from counterfoil.values.quantity import pieces

_ALWAYS_TOLD: Final = frozenset({"test", "cancelled_at", "financial_status", "shipping_lines"})
"""Members of every whole body, null or not: silence is no answer to what they tell."""


def as_it_is_now(body: Row) -> Row:
    """The body without postage that an edit took away, and with what is left of each line, and left
    to be sent of it, where another member tells. Raises `Hold` where nothing does."""
    try:
        return _whole(body)
    except (AttributeError, KeyError, TypeError) as error:
        raise Hold(
            f"The message's lines, postage or refunds cannot be read ({type(error).__name__}).",
            do="Send it again from the shop; if that repeats, tell the connector's keepers.",
            code="bad-field",
        ) from None


def _whole(body: Row) -> Row:
    if not body.keys() >= _ALWAYS_TOLD:
        raise _missing(min(_ALWAYS_TOLD - body.keys()))
    postage = body["shipping_lines"]
    if isinstance(postage, list):
        rows = cast("list[Row]", postage)
        # A list is read through: it is quicker than to stop where there is nothing to stop at.
        if gone := [one for one in rows if type(one) is dict and one.get("is_removed") is True]:
            body = {**body, "shipping_lines": [one for one in rows if one not in gone]}
    if body.get("fulfillment_status", "partial") == "partial":
        body = _counted(body)
    refunds = body.get("refunds")
    if body.get("current_total_price") is None and (refunds or _lost_units(body)):
        raise Hold(
            "This message tells of something taken off the order, and not what is left of it.",
            code="refunds-untold",
        )
    return _less_refunds(body, cast("list[Row]", refunds)) if refunds else body


def _lost_units(body: Row) -> bool:
    """Whether a line has fewer units than were ordered: by an edit, a refund or a return."""
    lines = body.get("line_items")
    # What is no list of lines is for the table to complain of, which knows the place.
    rows = cast("list[Row]", lines) if isinstance(lines, list) else []
    rows = [row for row in rows if type(row) is dict]
    return any(row.get("current_quantity") not in (None, row.get("quantity")) for row in rows)


def _missing(name: str) -> Hold:
    return Hold(f"{name} is missing.", where=name, code="missing-field")


def _counted(body: Row) -> Row:
    """The body with how many units are still to be sent of each line that was sent in part."""
    lines = body.get("line_items")
    if not isinstance(lines, list):
        return body
    rows = cast("list[Row]", lines)
    if not [one for one in rows if one.get("fulfillment_status") == "partial"]:
        return body
    counted = [
        {**one, "fulfillment_status": _unsent(one)}
        if one.get("fulfillment_status") == "partial"
        else one
        for one in rows
    ]
    return {**body, "line_items": counted}


def _unsent(line: Row) -> Any:
    """How many units of a line are still to be sent. Raises `Hold` where nothing says it."""
    found = line.get("fulfillable_quantity")
    if found is None:
        raise _missing("line_items[].fulfillable_quantity")
    return found


def _less_refunds(body: Row, refunds: list[Row]) -> Row:
    """The body with what its refunds took away, where no member says what is left of a part of it;
    the current totals judge it."""
    lines, told = body.get("line_items"), "current_shipping_price_set"
    if isinstance(lines, list) and not any(
        cast("Row", line).get("current_quantity") is not None
        for line in cast("list[Any]", lines)
        if isinstance(line, dict)
    ):
        body = {**body, "line_items": _less_units(cast("list[Row]", lines), refunds)}
    if body.get(told) is None and (back := _postage_refunded(body, refunds)):
        left = {"shop_money": {"amount": plain(_postage_charged(body) - back, _currency(body))}}
        body = {**body, told: left}
    return body


def _less_units(lines: list[Row], refunds: list[Row]) -> list[Row]:
    gone: dict[Any, int] = {}
    for refund in refunds:
        for line in cast("list[Row]", refund.get("refund_line_items") or []):
            gone[line.get("line_item_id")] = gone.get(line.get("line_item_id"), 0) + pieces(
                line.get("quantity")
            )
    return [
        {**line, "current_quantity": max(0, pieces(line.get("quantity")) - gone[line.get("id")])}
        if line.get("id") in gone
        else line
        for line in lines
    ]


def _postage_refunded(body: Row, refunds: list[Row]) -> int:
    """What went back of the postage, in minor units; its tax stands beside it."""
    found = 0
    for refund in refunds:
        for one in cast("list[Row]", refund.get("order_adjustments") or []):
            if one.get("kind") == "shipping_refund":
                found -= money(one.get("amount"), _currency(body))
                if body.get("taxes_included") is True:
                    found -= money(one.get("tax_amount") or "0", _currency(body))
    return found


def _postage_charged(body: Row) -> int:
    currency, charged = _currency(body), 0
    for line in cast("list[Row]", body["shipping_lines"] or []):
        charged += money(line.get("price"), currency)
        for one in cast("list[Row]", line.get("discount_allocations") or []):
            charged -= money(one.get("amount"), currency)
    return charged


def _currency(body: Row) -> str:
    return currency_code(body.get("currency"), "")
