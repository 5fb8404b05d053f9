"""What is left of an order: the units that are still owed, with their share of discount and tax.

Shopify leaves ordered quantities, allocations and tax lines as they were when units are taken off
by an edit, refunded before despatch, or come back; it lowers `current_quantity` and the current
totals (live captures of edits, returns and exchanges). So the share of what is left is reckoned
here, and the current totals judge it: `model/order.py` holds an order whose parts differ.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple, TypeVar, cast

import msgspec

from counterfoil.connectors.shopify import payment
from counterfoil.connectors.shopify.words import Row, legacy, number
from counterfoil.mapping.convert import currency_code, money, wrong
from counterfoil.model.address import Address
from counterfoil.model.line import Charge, Line, LineKind, Pairs, Tax, shares, summed
from counterfoil.model.order import Company, Order, Presentment, Terms
from counterfoil.values.money import allocate, rounded

_replace = msgspec.structs.replace
P = TypeVar("P")
R = TypeVar("R", Line, Charge)


class Left(NamedTuple):
    """A line as it is now, how many of its ordered units are gone, and whether a discount on them
    all was shared out."""

    line: Line
    gone: int
    discounted: bool = False


def line(  # noqa: PLR0917 - a table calls it, by place
    key: str, sku: str, title: str, quantity: int, unit_minor: int, discount_minor: int,
    taxes: tuple[Tax, ...], gift_card: bool, variant: Any, tip: Any, properties: Pairs,
    service: str, unsent: int | None, ships: bool, exempt: bool,
) -> Line:  # fmt: skip
    """A line of which every ordered unit is still there.

    A custom line has neither SKU nor variant; a webhook says which of them is a tip.
    """
    tax_minor, tax_rate = 0, ""
    if taxes:
        tax_minor = taxes[0].amount_minor if len(taxes) == 1 else summed(taxes)
        tax_rate = taxes[0].rate
        if len(taxes) > 1 or not tax_minor:
            tax_rate = charged_rate(taxes, quantity * unit_minor - discount_minor)
    kind: LineKind = "product"
    if gift_card:
        kind = "gift-card"
    elif variant is None and not sku.strip():
        kind = "tip" if tip else "custom"
    return Line(
        key, sku, title, quantity, unit_minor, discount_minor, tax_minor, tax_rate, kind,
        "" if variant is None or sku.strip() else _variant(variant), taxes, properties, service,
        quantity - unsent if unsent is not None and unsent < quantity else 0, ships, exempt,
    )  # fmt: skip


def _variant(given: Any) -> str:
    """The number of a variant: a webhook has it, GraphQL an object around its global identity."""
    if isinstance(given, dict):
        return legacy(cast("Row", given).get("id"), "")
    return number(given, "")


def short_line(*, current: int | None, **ordered: Any) -> Left:
    """The line with `current` of its ordered units, and their share of discount and taxes.

    None: the shop says nothing of it, so that every unit is still there.
    """
    whole = line(**ordered)
    current = whole.quantity if current is None else current
    gone = whole.quantity - current
    if gone <= 0:
        return Left(_replace(whole, quantity=current), 0)
    unsent = ordered["unsent"]
    sent = 0 if unsent is None else max(0, current - unsent)
    return Left(_replace(whole.part(current), sent=sent), gone, whole.discount_minor > 0)


def charge(
    title: str, price_minor: int, discount_minor: int, taxes: tuple[Tax, ...], code: str = ""
) -> Charge:
    """A shipping line, or another charge, at its price after discounts."""
    amount = price_minor - discount_minor
    if not taxes:
        return Charge(title, amount, code=code)
    return Charge(title, amount, summed(taxes), charged_rate(taxes, amount), code, taxes)


def charged_rate(taxes: tuple[Tax, ...], amount_minor: int) -> str:
    """The rate at which tax was really charged on `amount_minor`: what came to nothing is no part.

    A rate whose tax is too small for a minor unit counts all the same.
    """
    if len(taxes) == 1:
        (tax,) = taxes
        return tax.rate if tax.amount_minor or not _reckoned(tax.rate, amount_minor) else "0"
    rates = [
        tax.rate
        for tax in taxes
        if tax.rate and (tax.amount_minor or not _reckoned(tax.rate, amount_minor))
    ]
    return _added(rates) if rates else "0" if any(tax.rate for tax in taxes) else ""


def order(  # noqa: PLR0917 - a table calls it, by place
    key: str, number: str, placed: str, created: str, updated: str, currency: str,
    tax_included: bool, lines: Sequence[Line], total: int | None, current_total: int | None,
    total_tax: int | None, current_tax: int | None, shipping_left: int | None,
    outstanding: int | None, shipping: tuple[Charge, ...], tip: int | None, duties: int | None,
    current_duties: int | None, fees: int | None, current_fees: int | None, duties_included: Any,
    duty_taxes: tuple[Tax, ...], gateways: Any, transactions: Any, email: str, deliver_to: Address,
    invoice_to: Address, note: str, cancelled: bool, test: bool, status: Any, channel: str,
    location: str, phone: str, customer: str, locale: str, company: str, company_location: str,
    po_number: str, terms: Terms, tags: tuple[str, ...], attributes: Pairs,
    discount_codes: tuple[str, ...], shown_currency: str, shown_total: Any,
    beyond_minor: int, short: Sequence[Left] = (),
) -> Order:  # fmt: skip
    """The order as it is now. What the shop calls current is what is left; where a version of its
    API has no such member, what was ordered stands, and the sums judge it."""
    total_minor = total if current_total is None else current_total
    if total_minor is None:
        raise wrong(None, "the order's total")
    now, posted, extras, tax_minor = _now(
        lines=lines, short=short, shipping=shipping, shipping_left=shipping_left,
        extras=_extras(
            duties if current_duties is None else current_duties, duties_included, duty_taxes,
            fees if current_fees is None else current_fees,
        ),
        total_minor=total_minor, total=total, total_tax=total_tax, current_tax=current_tax,
        tip=tip or 0, tax_included=tax_included, beyond_minor=beyond_minor,
    )  # fmt: skip
    paid = payment.paid(status, outstanding)
    held = None if outstanding is None else total_minor - outstanding
    return Order(
        key, number, placed or created, created, updated, currency, tax_included, now, total_minor,
        tax_minor, posted, extras,
        payment.payments(gateways, paid, held, transactions, currency) if gateways else (),
        email, deliver_to, invoice_to, note, cancelled, test, paid, channel, location, phone,
        customer, locale, Company(company, company_location) if company else _NOBODY, po_number,
        terms, tags, attributes, discount_codes,
        _shown(shown_currency, shown_total) if shown_currency != currency else _AS_BOOKED,
    )  # fmt: skip


_NOBODY, _AS_BOOKED = Company(), Presentment()


def _shown(currency: str, total: Any) -> Presentment:
    if not currency or total is None:
        return _AS_BOOKED
    return Presentment(currency_code(currency, ""), money(total, currency))


def _extras(
    duties: int | None, included: Any, duty_taxes: tuple[Tax, ...], fees: int | None
) -> tuple[Charge, ...]:
    """Charges beside lines and postage, where the prices do not include them."""
    found: list[Charge] = []
    if duties and not included:
        found.append(charge("Duties", duties, 0, duty_taxes))
    if fees:
        found.append(Charge("Additional fees", fees))
    return tuple(found)


def short_order(*, lines: Sequence[Left], **stated: Any) -> Order:
    """The order that has lost units."""
    return order(
        lines=[one.line for one in lines],
        short=[one for one in lines if one.line.quantity],
        **stated,
    )


def _now(
    *,
    lines: Sequence[Line],
    short: Sequence[Left],
    shipping: tuple[Charge, ...],
    shipping_left: int | None,
    extras: tuple[Charge, ...],
    total_minor: int,
    total: int | None,
    total_tax: int | None,
    current_tax: int | None,
    tip: int,
    tax_included: bool,
    beyond_minor: int,
) -> tuple[tuple[Line, ...], tuple[Charge, ...], tuple[Charge, ...], int]:
    """Lines, postage, extras and tax of what is left."""
    now = [one for one in lines if one.quantity]
    posted, refunded = _postage(shipping, shipping_left)
    if tip:
        if not any(one.kind == "tip" for one in now):
            now = _tips(now, tip)
        extras = _tip_beside(now, posted, extras, total_minor, tip)
    gone = any(one.gone for one in short)
    if refunded or gone:
        now, posted = _settled(now, short, posted, refunded, extras, total_minor, current_tax,
                               tax_included)  # fmt: skip
    if beyond_minor < 0 and total_minor - _worth(now, posted, extras, tax_included) == beyond_minor:
        extras = (*extras, Charge("Refund", beyond_minor))
    # Nothing says how much of the tax is left where something was taken off: the parts do.
    untold = gone or len(now) < len(lines) or refunded or total not in (None, total_minor)
    tax = current_tax
    if tax is None:
        parts = (*now, *posted, *extras)
        tax = sum(one.tax_minor for one in parts) if untold else total_tax or 0
    return tuple(now), posted, extras, tax


def _tips(lines: list[Line], tip_minor: int) -> list[Line]:
    """The lines, the tips among them said to be so: GraphQL has no word for one.

    Of those without a product that come to what was tipped, only one is it: nobody sends or taxes
    a tip.
    """
    custom = [one for one in lines if one.kind == "custom"]
    found = [one for one in custom if one.title.casefold() == "tip"] or sorted(
        [one for one in custom if one.total_minor == tip_minor],
        key=lambda one: (one.ships, not one.exempt),
    )[:1]
    return [_replace(one, kind="tip") if one in found else one for one in lines]


def _tip_beside(
    lines: Sequence[Line],
    posted: Sequence[Charge],
    extras: tuple[Charge, ...],
    total_minor: int,
    tip_minor: int,
) -> tuple[Charge, ...]:
    """The extras with the tip, unless a line carries it already; the total says which."""
    if any(one.kind == "tip" for one in lines):
        return extras
    if total_minor in (_worth(lines, posted, extras, included) for included in (True, False)):
        return extras
    return (Charge("Tip", tip_minor), *extras)


def _postage(
    shipping: tuple[Charge, ...], left_minor: int | None
) -> tuple[tuple[Charge, ...], bool]:
    """The postage of which `left_minor` is left, and whether some of it was refunded."""
    charged = sum(one.amount_minor for one in shipping)
    if left_minor is None or left_minor >= charged or left_minor < 0:
        return shipping, False
    amounts = allocate(left_minor, [one.amount_minor for one in shipping])
    return tuple(map(_part_charge, shipping, amounts)), True


def _part_charge(whole: Charge, left_minor: int) -> Charge:
    if left_minor == whole.amount_minor:
        return whole
    taxes = shares(whole.taxes, (left_minor, whole.amount_minor - left_minor))
    return _replace(whole, amount_minor=left_minor, taxes=taxes, tax_minor=summed(taxes))


def _settled(
    lines: list[Line],
    short: Sequence[Left],
    posted: tuple[Charge, ...],
    refunded: bool,
    extras: Sequence[Charge],
    total_minor: int,
    tax_minor: int | None,
    included: bool,
) -> tuple[list[Line], tuple[Charge, ...]]:
    """Lines and postage with their shares a minor unit up or down, as the current totals ask.

    A share of three units' discount is a fraction of a penny; Shopify rounded it one way or the
    other, and its totals tell which. More than one minor unit a share is no rounding, and is left.
    """
    parted = [at for at, one in enumerate(short) if one.gone]
    if tax_minor is not None:
        rows: list[Any] = [*lines, *posted]
        shared = [*parted, *range(len(lines), len(rows))] if refunded else parted
        _settle_taxes(rows, shared, tax_minor - sum(one.tax_minor for one in (*rows, *extras)))
        lines, posted = rows[: len(lines)], tuple(rows[len(lines) :])
    discounted = [at for at in parted if short[at].discounted]
    missing = total_minor - _worth(lines, posted, extras, included)
    return _with_discounts_settled(lines, discounted, missing), posted


def _settle_taxes(rows: list[Any], shared: Sequence[int], missing: int) -> None:
    """Spread the missing tax over the shares of it that these rows have; none on what is free."""
    places = [
        (at, which)
        for at in shared
        for which, tax in enumerate(rows[at].taxes)
        if tax.amount_minor > 0 or (missing > 0 and _paid(rows[at]))
    ]
    for (at, which), step in _spread(missing, places):
        rows[at] = _stepped(rows[at], which, step)


def _with_discounts_settled(lines: list[Line], shared: Sequence[int], missing: int) -> list[Line]:
    """The lines with the missing money taken from, or put to, their shares of a discount."""
    settled = list(lines)
    places = [
        at for at in shared if (lines[at].total_minor if missing < 0 else lines[at].discount_minor)
    ]
    for at, step in _spread(missing, places):
        settled[at] = _replace(lines[at], discount_minor=lines[at].discount_minor - step)
    return settled


def _paid(row: Line | Charge) -> int:
    return row.total_minor if isinstance(row, Line) else row.amount_minor


def _worth(
    lines: Sequence[Line], posted: Sequence[Charge], extras: Sequence[Charge], included: bool
) -> int:
    """What the parts of an order come to."""
    parts = sum(one.total_minor for one in lines)
    parts += sum(one.amount_minor for one in (*posted, *extras))
    return parts if included else parts + sum(one.tax_minor for one in (*lines, *posted, *extras))


def _spread(missing: int, places: Sequence[P]) -> list[tuple[P, int]]:
    """One minor unit for each of the first places; nothing where there are too few of them."""
    if abs(missing) > len(places):
        return []
    return [(place, 1 if missing > 0 else -1) for place in places[: abs(missing)]]


def _stepped(one: R, which: int, step: int) -> R:
    """The row with that one of its taxes a step up or down."""
    taxes = tuple(
        _replace(tax, amount_minor=tax.amount_minor + step) if at == which else tax
        for at, tax in enumerate(one.taxes)
    )
    return _replace(one, taxes=taxes, tax_minor=one.tax_minor + step)


def _reckoned(rate: str, amount_minor: int) -> int:
    """What the rate comes to inside the amount, in minor units: nothing where it is too small."""
    over, under = _fraction(rate)
    return rounded(abs(amount_minor) * over, over + under)


def _fraction(rate: str) -> tuple[int, int]:
    whole, _, decimals = (rate or "0").partition(".")
    return int(whole + decimals), 10 ** len(decimals)


def _added(rates: Sequence[str]) -> str:
    """The sum of plain decimal rates, without trailing zeros."""
    if len(rates) == 1:
        return rates[0]
    places = max(len(rate.partition(".")[2]) for rate in rates)
    total = 0
    for rate in rates:
        over, under = _fraction(rate)
        total += over * 10**places // under
    text = f"{total:0{places + 1}d}"
    found = f"{text[:-places]}.{text[-places:]}" if places else text
    return found.rstrip("0").rstrip(".") if "." in found else found
