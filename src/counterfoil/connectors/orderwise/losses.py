"""What an order says and OrderWise is not told: named as a loss, or knowingly left with a reason.

`IGNORES` names fields of the model by their path; every other field is carried or named.
"""

from __future__ import annotations

from collections.abc import Iterator
from operator import attrgetter
from typing import Any, Final

from counterfoil.mapping import tax_cases
from counterfoil.mapping.losses import Loss
from counterfoil.model.address import Address
from counterfoil.model.line import Pairs
from counterfoil.model.order import Order, Presentment, Terms
from counterfoil.values.money import Money

NOWHERE: Final = Address()

IGNORES: Final = {
    "created": "OrderWise has its own.",
    "updated": "OrderWise has its own.",
    "cancelled": "Whether an order is sent at all is the route's business.",
    "test": "Whether an order is sent at all is the route's business.",
    "paid": "Whether an order is sent at all is the route's business; a payment is sent as one.",
    "channel": "Which channels are sent at all is the route's business; each has its session.",
    "customer": "Private buyers share the account that the connection names.",
    "locale": "OrderWise's papers are in the language of its account.",
    "phone": "Stands in where the address has no telephone; named where there is no address.",
    "lines.key": "The shop's own; OrderWise numbers its lines itself.",
    "lines.title": "OrderWise shows its own variants' descriptions.",
    "lines.variant": "The stock code is sent; asked only where a line has none (variant_map).",
    "lines.service": "Whether a line is sent at all is the route's business.",
    "lines.sent": "Whether a line is sent at all is the route's business.",
    "lines.ships": "OrderWise knows its own variants.",
    "lines.exempt": "Sent as the rate 0; asked only where nothing at all is taxed.",
    "shipping.code": "The title is what delivery_map maps.",
    "shipping.tax_rate": "OrderWise taxes a delivery by its method or its session.",
    "extras.title": "Sent as a line of the agreed variant.",
    "extras.code": "Sent as a line of the agreed variant.",
    "payments.kind": "OrderWise is told a method, which payment_map finds by the gateway.",
    "payments.reference": "OrderWise is told a method; a transaction's number has no member.",
    "payments.amount_minor": "OrderWise is told a method; what others paid is named.",
    "deliver_to.region_code": "Labels show the county's name.",
}

_MARKS = attrgetter(
    "terms", "tags", "attributes", "discount_codes", "location", "presentment", "invoice_to"
)
_NONE = (Terms(), (), (), (), "", Presentment(), NOWHERE)


def marked(order: Order) -> bool:
    """Whether the order has anything beyond its lines that no member may carry."""
    return _MARKS(order) != _NONE


def of_order(order: Order, address: Address) -> Iterator[Loss]:
    """What has no member beside the lines, where `address` is the one that is sent."""
    for field, said in _said(order, address):
        if said:
            yield Loss(field, "no-member", _WHY[field], said)


def of_lines(order: Order, *, plain: bool) -> Iterator[Loss]:
    """What the lines, and the charges, say beyond one stock code and one tax (`plain`)."""
    wrote = [line for line in order.lines if line.properties and line.quantity]
    if wrote:
        told = "; ".join(f"{one.sku or one.title}: {_pairs(one.properties)}" for one in wrote)
        yield Loss("lines.properties", "no-member", _WHY["lines.properties"], told)
    if not plain:
        rows = {"lines": order.lines, "shipping": order.shipping, "extras": order.extras}
        for name, some in rows.items():
            taxes = tax_cases.several(some, order.currency)
            if taxes:
                why = "OrderWise takes one rate: theirs together."
                yield Loss(f"{name}.taxes", "no-member", why, taxes)


def of_tax(order: Order, shown_minor: int) -> Loss:
    """Tax that OrderWise will show otherwise than the shop, by its own rounding."""
    there, here = Money(shown_minor, order.currency), Money(order.tax_minor, order.currency)
    return Loss(
        "tax_minor",
        "rounded",
        f"OrderWise rounds line by line what it is sent, so it shows {there}, not {here}.",
        str(here),
        abs(shown_minor - order.tax_minor),
    )


_WHY = {
    "terms": "No member for payment terms is known; the account in OrderWise has its own.",
    "tags": "No member for tags is known.",
    "attributes": "No member for what was written beside the order is known.",
    "discount_codes": "Prices are sent with the discounts taken off; no member names a code.",
    "location": "No member for the place of the sale is known.",
    "presentment": "Sent in the currency that the shop books in.",
    "invoice_to": "No member for an invoice address is known.",
    "email": "An order that goes nowhere has no address, which carries it.",
    "phone": "An order that goes nowhere has no address, which carries it.",
    "lines.properties": "No member for what was written beside a line is known.",
}


def _said(order: Order, address: Address) -> Iterator[tuple[str, str]]:
    """Each field with what it says as readable text; empty where it says nothing."""
    yield "terms", _terms(order.terms)
    yield "tags", ", ".join(order.tags)
    yield "attributes", _pairs(order.attributes)
    yield "discount_codes", ", ".join(order.discount_codes)
    yield "location", order.location
    yield "presentment", _presented(order.presentment)
    if order.invoice_to != address:
        yield "invoice_to", _lines_of(order.invoice_to)
    if address == NOWHERE:
        yield "email", order.email
        yield "phone", order.phone


def _terms(terms: Terms) -> str:
    days = f"{terms.due_days} days" if terms.due_days else ""
    return ", ".join(filter(None, (terms.name, terms.kind, days)))


def _presented(seen: Presentment) -> str:
    return str(Money(seen.total_minor, seen.currency)) if seen.currency else ""


def _pairs(pairs: Pairs) -> str:
    return ", ".join(f"{name}: {value}" for name, value in pairs)


def _lines_of(address: Address) -> str:
    parts: list[Any] = [getattr(address, name) for name in Address.__struct_fields__]
    return ", ".join(filter(None, parts))
