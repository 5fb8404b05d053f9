"""The order as it is now, of what Shopify tells: the units that are still owed, and their money.

Shopify leaves ordered quantities, allocations and tax lines as they were when units are taken off
by an edit, refunded before despatch, or come back; it lowers `current_quantity` and the current
totals (live captures of edits, returns and exchanges). `mapping/left.py` reckons what is left.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from msgspec.structs import replace

from counterfoil.connectors.shopify import payment
from counterfoil.connectors.shopify.fields import (
    NOWHERE,
    Told,
    ToldAddress,
    ToldLine,
    ToldPostage,
    number,
)
from counterfoil.mapping.convert import currency_code, money, wrong
from counterfoil.mapping.interpret import guarded
from counterfoil.mapping.left import Parts, Shared, part_of_postage, settled
from counterfoil.mapping.tax import charged_rate
from counterfoil.model.address import Address
from counterfoil.model.line import Charge, Line, LineKind, Tax, summed
from counterfoil.model.order import Company, Order, Presentment, Terms

_NATIONS = frozenset(
    "ENG SCT WLS NIR BFP GB-ENG GB-SCT GB-WLS GB-NIR England Scotland Wales".split()
) | {"Northern Ireland", "British Forces"}
"""Shopify's provinces of GB: nations, which are no county and stand on no label."""
_NOWHERE, _NOBODY, _AS_BOOKED = Address(), Company(), Presentment()


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
        told.email, _address(told.deliver_to), _address(told.invoice_to), told.note,
        told.cancelled, told.test, paid, told.channel, told.location, told.phone, told.customer,
        told.locale, Company(told.company, told.company_location) if told.company else _NOBODY,
        told.po_number, Terms(told.terms.name, told.terms.kind.lower(), told.terms.due_days),
        told.tags, told.attributes, told.discount_codes, _shown(told),
    )  # fmt: skip


def _shown(told: Told) -> Presentment:
    if told.shown_currency in ("", told.currency) or told.shown_total is None:
        return _AS_BOOKED
    currency = currency_code(told.shown_currency, "")
    return Presentment(currency, money(told.shown_total, currency))


def _address(told: ToldAddress) -> Address:
    if told is NOWHERE:
        return _NOWHERE
    name = " ".join(part for part in (told.first_name, told.last_name) if part)
    nation = told.country == "GB" and (told.region in _NATIONS or told.region_code in _NATIONS)
    return Address(
        name=name or told.name,
        company=told.company,
        line1=told.line1,
        line2=told.line2,
        town=told.town,
        region="" if nation else told.region,
        postcode=told.postcode,
        country=told.country,
        phone=told.phone,
        region_code=told.region_code,
    )


# --- lines and charges as they were ordered ---


def _line(told: ToldLine) -> Line:
    """A line with every ordered unit; custom ones have neither SKU nor variant, and a webhook says
    which of them is a tip."""
    taxes, quantity = told.taxes, told.quantity
    tax_minor, tax_rate = 0, ""
    if taxes:
        tax_minor, tax_rate = taxes[0].amount_minor, taxes[0].rate
        if len(taxes) > 1 or not tax_minor:
            tax_minor = summed(taxes)
            tax_rate = charged_rate(taxes, quantity * told.unit_minor - told.discount_minor)
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
    return _charge(told.title, told.price_minor - told.discount_minor, told.taxes, told.code)


def _charge(title: str, amount_minor: int, taxes: tuple[Tax, ...], code: str = "") -> Charge:
    """A shipping line, or another charge, at its price after discounts."""
    if not taxes:
        return Charge(title, amount_minor, code=code)
    rate = charged_rate(taxes, amount_minor)
    return Charge(title, amount_minor, summed(taxes), rate, code, taxes)


def _extras(told: Told) -> tuple[Charge, ...]:
    """Charges beside lines and postage, where the prices do not include them."""
    duties = told.duties if told.current_duties is None else told.current_duties
    fees = told.fees if told.current_fees is None else told.current_fees
    extras: list[Charge] = []
    if duties and not told.duties_included:
        extras.append(_charge("Duties", duties, _duty_taxes(told)))
    if fees:
        extras.append(Charge("Additional fees", fees))
    return tuple(extras)


