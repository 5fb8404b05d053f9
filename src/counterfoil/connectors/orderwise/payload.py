"""The field table of an order: which member of OrderWise's JSON is made from what.

The members are those that public connector code sends; where a member's name is not certain, it
is a setting. Amounts are JSON numbers with the exact decimals of their currency.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any, NamedTuple

import msgspec

from counterfoil.connectors.orderwise.line import Sold
from counterfoil.connectors.orderwise.profile import Profile
from counterfoil.mapping.convert import same, text
from counterfoil.mapping.field import Computed, Const, Converter, Entry, Field
from counterfoil.mapping.unit_price import NUMBERS
from counterfoil.mapping.valuemap import ValueMap
from counterfoil.model.address import Address
from counterfoil.model.order import Order
from counterfoil.values.clock import instant, wall_clock, wall_date
from counterfoil.values.errors import Hold

BETWEEN = "~"
"""Stands between references in a query, so no reference may contain it."""

LINES = "orderLines"
CUSTOMER_REF = "orderHeader.customerOrderRef"
"""The member for the customer's own number of the order, where it is not our reference."""


class Parts(msgspec.Struct, frozen=True):
    """What the table reads: an order, where it goes, how, for how much, and its priced lines.

    `delivery_minor` is gross, `delivery_tax_minor` the tax in it. Of the ids 0 is none: of
    `customer_id`, where the account's number is sent.
    """

    order: Order
    address: Address
    customer_id: int
    payment_id: int
    delivery_id: int
    delivery_minor: int
    delivery_tax_minor: int
    sold: Sold

    @property
    def tax_minor(self) -> int:
        """The tax that OrderWise will show of the whole order."""
        return self.sold.tax_minor + self.delivery_tax_minor


class Shape(NamedTuple):
    """Which of the members that not every order has are sent."""

    customer_id: bool
    address: bool
    delivery: bool
    payment: bool
    po_number: bool


def entries(profile: Profile, countries: ValueMap | None, shape: Shape) -> list[Entry]:
    """The entries of one connection for orders of one shape: the table that makes the payload."""
    found = [_customer(profile, shape), *_header(profile, shape)]
    if shape.address:
        found += _address(countries)
    if shape.delivery:
        found.append(Field("orderHeader.deliveryMethodId", "delivery_id", same))
    if shape.address and shape.delivery:
        found.append(Field("customerDeliveryAddress.deliveryMethodId", "delivery_id", same))
    found.append(Field(LINES, "sold.lines", same))
    return found


def _customer(profile: Profile, shape: Shape) -> Entry:
    if shape.customer_id:
        return Field("customer.id", "customer_id", same)
    return Const("customer.accountNumber", profile.account_number)


def _header(profile: Profile, shape: Shape) -> list[Entry]:
    local = _local(profile)
    entries: list[Entry] = [
        Field("orderHeader.orderDate", "order.placed", local),
        Field(profile.external_ref_field, "order.key", _reference),
        Const("orderHeader.systemOrderType", profile.order_type),
        Computed(
            "orderHeader.specialInstructions",
            _instructions(profile),
            "The shop's order number, so that people find it, and the customer's note.",
            reads=("order.number", "order.note"),
        ),
        Field("orderHeader.orderGross", "order.total_minor", _amount),
        Field("orderHeader.deliveryGross", "delivery_minor", _amount),
    ]
    if profile.required_days >= 0:
        required = _required(local, profile.required_days)
        entries.append(Field("orderHeader.requiredDate", "order.placed", required))
    if shape.po_number:
        entries.append(Field(CUSTOMER_REF, "order.po_number", _trimmed))
    if shape.payment:
        entries.append(Field(profile.payment_field, "payment_id", same))
    if profile.currency_field:
        entries.append(Field(profile.currency_field, "order.currency", _listed(profile)))
    return entries


def _address(countries: ValueMap | None) -> list[Entry]:
    entries: list[Entry] = [
        Computed(
            "customerDeliveryAddress.deliveryName",
            _delivery_name,
            "The company where there is one, else the person.",
            reads=("address.company",),
        ),
        Field("customerDeliveryAddress.contactName", "address.name", _trimmed),
        Field("customerDeliveryAddress.address1", "address.line1", _trimmed),
        Field("customerDeliveryAddress.address2", "address.line2", _trimmed),
        Field("customerDeliveryAddress.town", "address.town", _trimmed),
        Field("customerDeliveryAddress.county", "address.region", _trimmed),
        Field("customerDeliveryAddress.postcode", "address.postcode", _trimmed),
        Field("customerDeliveryAddress.countryCode", "address.country", _trimmed),
        Computed(
            "customerDeliveryAddress.telephone",
            _telephone,
            "The address's own, else the order's, else the invoice address's.",
            reads=("address.phone", "order.phone", "order.invoice_to.phone"),
        ),
        Field("customerDeliveryAddress.email", "order.email", _trimmed),
    ]
    if countries is not None:
        entries.append(
            Field("customerDeliveryAddress.country", "address.country", _named(countries))
        )
    return entries


def _local(profile: Profile) -> Callable[[object, str], str]:
    @lru_cache(64)  # the required date asks for the same moment again
    def told(placed: str) -> str:
        return wall_clock(instant(placed), profile.clock)

    return lambda value, currency: told(text(value, currency))


def _required(local: Callable[[object, str], str], days: int) -> Converter:
    return lambda value, currency: _later(local(value, currency)[:10], days)


@lru_cache(1024)
def _later(day: str, days: int) -> str:
    return wall_date(instant(f"{day}T00:00:00Z"), "UTC", days) + "T00:00:00"


def _instructions(profile: Profile) -> Callable[[Any, str], str]:
    prefix = profile.instructions_prefix
    return lambda parts, currency: f"{prefix}{parts.order.number} {parts.order.note}".strip()


def _listed(profile: Profile) -> Converter:
    return lambda value, currency: profile.currencies[text(value, currency)]


def _named(countries: ValueMap) -> Converter:
    return lambda value, currency: countries.look_up(text(value, currency)) if value else ""


def _delivery_name(parts: Any, currency: str) -> str:
    return parts.address.company.strip() or parts.address.name.strip()


def _telephone(parts: Any, currency: str) -> str:
    order = parts.order
    return parts.address.phone.strip() or order.phone.strip() or order.invoice_to.phone.strip()


def _amount(value: Any, currency: str) -> msgspec.Raw:
    return NUMBERS[currency][value]


def _trimmed(value: Any, currency: str) -> str:
    return value.strip()


def _reference(value: Any, currency: str) -> str:
    if not value or value != value.strip() or BETWEEN in value:
        raise Hold(
            f"{value[:40]!r} cannot be searched for in OrderWise.",
            do=f"A reference is not empty, has no {BETWEEN!r} and no space at its ends.",
            code="bad-reference",
        )
    return value
