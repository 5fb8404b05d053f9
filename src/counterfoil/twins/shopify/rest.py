"""The order as webhook bodies show it: the REST shape, with the same facts as the GraphQL one."""

from __future__ import annotations

from functools import lru_cache

import msgspec

from counterfoil.twins.shopify.fields import number_rate
from counterfoil.twins.shopify.order import (
    TAX_TITLE,
    Item,
    Kept,
    Postage,
    Sent,
    Tax,
    address,
    items,
    names,
    postage,
    taxes,
)
from counterfoil.twins.shopify.problem import Json
from counterfoil.twins.shopify.spelling import Amount, gid, local
from counterfoil.values.money import plain

_SLOTS = 8192  # amounts that are remembered, spelt


def body(order: Kept, offset_minutes: int) -> bytes:
    """The order's webhook body; times carry the shop's offset in minutes."""
    return msgspec.json.encode({**_head(order, offset_minutes), **_totals(order), **_parts(order)})


def _head(order: Kept, offset_minutes: int) -> Json:
    def at(moment_s: int) -> str:
        return local(moment_s, offset_minutes)

    sale = order.sale
    return {
        "id": order.id,
        "admin_graphql_api_id": gid("Order", order.id),
        "name": order.name,
        "created_at": at(order.created_s),
        "updated_at": at(order.updated_s),
        "processed_at": at(order.processed_s),
        "cancelled_at": at(order.cancelled_s) if order.cancelled_s else None,
        "cancel_reason": order.cancel_reason.lower() or None,
        "closed_at": None,
        "confirmed": True,
        "test": False,
        "email": sale.email,
        "contact_email": sale.email or None,
        "phone": None,
        "note": sale.note or None,
        "note_attributes": [],
        "tags": ", ".join(order.tags),
        "source_name": "web",
        "source_identifier": None,
        "currency": sale.currency,
        "presentment_currency": sale.currency,
        "taxes_included": True,
        "tax_exempt": False,
        "duties_included": False,
        "estimated_taxes": False,
        "financial_status": "paid",
        "fulfillment_status": None,
        "payment_gateway_names": [sale.gateway] if order.paid else [],
        "discount_codes": [],
    }


def _totals(order: Kept) -> Json:
    subtotal = order.money(order.goods_minor - order.discount_minor)
    total = order.money(order.sale.total_minor)
    tax = order.money(order.sale.tax_minor)
    discounts = order.money(order.discount_minor)
    nothing = order.money(0)
    return {
        **_both("subtotal_price", subtotal),
        **_both("current_subtotal_price", subtotal),
        **_both("total_price", total),
        **_both("current_total_price", total),
        **_both("total_tax", tax),
        **_both("current_total_tax", tax),
        **_both("total_discounts", discounts),
        **_both("current_total_discounts", discounts),
        **_both("total_line_items_price", order.money(order.goods_minor)),
        "total_outstanding": _text(nothing),
        "total_tip_received": _text(nothing),
        "total_shipping_price_set": _set(order.money(order.shipping_minor)),
        "total_cash_rounding_payment_adjustment_set": _set(nothing),
        "total_cash_rounding_refund_adjustment_set": _set(nothing),
        "original_total_duties_set": None,
        "current_total_duties_set": None,
        "original_total_additional_fees_set": None,
        "current_total_additional_fees_set": None,
    }


def _parts(order: Kept) -> Json:
    return {
        "tax_lines": [_tax(tax) for tax in taxes(order, order.sale.tax_minor)],
        "discount_applications": [_discount(order)] if order.discount_minor else [],
        "line_items": [_line(item) for item in items(order)],
        "shipping_lines": [_postage(charge) for charge in postage(order)],
        "billing_address": _address(address(order, "billing")),
        "shipping_address": _address(address(order, "shipping")),
        "customer": None,
        "fulfillments": [],
        "refunds": [],
        "payment_terms": None,
    }


def _line(item: Item) -> Json:
    line, order = item.line, item.order
    return {
        "id": item.id,
        "admin_graphql_api_id": gid("LineItem", item.id),
        "name": line.title,
        "title": line.title,
        "sku": line.sku or None,
        "variant_id": item.variant_id,
        "variant_title": None,
        "vendor": None,
        "product_id": item.variant_id,
        "product_exists": item.variant_id is not None,
        "quantity": line.quantity,
        "current_quantity": line.quantity,
        "fulfillable_quantity": line.quantity,
        "fulfillment_status": None,
        "gift_card": line.kind == "gift-card",
        "requires_shipping": line.kind != "gift-card",
        "taxable": bool(line.tax_minor),
        "properties": [],
        **_both("price", order.money(line.unit_minor)),
        **_both("total_discount", order.money(0)),
        "tax_lines": [_tax(tax) for tax in taxes(order, line.tax_minor)],
        "discount_allocations": [_allocation(item)] if line.discount_minor else [],
        "duties": [],
    }


def _allocation(item: Item) -> Json:
    amount = item.order.money(item.line.discount_minor)
    return {**_both("amount", amount), "discount_application_index": 0}


def _discount(order: Kept) -> Json:
    return {
        "target_type": "line_item",
        "type": "manual",
        "value": _text(order.money(order.discount_minor)),
        "value_type": "fixed_amount",
        "allocation_method": "across",
        "target_selection": "all",
        "title": "Discount",
        "description": None,
    }


def _postage(found: Postage) -> Json:
    amount = found.order.money(found.charge.amount_minor)
    return {
        "id": found.id,
        "title": found.charge.title,
        "code": found.charge.title,
        "source": "shopify",
        "carrier_identifier": None,
        "phone": None,
        "is_removed": False,
        **_both("price", amount),
        **_both("discounted_price", amount),
        "tax_lines": [_tax(tax) for tax in taxes(found.order, found.charge.tax_minor)],
        "discount_allocations": [],
    }


def _tax(tax: Tax) -> Json:
    return {
        "title": TAX_TITLE,
        "rate": number_rate(tax.rate),
        "channel_liable": False,
        **_both("price", tax.amount),
    }


def _address(sent: Sent | None) -> Json | None:
    if sent is None:
        return None
    where = sent.order.sale.deliver_to
    first, last = names(where.name)
    return {
        "first_name": first,
        "last_name": last,
        "name": where.name,
        "company": where.company or None,
        "address1": where.line1 or None,
        "address2": where.line2 or None,
        "city": where.town or None,
        "province": where.region or None,
        "province_code": None,
        "zip": where.postcode or None,
        "country_code": where.country or None,
        "phone": where.phone or None,
    }


def _both(name: str, amount: Amount) -> Json:
    return {name: _text(amount), f"{name}_set": _set(amount)}


@lru_cache(_SLOTS)
def _text(amount: Amount) -> str:
    return plain(*amount)


@lru_cache(_SLOTS)
def _set(amount: Amount) -> msgspec.Raw:
    money = {"amount": plain(*amount), "currency_code": amount[1]}
    return msgspec.Raw(msgspec.json.encode({"shop_money": money, "presentment_money": money}))
