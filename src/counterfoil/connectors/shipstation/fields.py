"""The field table of an order: each member of ShipStation's JSON, and what is seen of it.

Amounts are JSON numbers with the exact decimals of their currency. A member of an object is
compared under a name of its own ("ship_to_city").
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import msgspec

from counterfoil.connectors.shipstation.client import Profile
from counterfoil.kit.api.compared import ByCode, Forms, Member, Shown, rows
from counterfoil.kit.api.readback import local_time, text
from counterfoil.kit.connector import Kind
from counterfoil.mapping.convert import local_moment, same, trimmed
from counterfoil.mapping.field import Computed, Const, Each, Field
from counterfoil.mapping.items import Item
from counterfoil.mapping.unit_price import json_number
from counterfoil.model.address import Address
from counterfoil.model.order import Order

_PLACES: Final = {
    "name": "name",
    "company": "company",
    "street1": "line1",
    "street2": "line2",
    "city": "town",
    "state": "region",
    "postalCode": "postcode",
    "country": "country",
    "phone": "phone",
}
"""The members of an address, and the fields of ours."""

SHOWN: Final = (
    Shown("reference", "code", "orderKey", text),
    Shown("searched_by", "code", "orderNumber", text),
    Shown("ordered_at", "text", "orderDate", local_time),
    Shown("total", "money", "orderTotal"),
    Shown("paid", "money", "amountPaid"),
    Shown("tax", "money", "taxAmount"),
    Shown("delivery", "money", "shippingAmount"),
    Shown("email", "person", "customerEmail"),
    Shown("note", "person", "customerNotes"),
    Shown("payment_method", "text", "paymentMethod"),
    Shown("service", "text", "requestedShippingService"),
    Shown("store", "code", "advancedOptions.storeId"),
    *(Shown(f"ship_to_{name}", "person", f"shipTo.{name}") for name in _PLACES),
    *(Shown(f"bill_to_{name}", "person", f"billTo.{name}") for name in _PLACES),
)
ROWS: Final = ByCode(
    "lines",
    "lineItemKey",
    (
        Shown("sku", "code", "sku", text),
        Shown("quantity", "pieces", "quantity"),
        Shown("price", "money", "unitPrice"),
        Shown("name", "text", "name"),
    ),
)
KINDS: Final[Mapping[str, Kind]] = {
    **{field.name: field.kind for field in SHOWN if field.kind},
    **ROWS.kinds,
    "items": "pieces",
}


class Parts(msgspec.Struct, frozen=True):
    """What the table reads: an order, its priced items, who pays, and what is charged beside them.

    `tax_minor` is tax that comes on top of the prices.
    """

    order: Order
    items: tuple[Item, ...]
    bill_to: Address
    delivery_minor: int
    tax_minor: int
    paid_minor: int
    payment_method: str
    service: str


_LINE: Final[Sequence[Member[Any]]] = (
    Member("items", Field("lineItemKey", "key", same)),
    Member("lines.sku", Field("sku", "sku", same)),
    Member("lines.name", Field("name", "name", same)),
    Member("lines.quantity", Field("quantity", "quantity", same)),
    Member("lines.price", Field("unitPrice", "price_minor", json_number)),
)


def forms(profile: Profile) -> Forms[Parts]:
    """What makes the payloads of one connection, and says what must be seen of them."""
    reckoned = [
        Field("total", "order.total_minor", same),
        Field("paid", "paid_minor", same),
        Field("tax", "tax_minor", same),
        Field("delivery", "delivery_minor", same),
        Computed("items", _count, "How many items were sent.", reads=("items",)),
    ]
    return Forms("shipstation.order", _members(profile), KINDS, reckoned=reckoned, below=_LINE)


def _members(profile: Profile) -> list[Member[Parts]]:
    return [
        Member("reference", Field("orderKey", "order.key", same)),
        Member("searched_by", Field("orderNumber", "order.key", same)),
        Member("ordered_at", Field("orderDate", "order.placed", local_moment(profile.clock))),
        Member("status", Const("orderStatus", profile.order_status)),
        Member("paid", Field("amountPaid", "paid_minor", json_number), reckoned=True),
        Member("tax", Field("taxAmount", "tax_minor", json_number), reckoned=True),
        Member("delivery", Field("shippingAmount", "delivery_minor", json_number), reckoned=True),
        Member("email", Field("customerEmail", "order.email", trimmed)),
        Member("note", Field("customerNotes", "order.note", trimmed)),
        Member("payment_method", Field("paymentMethod", "payment_method", trimmed)),
        Member("service", Field("requestedShippingService", "service", trimmed)),
        Member("number", Field("advancedOptions.customField1", "order.number", trimmed)),
        Member("store", Const("advancedOptions.storeId", profile.store_id), _in(profile.store_id)),
        *_address("ship_to", "shipTo", "order.deliver_to"),
        *_address("bill_to", "billTo", "bill_to"),
        Member("", Each("items", "items", rows("shipstation.item", _LINE))),
    ]


def _address(name: str, member: str, source: str) -> list[Member[Parts]]:
    return [
        Member(f"{name}_{place}", Field(f"{member}.{place}", f"{source}.{field}", trimmed))
        for place, field in _PLACES.items()
    ]


def _in(store_id: int) -> Callable[[Parts], bool]:
    return lambda parts: store_id != 0


def _count(parts: Parts, currency: str) -> int:
    return len(parts.items)
