"""The field table of an order: each member of OrderWise's JSON, and what is seen of it afterwards.

The members are those that public connector code sends; where a member's name is not certain, it
is a setting. Amounts are JSON numbers with the exact decimals of their currency. The columns are
those of the two export definitions in `definitions/`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, Final

import msgspec

from counterfoil.connectors.orderwise.profile import TITLE, Profile
from counterfoil.kit.api.compared import ByCode, Forms, Member, Shown, rows
from counterfoil.kit.api.heads import HeadsAndRows
from counterfoil.kit.api.readback import columns, local_time, text
from counterfoil.mapping.convert import local_midnight, local_moment, same, searchable, trimmed
from counterfoil.mapping.field import Computed, Const, Each, Entry, Field
from counterfoil.mapping.sold import Sold
from counterfoil.mapping.unit_price import json_number
from counterfoil.mapping.untold import NOWHERE
from counterfoil.mapping.valuemap import ValueMap
from counterfoil.model.address import Address
from counterfoil.model.order import Order

BETWEEN: Final = "~"
"""Stands between references in a query, so no reference may contain it."""
CUSTOMER_REF: Final = "orderHeader.customerOrderRef"
"""The member for the customer's own number of the order, where it is not our reference."""

_SHOWN: Final = (
    Shown("reference", "code", "extRef", text),
    Shown("customer_ref", "text", "custRef"),
    Shown("status", None, "statusText"),
    Shown("customer", "code", "customerId"),
    Shown("delivery_method", "code", "deliveryMethodId"),
    Shown("order_type", "code", "orderType"),
    Shown("ordered_at", "text", "orderedAt", local_time),
    Shown("required_at", "text", "requiredAt", local_time),
    Shown("tax", "money", "tax"),
    Shown("total", "money", "gross"),
    Shown("delivery", "money", "deliveryGross"),
    Shown("instructions", "person", "specialInstructions"),
    Shown("payment_method", "code", "paymentMethodId"),
    Shown("currency", "code", "currencyId"),
    Shown("delivery_name", "person", "deliveryName"),
    Shown("contact_name", "person", "contactName"),
    Shown("address1", "person", "address1"),
    Shown("address2", "person", "address2"),
    Shown("town", "person", "town"),
    Shown("county", "person", "county"),
    Shown("country_name", "text", "country"),
    Shown("delivery_postcode", "person", "deliveryPostcode"),
    Shown("delivery_country", "code", "deliveryCountryCode", text),
    Shown("email", "person", "email"),
    Shown("telephone", "person", "telephone"),
)
ROWS: Final = ByCode(
    "lines",
    "sku",
    (
        Shown("quantity", "pieces", "qty"),
        Shown("gross", "money", "lineGross"),
        Shown("tax_rate", "code", "taxRateId"),
        Shown("stock_location", "code", "stockLocationId"),
    ),
)
SEEN: Final = HeadsAndRows(
    ("owOrderId", "owOrderNo", "extRef", "lineId", "currencyId"), _SHOWN, ROWS, "products"
)
KINDS: Final = SEEN.kinds
columns_of = partial(columns, __package__ or "", kind="export definition")
CF_ORDERS: Final = columns_of("definitions/CF_ORDERS.sql")
CF_ORDER_LINES: Final = columns_of("definitions/CF_ORDER_LINES.sql")


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


def forms(
    profile: Profile, countries: ValueMap | None, name: str = "order", place: Entry | None = None
) -> Forms[Parts]:
    """What makes the payloads of one connection, and says what must be seen of them; `place` is
    what tells the stock location of a line, where that is not one for all."""
    return Forms(
        f"orderwise.{name}",
        members(profile, countries, place),
        KINDS,
        reckoned=_reckoned(profile),
        below=line_members(profile, place),
    )


def _reckoned(profile: Profile) -> list[Entry]:
    entries: list[Entry] = [
        Field("total", "order.total_minor", same),
        Field("delivery", "delivery_minor", same),
        Computed("products", _count_codes, "How many codes were sold.", reads=("sold.codes",)),
    ]
    return [*entries, Field("tax", "tax_minor", same)] if profile.compare_tax else entries


def members(
    profile: Profile, countries: ValueMap | None, place: Entry | None = None
) -> list[Member[Parts]]:
    """The members of an order; those of its lines apart."""
    lines = rows("orderwise.line", line_members(profile, place))
    account = Const("customer.accountNumber", profile.account_number)
    to_method = Field("customerDeliveryAddress.deliveryMethodId", "delivery_id", same)
    return [
        Member("customer", Field("customer.id", "customer_id", same), _has_customer),
        Member("customer.account_number", account, _has_no_customer),
        *_header(profile),
        *_address(countries),
        Member(
            "delivery_method",
            Field("orderHeader.deliveryMethodId", "delivery_id", same),
            _has_delivery,
        ),
        Member("address.delivery_method", to_method, _is_delivered),
        Member("", Each("orderLines", "sold.rows", lines)),
    ]


