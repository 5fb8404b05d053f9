"""All that V2 tells of an order and anybody here reads, and where; amounts are fine.

The lists of an order stand where its head only has links to them.
"""

from __future__ import annotations

from typing import Annotated, Final

import msgspec

from counterfoil.connectors.bigcommerce.words import Row, chosen, fields, written
from counterfoil.mapping.convert import (
    country,
    currency_code,
    flag,
    identity,
    per_cent,
    text,
    when,
    whole,
)
from counterfoil.mapping.field import Computed, Each, Field, Part, Sum, Table
from counterfoil.mapping.fine import fine
from counterfoil.mapping.shape import at
from counterfoil.model.address import Address
from counterfoil.model.line import Pairs


def _name(source: Row, currency: str) -> str:
    both = (text(source.get(name), currency) for name in ("first_name", "last_name"))
    return " ".join(name for name in both if name)


_LINES: Final = zip(
    ("company", "line1", "line2", "town", "region", "postcode", "phone"),
    ("company", "street_1", "street_2", "city", "state", "zip", "phone"),
    strict=True,
)
_ADDRESS: Final = Table(
    "address",
    [
        Computed("name", _name, "both names", ("first_name", "last_name")),
        Field("country", "country_iso2", country, default=""),
        *(Field(target, source, default="") for target, source in _LINES),
    ],
    Address,
)


class Product(msgspec.Struct, frozen=True, kw_only=True):
    """A line. `total` is before the discounts of the order, `tax` after them; `applied` is what
    these took off it."""

    key: Annotated[str, at("id", identity)]
    sku: Annotated[str, at("sku")] = ""
    title: Annotated[str, at("name")] = ""
    kind: Annotated[str, at("type")]
    product: Annotated[int, at("product_id", whole)] = 0
    variant: Annotated[int, at("variant_id", whole)] = 0
    quantity: Annotated[int, at("quantity", whole)]
    base: Annotated[int, at("base_price", fine)]
    price_ex: Annotated[int, at("price_ex_tax", fine)]
    price_inc: Annotated[int, at("price_inc_tax", fine)]
    total_ex: Annotated[int, at("total_ex_tax", fine)]
    total_inc: Annotated[int, at("total_inc_tax", fine)]
    tax: Annotated[int, at("total_tax", fine)]
    paid_inc: Annotated[int | None, at("discounted_total_inc_tax", fine)] = None
    applied: Annotated[int, Sum("", "applied_discounts", "amount", fine)] = 0
    sent: Annotated[int, at("quantity_shipped", whole)] = 0
    returned: Annotated[int, at("quantity_refunded", whole)] = 0
    parent: Annotated[int | None, at("parent_order_product_id", whole)] = None
    choice: Annotated[str, at("product_options", chosen)] = ""
    wishes: Annotated[Pairs, at("product_options", written)] = ()
    form: Annotated[Pairs, at("configurable_fields", fields)] = ()
    wrapping: Annotated[str, at("wrapping_name")] = ""
    message: Annotated[str, at("wrapping_message")] = ""
    event: Annotated[str, at("event_name")] = ""
    event_at: Annotated[str, at("event_date")] = ""


class Levy(msgspec.Struct, frozen=True, kw_only=True):
    """One tax on one line, or on postage, handling or wrapping (`on`)."""

    title: Annotated[str, at("name")] = ""
    rate: Annotated[str, at("rate", per_cent)]
    amount: Annotated[int, at("line_amount", fine)]
    line: Annotated[str, at("order_product_id", lambda value, currency: str(value))] = ""
    on: Annotated[str, at("line_item_type")] = "item"


class Fee(msgspec.Struct, frozen=True, kw_only=True):
    """A fee of the order's, with and without its tax."""

    title: Annotated[str, at("display_name_customer")] = "Fee"
    ex: Annotated[int, at("cost_ex_tax", fine)]
    inc: Annotated[int, at("cost_inc_tax", fine)]
    tax: Annotated[int, at("cost_tax", fine)] = 0


class Method(msgspec.Struct, frozen=True, kw_only=True):
    """How a part of the order goes to its place."""

    title: Annotated[str, at("shipping_method")] = ""


class Coupon(msgspec.Struct, frozen=True, kw_only=True):
    """A code that was typed in."""

    code: Annotated[str, at("code")]


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """An order."""

    key: Annotated[str, at("id", identity)]
    placed: Annotated[str, at("date_created", when)]
    updated: Annotated[str, at("date_modified", when)]
    currency: Annotated[str, at("default_currency_code", currency_code)]
    shown_currency: Annotated[str, at("currency_code")] = ""
    shown_rate: Annotated[str, at("currency_exchange_rate")] = ""
    inclusive: Annotated[bool | None, at("is_tax_inclusive_pricing", flag)] = None
    status: Annotated[int, at("status_id", whole)]
    payment: Annotated[str, at("payment_status")] = ""
    method: Annotated[str, at("payment_method")] = ""
    reference: Annotated[str, at("payment_provider_id")] = ""
    lines: Annotated[tuple[Product, ...], "products"]
    levies: Annotated[tuple[Levy, ...], "taxes"] = ()
    fees: Annotated[tuple[Fee, ...], "fees"] = ()
    goes_to: Annotated[tuple[Address, ...], Each("", "shipping_addresses", _ADDRESS)] = ()
    methods: Annotated[tuple[Method, ...], "shipping_addresses"] = ()
    coupons: Annotated[tuple[Coupon, ...], "coupons"] = ()
    total: Annotated[int, at("total_inc_tax", fine)]
    tax: Annotated[int, at("total_tax", fine)]
    base_shipping: Annotated[int, at("base_shipping_cost", fine)] = 0
    shipping_ex: Annotated[int, at("shipping_cost_ex_tax", fine)] = 0
    shipping_inc: Annotated[int, at("shipping_cost_inc_tax", fine)] = 0
    shipping_tax: Annotated[int, at("shipping_cost_tax", fine)] = 0
    handling_ex: Annotated[int, at("handling_cost_ex_tax", fine)] = 0
    handling_inc: Annotated[int, at("handling_cost_inc_tax", fine)] = 0
    handling_tax: Annotated[int, at("handling_cost_tax", fine)] = 0
    wrapping_ex: Annotated[int, at("wrapping_cost_ex_tax", fine)] = 0
    wrapping_inc: Annotated[int, at("wrapping_cost_inc_tax", fine)] = 0
    wrapping_tax: Annotated[int, at("wrapping_cost_tax", fine)] = 0
    store_credit: Annotated[int, at("store_credit_amount", fine)] = 0
    certificates: Annotated[int, at("gift_certificate_amount", fine)] = 0
    invoice_to: Annotated[Address, Part("", "billing_address", _ADDRESS)] = Address()
    email: Annotated[str, at("billing_address.email")] = ""
    phone: Annotated[str, at("billing_address.phone")] = ""
    note: Annotated[str, at("customer_message")] = ""
    attributes: Annotated[Pairs, at("billing_address.form_fields", fields)] = ()
    customer: Annotated[int, at("customer_id", whole)] = 0
    locale: Annotated[str, at("customer_locale")] = ""
    source: Annotated[str, at("order_source")] = ""
    channel: Annotated[int, at("channel_id", whole)] = 0
