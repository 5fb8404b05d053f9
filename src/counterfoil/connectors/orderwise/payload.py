"""The field table of an order: which member of OrderWise's JSON is made from what.

The members are those that public connector code sends; where a member's name is not certain, it
is a setting. Amounts are JSON numbers with two exact decimals.
"""

from __future__ import annotations

from typing import Any

import msgspec

from counterfoil.connectors.orderwise.line import Sold
from counterfoil.connectors.orderwise.price import number
from counterfoil.connectors.orderwise.profile import Profile
from counterfoil.mapping.convert import same
from counterfoil.mapping.field import Computed, Const, Converter, Entry, Field
from counterfoil.mapping.table import Table
from counterfoil.mapping.valuemap import ValueMap
from counterfoil.model.address import Address
from counterfoil.model.order import Order
from counterfoil.values.clock import instant, wall_clock, wall_date
from counterfoil.values.errors import Hold

BETWEEN = "~"
"""Stands between references in a query, so no reference may contain it."""

IGNORES = {
    "order.deliver_to": "Sent as the address; the invoice address stands in for a missing one.",
    "order.invoice_to": "No member for it is known; named as a loss where it differs.",
    "order.lines": "OrderWise is sent the priced lines; it shows its own variants' descriptions.",
    "order.payments": "One payment method a connection, as a setting.",
    "order.extras": "Sent as lines of the agreed variants.",
    "order.shipping": "Sent as one delivery: its method and its gross.",
    "order.tax_included": "Prices are sent gross or net, as the setting price_basis says.",
    "order.tax_minor": "OrderWise reckons the tax from each line's rate; it is compared.",
    "order.created": "OrderWise has its own.",
    "order.updated": "OrderWise has its own.",
    "order.currency": "Sent only where the setting currency_field names a member.",
    "order.cancelled": "Whether an order is sent at all is the route's business.",
    "order.test": "Whether an order is sent at all is the route's business.",
    "delivery_tax_minor": "Compared after the write.",
    "sold.quantity": "Compared after the write.",
    "sold.gross_minor": "Compared after the write.",
    "sold.tax_minor": "Compared after the write.",
}


class Parts(msgspec.Struct, frozen=True):
    """What the table reads: an order, where it goes, how, for how much, and its priced lines.

    `delivery_minor` is gross, `delivery_tax_minor` the tax in it; `delivery_id` 0 is none.
    """

    order: Order
    address: Address
    delivery_id: int
    delivery_minor: int
    delivery_tax_minor: int
    sold: Sold

    @property
    def tax_minor(self) -> int:
        """The tax that OrderWise will show of the whole order."""
        return self.sold.tax_minor + self.delivery_tax_minor


def delivery_name(address: Address) -> str:
    """To whom the parcel is addressed: the company where there is one."""
    return address.company.strip() or address.name.strip()


def table(
    profile: Profile, countries: ValueMap | None, *, address: bool, delivery: bool
) -> Table[dict[str, Any]]:
    """The table of one connection, with or without an address and a delivery method."""
    entries = [*_customer(profile), *_header(profile)]
    if address:
        entries += _address(countries)
    if delivery:
        entries.append(Field("orderHeader.deliveryMethodId", "delivery_id", same))
    if address and delivery:
        entries.append(Field("customerDeliveryAddress.deliveryMethodId", "delivery_id", same))
    entries.append(Field("orderLines", "sold.lines", same))
    return Table("orderwise.order", entries, reads="attributes", ignores=IGNORES)


def _customer(profile: Profile) -> list[Entry]:
    if profile.customer_id:
        return [Const("customer.id", profile.customer_id)]
    return [Const("customer.accountNumber", profile.account_number)]


def _header(profile: Profile) -> list[Entry]:
    entries: list[Entry] = [
        Field("orderHeader.orderDate", "order.placed", _local(profile)),
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
        entries.append(Field("orderHeader.requiredDate", "order.placed", _required(profile)))
    if profile.payment_method_id:
        entries.append(Const(profile.payment_field, profile.payment_method_id))
    if profile.currency_field:
        listed = _listed(profile)
        entries.append(Field(profile.currency_field, "order.currency", listed))
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
        Field("customerDeliveryAddress.telephone", "address.phone", _trimmed),
        Field("customerDeliveryAddress.email", "order.email", _trimmed),
    ]
    if countries is not None:
        named = _named(countries)
        entries.append(Field("customerDeliveryAddress.country", "address.country", named))
    return entries


def _local(profile: Profile) -> Converter:
    return lambda value, currency: wall_clock(instant(value), profile.clock)


def _required(profile: Profile) -> Converter:
    def day(value: Any, currency: str) -> str:
        return wall_date(instant(value), profile.clock, profile.required_days) + "T00:00:00"

    return day


def _instructions(profile: Profile) -> Converter:
    def text(parts: Any, currency: str) -> str:
        return f"{profile.instructions_prefix}{parts.order.number} {parts.order.note}".strip()

    return text


def _listed(profile: Profile) -> Converter:
    return lambda value, currency: profile.currencies[value]


def _named(countries: ValueMap) -> Converter:
    return lambda value, currency: countries.look_up(value) if value else ""


def _delivery_name(parts: Any, currency: str) -> str:
    return delivery_name(parts.address)


def _amount(value: Any, currency: str) -> msgspec.Raw:
    return number(value)


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