def line_members(profile: Profile, place: Entry | None = None) -> list[Member[Any]]:
    """The members of a line. Its price is per unit, with tax or without, never both.

    `calculateLineSystemPrice` is false on every line and is no setting: true lets OrderWise price
    the line anew from its own price lists.
    """
    constant = Const("stockLocationId", profile.stock_location_id)
    stock = place or (constant if profile.stock_location_id else None)
    price = "itemGross" if profile.price_basis == "gross" else "itemNet"
    return [
        Member("lines.item_number", Field("itemNumber", "number", same)),
        Member("products", Field("variantCode", "code", same)),
        Member("lines.quantity", Field("quantity", "quantity", same)),
        Member("lines.tax_rate", Field("taxRateId", "rate_id", same)),
        *([Member("lines.stock_location", stock)] if stock else []),
        Member("lines.calculate_price", Const("calculateLineSystemPrice", False)),
        Member("lines.gross", Field(price, "price_minor", json_number)),
    ]


def _header(profile: Profile) -> list[Member[Parts]]:
    local, currencies = local_moment(profile.clock), profile.currencies
    to_midnight = local_midnight(local, profile.required_days)
    instructions = Computed(
        "orderHeader.specialInstructions",
        _instructions(profile.instructions_prefix),
        "The shop's order number, so that people find it, and the customer's note.",
        reads=("order.number", "order.note"),
    )
    total = Field("orderHeader.orderGross", "order.total_minor", json_number)
    delivery = Field("orderHeader.deliveryGross", "delivery_minor", json_number)
    members: list[Member[Parts]] = [
        Member("ordered_at", Field("orderHeader.orderDate", "order.placed", local)),
        Member("reference", Field(profile.external_ref_field, "order.key", _REFERENCE)),
        Member("order_type", Const("orderHeader.systemOrderType", profile.order_type)),
        Member("instructions", instructions),
        Member("total", total, reckoned=True),
        Member("delivery", delivery, reckoned=True),
    ]
    if profile.required_days >= 0:
        required = Field("orderHeader.requiredDate", "order.placed", to_midnight)
        members.append(Member("required_at", required))
    if profile.external_ref_field != CUSTOMER_REF:
        number = Field(CUSTOMER_REF, "order.po_number", trimmed)
        members.append(Member("customer_ref", number, _has_number))
    payment = Field(profile.payment_field, "payment_id", same)
    members.append(Member("payment_method", payment, _is_paid))
    if profile.currency_field:
        listed = Field(
            profile.currency_field, "order.currency", lambda code, currency: currencies[str(code)]
        )
        members.append(Member("currency", listed))
    return members


def _address(countries: ValueMap | None) -> Sequence[Member[Parts]]:
    entries = {
        "delivery_name": Computed(
            "deliveryName",
            _delivery_name,
            "The company where there is one, else the person.",
            reads=("address.company",),
        ),
        "contact_name": Field("contactName", "address.name", trimmed),
        "address1": Field("address1", "address.line1", trimmed),
        "address2": Field("address2", "address.line2", trimmed),
        "town": Field("town", "address.town", trimmed),
        "county": Field("county", "address.region", trimmed),
        "delivery_postcode": Field("postcode", "address.postcode", trimmed),
        "delivery_country": Field("countryCode", "address.country", trimmed),
        "telephone": Computed(
            "telephone",
            _telephone,
            "The address's own, else the order's, else the invoice address's.",
            reads=("address.phone", "order.phone", "order.invoice_to.phone"),
        ),
        "email": Field("email", "order.email", trimmed),
    }
    if countries is not None:
        entries["country_name"] = Field("country", "address.country", countries.convert)
    return [
        Member(
            name,
            msgspec.structs.replace(entry, target=f"customerDeliveryAddress.{entry.target}"),
            _goes_somewhere,
        )
        for name, entry in entries.items()
    ]


# --- converters, and when a member is sent ---

_REFERENCE: Final = searchable(TITLE, BETWEEN)


def _count_codes(parts: Parts, currency: str) -> int:
    return len(parts.sold.codes)


def _instructions(prefix: str) -> Callable[[Parts, str], str]:
    return lambda parts, currency: f"{prefix}{parts.order.number} {parts.order.note}".strip()


def _delivery_name(parts: Parts, currency: str) -> str:
    return parts.address.company.strip() or parts.address.name.strip()


def _telephone(parts: Parts, currency: str) -> str:
    order = parts.order
    return parts.address.phone.strip() or order.phone.strip() or order.invoice_to.phone.strip()


def _has_customer(parts: Parts) -> bool:
    return parts.customer_id != 0


def _has_no_customer(parts: Parts) -> bool:
    return parts.customer_id == 0


def _has_number(parts: Parts) -> bool:
    return parts.order.po_number != ""


def _has_delivery(parts: Parts) -> bool:
    return parts.delivery_id != 0


def _is_paid(parts: Parts) -> bool:
    return parts.payment_id != 0


def _goes_somewhere(parts: Parts) -> bool:
    return parts.address != NOWHERE


def _is_delivered(parts: Parts) -> bool:
    return _has_delivery(parts) and _goes_somewhere(parts)