def _duty_taxes(told: Told) -> tuple[Tax, ...]:
    """The taxes on the duties of every line that is still there, alike ones together."""
    if told.duties is None:
        return ()
    alike: dict[Tax, int] = {}
    for line in told.lines:
        for tax in line.duties if line.current != 0 else ():
            of_its_kind = replace(tax, amount_minor=0)
            alike[of_its_kind] = alike.get(of_its_kind, 0) + tax.amount_minor
    return tuple(replace(tax, amount_minor=amount) for tax, amount in alike.items())


# --- what is left of them ---


def _now(told: Told, total_minor: int) -> tuple[Parts, int]:
    """What is left of the order, and the tax of it."""
    lines, shared = _lines_left(told)
    stated = tuple(map(_postage, told.shipping))
    shipping = part_of_postage(stated, told.shipping_left)
    parts = Parts(lines, shipping, _extras(told), told.tax_included)
    if told.tip:
        parts = _with_tip(parts, told.tip, total_minor)
    refunded = shipping is not stated
    if refunded or shared.lines:
        shared = shared._replace(shipping=refunded)
        parts = settled(parts, shared, total_minor, told.current_tax)
    if told.beyond_minor < 0 and total_minor - parts.worth == told.beyond_minor:
        parts = parts._replace(extras=(*parts.extras, Charge("Refund", told.beyond_minor)))
    if told.current_tax is not None:
        return parts, told.current_tax
    # Nothing says how much of the tax is left where something was taken off: the parts do.
    fewer = refunded or shared.lines or len(lines) < len(told.lines)
    untold = fewer or told.total not in (None, total_minor)
    return parts, parts.tax_minor if untold else told.total_tax or 0


def _lines_left(told: Told) -> tuple[list[Line], Shared]:
    """The lines of which units are left, and which of them have lost some."""
    lines: list[Line] = []
    short: list[int] = []
    discounted: list[int] = []
    for ordered in told.lines:
        line = _line(ordered)
        if ordered.current is not None and ordered.current != ordered.quantity:
            if ordered.current and ordered.current < ordered.quantity:
                short.append(len(lines))
                if line.discount_minor > 0:
                    discounted.append(len(lines))
            line = _part(line, ordered)
        if line.quantity:
            lines.append(line)
    return lines, Shared(short, discounted)


def _part(line: Line, told: ToldLine) -> Line:
    """The line with its current units, and their share of discount and taxes."""
    current = told.current or 0
    if current > line.quantity:
        return replace(line, quantity=current)
    sent = 0 if told.unsent is None else max(0, current - told.unsent)
    return replace(line.part(current), sent=sent)


def _with_tip(parts: Parts, tip_minor: int, total_minor: int) -> Parts:
    """The parts with the tip as a line or, where no line carries it and the total does, an extra.

    GraphQL has no word for a tip. Of the lines without a product that come to what was tipped, only
    one is it: nobody sends or taxes a tip.
    """
    lines = parts.lines
    if not any(line.kind == "tip" for line in lines):
        lines = _tips_said(lines, tip_minor)
        parts = parts._replace(lines=lines)
    both = (parts._replace(included=included).worth for included in (True, False))
    if any(line.kind == "tip" for line in lines) or total_minor in both:
        return parts
    return parts._replace(extras=(Charge("Tip", tip_minor), *parts.extras))


def _tips_said(lines: Sequence[Line], tip_minor: int) -> list[Line]:
    custom = [line for line in lines if line.kind == "custom"]
    tips = [line for line in custom if line.title.casefold() == "tip"] or sorted(
        [line for line in custom if line.total_minor == tip_minor],
        key=lambda line: (line.ships, not line.exempt),
    )[:1]
    return [replace(line, kind="tip") if line in tips else line for line in lines]
