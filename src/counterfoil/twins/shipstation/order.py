"""A posted order: what ShipStation takes from the JSON, what it works out, what it refuses."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

import msgspec

from counterfoil.twins.kit.posted import ABSENT, Refusal, decoded, minor_units
from counterfoil.values.money import plain

_STATUSES: Final = frozenset(
    {
        "awaiting_payment",
        "awaiting_shipment",
        "pending_fulfillment",
        "shipped",
        "on_hold",
        "cancelled",
    }
)
_NUMBER_MOST: Final = 50
_UNIT: Final = "USD"  # any currency of two decimals: an order carries none


class _Address(msgspec.Struct, rename="camel"):
    name: str
    company: str | None = None
    street1: str | None = None
    street2: str | None = None
    street3: str | None = None
    city: str | None = None
    state: str | None = None
    postal_code: str | None = None
    country: str | None = None
    phone: str | None = None
    residential: bool | None = None


class _Item(msgspec.Struct, rename="camel"):
    name: str
    quantity: int
    line_item_key: str | None = None
    sku: str | None = None
    unit_price: msgspec.Raw = ABSENT
    tax_amount: msgspec.Raw = ABSENT
    adjustment: bool = False


class _Options(msgspec.Struct, rename="camel"):
    store_id: int | None = None
    warehouse_id: int | None = None
    custom_field1: str | None = None
    custom_field2: str | None = None
    custom_field3: str | None = None
    source: str | None = None


class _Body(msgspec.Struct, rename="camel"):
    order_number: str
    order_date: str
    order_status: str
    bill_to: _Address
    ship_to: _Address
    order_key: str | None = None
    customer_email: str | None = None
    customer_notes: str | None = None
    payment_method: str | None = None
    requested_shipping_service: str | None = None
    amount_paid: msgspec.Raw = ABSENT
    tax_amount: msgspec.Raw = ABSENT
    shipping_amount: msgspec.Raw = ABSENT
    items: list[_Item] = []
    advanced_options: _Options = msgspec.field(default_factory=_Options)


class Placed(msgspec.Struct):
    """An order as it is kept: `total` in minor units, `shown` what a read shows of it."""

    key: str | None
    number: str
    status: str
    total: int
    shown: dict[str, Any]


_DECODER: Final = msgspec.json.Decoder(_Body)


def placed(body: bytes, stores: tuple[int, ...]) -> Placed:
    """The order that a body asks for. Raises `Refusal`."""
    posted = decoded(_DECODER, body)
    if not 0 < len(posted.order_number) <= _NUMBER_MOST:
        raise Refusal("orderNumber is required and has at most 50 characters")
    if posted.order_status not in _STATUSES:
        raise Refusal(f"orderStatus {posted.order_status[:20]} is not valid")
    try:
        moment = datetime.fromisoformat(posted.order_date)
    except ValueError:
        raise Refusal(f"orderDate {posted.order_date[:40]} is not a date") from None
    options = posted.advanced_options
    if options.store_id is not None and options.store_id not in stores:
        raise Refusal(f"Store {options.store_id} does not exist")
    total = _amount(posted.tax_amount, "taxAmount") + _amount(
        posted.shipping_amount, "shippingAmount"
    )
    for item in posted.items:
        total += item.quantity * _amount(item.unit_price, "unitPrice")
    view: dict[str, Any] = _members(posted) | {
        "orderDate": told(moment),
        "amountPaid": _number(_amount(posted.amount_paid, "amountPaid")),
        "taxAmount": _number(_amount(posted.tax_amount, "taxAmount")),
        "shippingAmount": _number(_amount(posted.shipping_amount, "shippingAmount")),
        "orderTotal": _number(total),
        "items": [_item(item) for item in posted.items],
    }
    view["advancedOptions"]["storeId"] = options.store_id or stores[0]
    return Placed(posted.order_key, posted.order_number, posted.order_status, total, view)


def told(moment: datetime) -> str:
    """A local moment as the vendor writes it: seven decimals, no offset."""
    return moment.replace(tzinfo=None).isoformat(timespec="microseconds") + "0"


def _item(item: _Item) -> dict[str, Any]:
    return _members(item) | {
        "unitPrice": _number(_amount(item.unit_price, "unitPrice")),
        "taxAmount": _number(_amount(item.tax_amount, "taxAmount")),
    }


def _members(posted: msgspec.Struct) -> dict[str, Any]:
    return msgspec.json.decode(msgspec.json.encode(posted))


def _amount(raw: msgspec.Raw, member: str) -> int:
    return minor_units(raw, member, _UNIT) or 0


def _number(minor: int) -> msgspec.Raw:
    return msgspec.Raw(plain(minor, _UNIT))
