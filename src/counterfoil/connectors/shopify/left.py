"""The order as it is now, of what Shopify tells: the units that are still owed, and their money.

Shopify leaves ordered quantities, allocations and tax lines as they were when units are taken off
by an edit, refunded before despatch, or come back; it lowers `current_quantity` and the current
totals (live captures of edits, returns and exchanges). `mapping/left.py` reckons what is left.
"""

from __future__ import annotations

from functools import partial

from counterfoil.connectors.shopify import payment
from counterfoil.connectors.shopify.fields import Told, ToldLine, ToldPostage, number
from counterfoil.mapping.as_it_is_now import Totals, as_it_is_now
from counterfoil.mapping.convert import wrong
from counterfoil.mapping.currencies import shown_in
from counterfoil.mapping.interpret import guarded
from counterfoil.mapping.left import Ordered, Parts, Shared, lines_left
from counterfoil.mapping.tax import alike, charge, charged
from counterfoil.model.line import Charge, Line, LineKind
from counterfoil.model.order import Company, Order

_WHOLE = Shared()
_NOBODY = Company()


def order(told: Told) -> Order:
    """The order as it is now. What the shop calls current is what is left; where a version of its
    API has no such member, what was ordered stands, and the sums judge it."""
    total_minor = told.total if told.current_total is None else told.current_total
    if total_minor is None:
        raise wrong(None, "the order's total")
    parts, tax_minor = _now(told, total_minor)
    paid = payment.paid(told.status, told.outstanding)
    return Order(
        told.key, told.number, told.placed or told.created, told.created, told.updated,
        told.currency, told.tax_included, tuple(parts.lines), total_minor, tax_minor,
        parts.shipping, parts.extras, payment.payments(told, paid, total_minor),
        told.email, told.deliver_to, told.invoice_to, told.note,
        told.cancelled, told.test, paid, told.channel, told.location, told.phone, told.customer,
        told.locale, Company(told.company, told.company_location) if told.company else _NOBODY,
        told.po_number, told.terms, told.tags, told.attributes, told.discount_codes,
        shown_in(told.shown_currency, told.shown_total, told.currency),
    )  # fmt: skip


# --- lines and charges as they were ordered ---


def line(told: ToldLine) -> Line:
    """A line with every ordered unit; custom ones have neither SKU nor variant, and a webhook says
    which of them is a tip."""
    taxes, quantity = told.taxes, told.quantity
    if len(taxes) == 1 and taxes[0].amount_minor:  # as `charged` says, without a call for each line
        tax_minor, tax_rate = taxes[0].amount_minor, taxes[0].rate
    else:
        tax_minor, tax_rate = charged(taxes, quantity * told.unit_minor - told.discount_minor)
    kind: LineKind = "gift-card" if told.gift_card else "product"
    variant = ""
    if not told.sku.strip():
        if told.variant is not None:
            variant = guarded(partial(number, told.variant, ""), f"line {told.key}")
        elif not told.gift_card:
            kind = "tip" if told.tip else "custom"
    sent = 0 if told.unsent is None else max(0, quantity - told.unsent)
    return Line(
        told.key, told.sku, told.title, quantity, told.unit_minor, told.discount_minor, tax_minor,
        tax_rate, kind, variant, taxes, told.properties, told.service, sent, told.ships,
        told.exempt,
    )  # fmt: skip


def _postage(told: ToldPostage) -> Charge:
    return charge(told.title, told.price_minor - told.discount_minor, told.taxes, told.code)


def _extras(told: Told) -> tuple[Charge, ...]:
    """Charges beside lines and postage, where the prices do not include them."""
    duties = told.duties if told.current_duties is None else told.current_duties
    fees = told.fees if told.current_fees is None else told.current_fees
    extras: list[Charge] = []
    if duties and not told.duties_included:
        # Of every line that is still there; alike ones are one.
        rows = [tax for line in told.lines if line.current != 0 for tax in line.duties]
        taxes = () if told.duties is None else alike(rows)
        extras.append(charge("Duties", duties, taxes))
    if fees:
        extras.append(Charge("Additional fees", fees))
    return tuple(extras)


# --- what is left of them ---


def lost_units(told: Told) -> bool:
    """Whether a line has other units than were ordered: by an edit, a refund or a return."""
    # A list is read through: it is quicker than to stop where there is nothing to stop at.
    return bool([line for line in told.lines if line.current not in (None, line.quantity)])


def _now(told: Told, total_minor: int) -> tuple[Parts, int]:
    """What is left of the order, and the tax of it."""
    if lost_units(told) or 0 in [line.quantity for line in told.lines]:
        ordered = [Ordered(line(row), row.current, row.unsent) for row in told.lines]
        lines, shared = lines_left(ordered)
    else:
        lines, shared = [*map(line, told.lines)], _WHOLE
    shipping = tuple(map(_postage, told.shipping))
    parts = Parts(lines, shipping, _extras(told), told.tax_included)
    totals = Totals(
        total_minor, told.total, told.current_tax, told.total_tax, told.shipping_left, told.tip,
        told.beyond_minor,
    )  # fmt: skip
    return as_it_is_now(parts, shared, totals, fewer=len(lines) < len(told.lines))
