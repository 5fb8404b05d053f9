"""All that V2 tells of an order and anybody here reads, and where; amounts are fine.

The lists of an order stand where its head only has links to them.
"""

from __future__ import annotations

from typing import Annotated, Final

import msgspec

from counterfoil.connectors.bigcommerce.words import chosen, written
from counterfoil.mapping.addresses import address_table
from counterfoil.mapping.convert import (
    currency_code,
    flag,
    identity,
    mail_date,
    named,
    per_cent,
    whole,
)
from counterfoil.mapping.field import Each, Part, Sum
from counterfoil.mapping.fine import fine
from counterfoil.mapping.pair import Pair, pair
from counterfoil.mapping.shape import at
from counterfoil.model.address import Address
from counterfoil.model.line import Pairs


def _cost(name: str, *required: str) -> Part:
    return pair(required, inc=f"{name}_inc_tax", ex=f"{name}_ex_tax", tax=f"{name}_tax")


_ADDRESS: Final = address_table(
    first="first_name",
    last="last_name",
    company="company",
    line1="street_1",
    line2="street_2",
    town="city",
    region="state",
    postcode="zip",
    country="country_iso2",
    phone="phone",
)
_FORM: Final = named("name", "value")


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
    price: Annotated[Pair, _cost("price", "inc", "ex")]
    total: Annotated[Pair, _cost("total", "inc", "ex", "tax")]
    paid_inc: Annotated[int | None, at("discounted_total_inc_tax", fine)] = None
    applied: Annotated[int, Sum("", "applied_discounts", "amount", fine)] = 0
    sent: Annotated[int, at("quantity_shipped", whole)] = 0
    returned: Annotated[int, at("quantity_refunded", whole)] = 0
    parent: Annotated[int | None, at("parent_order_product_id", whole)] = None
    choice: Annotated[str, at("product_options", chosen)] = ""
    wishes: Annotated[Pairs, at("product_options", written)] = ()
    form: Annotated[Pairs, at("configurable_fields", _FORM)] = ()
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
    cost: Annotated[Pair, _cost("cost", "inc", "ex")]


class Method(msgspec.Struct, frozen=True, kw_only=True):
    """How a part of the order goes to its place."""

    title: Annotated[str, at("shipping_method")] = ""


class Coupon(msgspec.Struct, frozen=True, kw_only=True):
    """A code that was typed in."""

    code: Annotated[str, at("code")]


class StoreOrder(msgspec.Struct, frozen=True, kw_only=True):
    """An order."""

    key: Annotated[str, at("id", identity)]
    placed: Annotated[str, at("date_created", mail_date)]
    updated: Annotated[str, at("date_modified", mail_date)]
    currency: Annotated[str, at("default_currency_code", currency_code)]
    shown_currency: Annotated[str, at("currency_code")] = ""
    shown_rate: Annotated[str, at("currency_exchange_rate")] = ""
    inclusive: Annotated[bool | None, at("is_tax_inclusive_pricing", flag)] = None
    status: Annotated[int, at("status_id", whole)]
    payment: Annotated[str, at("payment_status")] = ""
    method: Annotated[str, at("payment_method")] = ""
    reference: Annotated[str, at("payment_provider_id")] = ""
    lines: Annotated[tuple[Product, ...], "products"]
    taxes: Annotated[tuple[Levy, ...], "taxes"] = ()
    fees: Annotated[tuple[Fee, ...], "fees"] = ()
    goes_to: Annotated[tuple[Address, ...], Each("", "shipping_addresses", _ADDRESS)] = ()
    methods: Annotated[tuple[Method, ...], "shipping_addresses"] = ()
    coupons: Annotated[tuple[Coupon, ...], "coupons"] = ()
    total: Annotated[int, at("total_inc_tax", fine)]
    tax: Annotated[int, at("total_tax", fine)]
    base_shipping: Annotated[int, at("base_shipping_cost", fine)] = 0
    shipping: Annotated[Pair, _cost("shipping_cost")]
    handling: Annotated[Pair, _cost("handling_cost")]
    wrapping: Annotated[Pair, _cost("wrapping_cost")]
    store_credit: Annotated[int, at("store_credit_amount", fine)] = 0
    certificates: Annotated[int, at("gift_certificate_amount", fine)] = 0
    invoice_to: Annotated[Address, Part("", "billing_address", _ADDRESS)] = Address()
    email: Annotated[str, at("billing_address.email")] = ""
    phone: Annotated[str, at("billing_address.phone")] = ""
    note: Annotated[str, at("customer_message")] = ""
    attributes: Annotated[Pairs, at("billing_address.form_fields", _FORM)] = ()
    customer: Annotated[int, at("customer_id", whole)] = 0
    locale: Annotated[str, at("customer_locale")] = ""
    source: Annotated[str, at("order_source")] = ""
    channel: Annotated[int, at("channel_id", whole)] = 0
