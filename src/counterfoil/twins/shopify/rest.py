"""The order as webhook bodies show it: the REST shape, with the same facts as the GraphQL one."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

import msgspec

from counterfoil.twins.kit.graphql.problem import Json
from counterfoil.twins.kit.sale.address import Sent, address, names, region_code, where
from counterfoil.twins.kit.sale.order import (
    Amount,
    Item,
    Order,
    Postage,
    Tax,
    items,
    line_taxes,
    listed,
    postage,
    taxes,
)
from counterfoil.twins.kit.sale.parts import (
    Allocation,
    Applied,
    Duty,
    Movement,
    allocations,
    applications,
    movements,
    order_taxes,
)
from counterfoil.twins.kit.sale.refund import Repaid, RepaidLine, repayments
from counterfoil.twins.shopify.fields import number_rate
from counterfoil.twins.shopify.spelling import app_id, country_name, gid, local
from counterfoil.twins.world import Buyer, Pairs
from counterfoil.values.money import plain

_SLOTS = 8192  # amounts that are remembered, spelt
_FULFILMENTS = {"FULFILLED": "fulfilled", "PARTIALLY_FULFILLED": "partial", "UNFULFILLED": None}


def body(order: Order, offset_minutes: int) -> bytes:
    """The order's webhook body; times carry the shop's offset in minutes."""
    return msgspec.json.encode(
        {**_head(order, offset_minutes), **_totals(order), **_parts(order, offset_minutes)}
    )


def _head(order: Order, offset_minutes: int) -> Json:
    def at(moment_s: int) -> str | None:
        return local(moment_s, offset_minutes) if moment_s else None

    sale = order.sale
    company = sale.company
    return {
        "id": order.id,
        "admin_graphql_api_id": gid("Order", order.id),
        "name": order.name,
        "created_at": at(order.created_s),
        "updated_at": at(order.updated_s),
        "processed_at": at(order.processed_s),
        "cancelled_at": at(order.cancelled_s),
        "cancel_reason": order.cancel_reason.lower() or None,
        "closed_at": at(order.closed_s),
        "confirmed": True,
        "test": sale.test,
        "email": sale.email,
        "contact_email": sale.email or None,
        "phone": sale.phone or None,
        "note": sale.note or None,
        "note_attributes": _pairs(sale.attributes),
        "tags": ", ".join(order.tags),
        "number": order.number,
        "order_number": order.number,
        "app_id": app_id(order),
        "source_name": sale.channel,
        "source_identifier": None,
        "location_id": sale.retail_location.id if sale.retail_location else None,
        "company": {"id": company.id, "location_id": company.location_id} if company else None,
        "po_number": sale.po_number or None,
        "customer_locale": sale.locale or None,
        "currency": sale.currency,
        "presentment_currency": order.money(0)[3],
        "taxes_included": sale.tax_included,
        "tax_exempt": False,
        "duties_included": False,
        "estimated_taxes": False,
        "financial_status": order.financial.lower() if order.financial else None,
        "fulfillment_status": _FULFILMENTS[order.fulfilment],
        "payment_gateway_names": order.gateways,
        "discount_codes": [
            _code(one) for one in applications(order) if one.discount.kind == "discount_code"
        ],
    }


def _totals(order: Order) -> Json:
    def money(name: str, amount_minor: int) -> Json:
        return _both(name, order.money(amount_minor))

    def bag(amount_minor: int) -> msgspec.Raw:
        return _set(order.money(amount_minor))

    duties = order.duty_minor
    return {
        **money("subtotal_price", order.goods_minor - order.discount_minor),
        **money("current_subtotal_price", order.current_goods_minor),
        **money("total_price", order.sale.total_minor),
        **money("current_total_price", order.current_total_minor),
        **money("total_tax", order.sale.tax_minor),
        **money("current_total_tax", order.current_tax_minor),
        **money("total_discounts", order.discount_minor),
        **money("current_total_discounts", order.current_discount_minor),
        **money("total_line_items_price", order.goods_minor),
        "total_outstanding": spelt(order.money(order.outstanding_minor)),
        "total_tip_received": spelt(order.money(order.tip_minor)),
        "total_weight": sum(line.grams * line.quantity for line in order.sale.lines),
        "total_shipping_price_set": bag(order.shipping_minor),
        "current_shipping_price_set": bag(order.current_shipping_minor),
        "total_cash_rounding_payment_adjustment_set": bag(0),
        "total_cash_rounding_refund_adjustment_set": bag(0),
        "original_total_duties_set": bag(duties) if duties else None,
        "current_total_duties_set": bag(order.current_duty_minor) if duties else None,
        "original_total_additional_fees_set": None,
        "current_total_additional_fees_set": None,
    }


def _parts(order: Order, offset_minutes: int) -> Json:
    buyer = order.sale.buyer
    return {
        "tax_lines": _taxes(order_taxes(order)),
        "discount_applications": [_discount(one) for one in applications(order)],
        "line_items": [_line(item) for item in items(order)],
        "shipping_lines": [_postage(charge) for charge in postage(order)],
        "billing_address": _address(address(order, "billing")),
        "shipping_address": _address(address(order, "shipping")),
        "customer": _customer(buyer) if buyer else None,
        "fulfillments": _fulfilments(order),
        "refunds": [_refund(repaid, offset_minutes) for repaid in repayments(order)],
        "payment_terms": _terms(order),
    }


def _line(item: Item) -> Json:
    line, order, product = item.line, item.order, item.product_id
    tip = {"payment_gateway": order.sale.gateway, "payment_method": order.sale.gateway}
    price = order.money(line.unit_minor)
    return {
        "id": item.id,
        "admin_graphql_api_id": gid("LineItem", item.id),
        "name": item.name,
        "title": line.title,
        "sku": line.sku or None,
        "variant_id": item.variant_id,
        "variant_title": line.variant or None,
        "vendor": line.vendor or None,
        "product_id": product,
        "product_exists": product is not None,
        "quantity": line.quantity,
        "current_quantity": item.current,
        "fulfillable_quantity": item.unfulfilled,
        "fulfillment_service": "gift_card" if line.kind == "gift-card" else line.service,
        "fulfillment_status": item.fulfilled,
        "gift_card": line.kind == "gift-card",
        "grams": line.grams,
        "requires_shipping": item.ships,
        "taxable": item.taxable,
        "properties": _pairs(line.properties),
        **({"tip": tip} if line.kind == "tip" else {}),
        "price": spelt(price),
        "price_set": _set(price),
        **_both("total_discount", order.money(0)),
        "tax_lines": _taxes(line_taxes(item)),
        "discount_allocations": [_allocation(given) for given in allocations(item)],
        "duties": [_duty(Duty(item, duty, at)) for at, duty in enumerate(item.duties)],
    }


def _allocation(given: Allocation) -> Json:
    return {**_both("amount", given.amount), "discount_application_index": given.applied.at}


def _discount(applied: Applied) -> Json:
    found, amount = applied.discount, applied.order.money(applied.amount_minor)
    named = (
        {"code": found.title}
        if found.kind == "discount_code"
        else {"title": found.title, "description": None}
    )
    return {
        "target_type": "line_item",
        "type": found.kind,
        "value": found.percent or spelt(amount),
        "value_type": "percentage" if found.percent else "fixed_amount",
        "allocation_method": "across",
        "target_selection": "all",
        **named,
    }


def _code(applied: Applied) -> Json:
    return {
        "code": applied.discount.title,
        "amount": spelt(applied.order.money(applied.amount_minor)),
        "type": "percentage" if applied.discount.percent else "fixed_amount",
    }


def _duty(found: Duty) -> Json:
    order = found.item.order
    return {
        "id": str(found.id),
        "harmonized_system_code": found.duty.harmonised or None,
        "country_code_of_origin": found.duty.origin or None,
        **_moneys(order.money(found.duty.amount_minor)),
        "tax_lines": _taxes(listed(order, found.duty.taxes)),
    }


def _postage(found: Postage) -> Json:
    amount = found.order.money(found.charge.amount_minor)
    return {
        "id": found.id,
        "title": found.charge.title,
        "code": found.charge.title,
        "source": "shopify",
        "carrier_identifier": found.charge.carrier or None,
        "phone": None,
        "is_removed": found.is_removed,
        **_both("price", amount),
        **_both("discounted_price", amount),
        "current_discounted_price_set": _set(found.order.money(found.current_minor)),
        "tax_lines": _taxes(taxes(found.order, found.charge.tax_minor)),
        "discount_allocations": [],
    }


def _taxes(found: Iterable[Tax]) -> list[msgspec.Raw]:
    return [_tax(tax) for tax in found]


@lru_cache(_SLOTS)
def _tax(tax: Tax) -> msgspec.Raw:
    return msgspec.Raw(
        msgspec.json.encode(
            {
                "title": tax.title,
                "rate": number_rate(tax.rate),
                "channel_liable": tax.channel_liable,
                **_both("price", tax.amount),
            }
        )
    )


def _address(sent: Sent | None) -> Json | None:
    if sent is None:
        return None
    found = where(sent)
    first, last = names(found.name)
    return {
        "first_name": first,
        "last_name": last,
        "name": found.name,
        "company": found.company or None,
        "address1": found.line1 or None,
        "address2": found.line2 or None,
        "city": found.town or None,
        "province": found.region or None,
        "province_code": region_code(sent),
        "zip": found.postcode or None,
        "country": country_name(found.country),
        "country_code": found.country or None,
        "phone": found.phone or None,
    }


def _customer(buyer: Buyer) -> Json:
    return {
        "id": buyer.id,
        "admin_graphql_api_id": gid("Customer", buyer.id),
        "first_name": buyer.first or None,
        "last_name": buyer.last or None,
        "email": buyer.email or None,
        "phone": buyer.phone or None,
        "tags": ", ".join(sorted(set(buyer.tags))),
        "tax_exempt": False,
    }


def _terms(order: Order) -> Json | None:
    terms = order.sale.terms
    if terms is None:
        return None
    amount = order.money(order.sale.total_minor)
    return {
        "payment_terms_name": terms.name,
        "payment_terms_type": terms.kind,
        "due_in_days": terms.due_in_days or None,
        "amount": spelt(amount),
        "currency": amount[1],
    }


def _fulfilments(order: Order) -> list[Json]:
    """What has left, one fulfilment for each service that sent any of it."""
    left = [item for item in items(order) if item.sent]
    services = dict.fromkeys(item.line.service for item in left)
    return [
        {
            "id": order.id * 10 + at,
            "admin_graphql_api_id": gid("Fulfillment", order.id * 10 + at),
            "order_id": order.id,
            "name": f"{order.name}.{at}",
            "status": "success",
            "service": service,
            "line_items": [
                {"id": item.id, "sku": item.line.sku or None, "quantity": item.sent}
                for item in left
                if item.line.service == service
            ],
        }
        for at, service in enumerate(services, 1)
    ]


def _refund(repaid: Repaid, offset_minutes: int) -> Json:
    order, refund = repaid.order, repaid.refund
    moved = movements(order)[refund.payment - 1] if refund.payment else None
    return {
        "id": repaid.id,
        "admin_graphql_api_id": gid("Refund", repaid.id),
        "order_id": order.id,
        "note": refund.note,
        "created_at": local(refund.at_s, offset_minutes),
        "processed_at": local(refund.at_s, offset_minutes),
        "restock": any(line.restock != "NO_RESTOCK" for line in refund.lines),
        "refund_line_items": [_refund_line(line) for line in repaid.lines],
        "order_adjustments": _adjustments(repaid),
        "transactions": [_transaction(moved)] if moved else [],
        "duties": [],
        "total_duties_set": _set(order.money(0)),
    }


def _refund_line(found: RepaidLine) -> Json:
    line, order = found.line, found.of.order
    return {
        "id": found.id,
        "line_item_id": order.first_line + line.line,
        "quantity": line.quantity,
        "restock_type": line.restock.lower(),
        "location_id": None,
        **_numbered("subtotal", order.money(line.value_minor)),
        **_numbered("total_tax", order.money(line.tax_minor)),
    }


def _adjustments(repaid: Repaid) -> list[Json]:
    """What a refund says beside its lines: postage with a minus, and by how much less was paid
    back than was named. What is pending stands there whole (live)."""
    order, refund = repaid.order, repaid.refund
    stated = (
        ("shipping_refund", "Shipping refund", -refund.shipping_minor, -refund.shipping_tax_minor),
        ("refund_discrepancy", "Refund discrepancy", repaid.missing_minor, 0),
    )
    return [
        {
            "id": repaid.id * 10 + at,
            "order_id": order.id,
            "refund_id": repaid.id,
            "kind": kind,
            "reason": reason,
            **_both("amount", order.money(amount)),
            **_both("tax_amount", order.money(tax)),
        }
        for at, (kind, reason, amount, tax) in enumerate(stated)
        if amount
    ]


def _transaction(moved: Movement) -> Json:
    """A movement of money; its amount is in the customer's money, without a set (live)."""
    payment, amount = moved.payment, moved.order.money(moved.payment.amount_minor)
    return {
        "id": moved.id,
        "admin_graphql_api_id": gid("OrderTransaction", moved.id),
        "order_id": moved.order.id,
        "parent_id": moved.parent.id if moved.parent else None,
        "kind": payment.kind.lower(),
        "status": payment.status.lower(),
        "gateway": payment.gateway,
        "amount": plain(*amount[2:]),
        "currency": amount[3],
        "payment_id": f"{moved.order.name}.{moved.at}",
        "test": moved.order.sale.test,
    }


def _pairs(given: Pairs) -> list[Json]:
    return [{"name": name, "value": value} for name, value in given]


def _both(name: str, amount: Amount) -> Json:
    return {name: spelt(amount), f"{name}_set": _set(amount)}


def _numbered(name: str, amount: Amount) -> Json:
    """The same where REST spells the amount as a number (recorded: `"subtotal": 195.66`)."""
    return {name: msgspec.Raw(spelt(amount).encode()), f"{name}_set": _set(amount)}


@lru_cache(_SLOTS)
def spelt(amount: Amount) -> str:
    """The shop's money as REST spells it: two decimals, or as many as the currency has."""
    return plain(*amount[:2])


def _moneys(amount: Amount) -> Json:
    return {
        "shop_money": {"amount": plain(*amount[:2]), "currency_code": amount[1]},
        "presentment_money": {"amount": plain(*amount[2:]), "currency_code": amount[3]},
    }


@lru_cache(_SLOTS)
def _set(amount: Amount) -> msgspec.Raw:
    return msgspec.Raw(msgspec.json.encode(_moneys(amount)))
