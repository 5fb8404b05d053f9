"""One order in the two shapes that Shopify tells it in, from one short description."""

from __future__ import annotations

from typing import Any

import msgspec

from counterfoil.values.money import plain


class Item(msgspec.Struct, frozen=True):
    """A line: amounts in minor units; `taxes` as (rate, minor); `now` the units still there."""

    id: int
    unit: int
    quantity: int = 1
    sku: str | None = "SKU"
    discounts: tuple[int, ...] = ()
    taxes: tuple[tuple[str, int], ...] = ()
    gift_card: bool = False
    variant: int | None = 5001
    now: int | None = None
    name: str = ""
    properties: tuple[tuple[str, str], ...] = ()
    service: str = "manual"
    sent: int = 0
    ships: bool = True
    taxable: bool = True
    duty_taxes: tuple[tuple[str, int], ...] = ()
    channel_taxes: bool = False


class Postage(msgspec.Struct, frozen=True):
    """Postage."""

    price: int
    discounts: tuple[int, ...] = ()
    taxes: tuple[tuple[str, int], ...] = ()
    removed: bool = False


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """An order; totals are what Shopify says, right or wrong. `beyond` is less than 0 where money
    went back for no unit."""

    lines: tuple[Item, ...]
    total: int
    tax: int = 0
    shipping: tuple[Postage, ...] = ()
    tax_included: bool = True
    current_total: int | None = None
    outstanding: int = 0
    tip: int = 0
    beyond: int = 0
    duties: int = 0
    fees: int = 0
    duties_included: bool = False
    gateways: tuple[str, ...] = ("shopify_payments",)
    gateways_shown: tuple[str, ...] | None = None
    currency: str = "GBP"
    cancelled: bool = False
    test: bool = False
    note: str | None = None
    current_tax: int | None = None
    postage_left: int | None = None
    paid: str | None = "PAID"
    channel: str | None = "web"
    location: int | None = None
    phone: str | None = None
    customer: int | None = 9
    locale: str | None = "en"
    company: tuple[int, int] | None = None
    po_number: str | None = None
    terms: tuple[str, str, int] | None = None
    tags: tuple[str, ...] = ()
    attributes: tuple[tuple[str, str], ...] = ()
    codes: tuple[str, ...] = ()
    shown: tuple[str, int] | None = None
    province: tuple[str, str, str] = ("England", "ENG", "GB")
    processed: bool = True
    updated: str = "2026-11-02T09:14:09Z"
    updated_local: str = "2026-11-02T05:14:09-04:00"


def node(order: Told) -> dict[str, Any]:
    """The GraphQL node, as our own documents ask for it."""

    def bag(minor: int) -> dict[str, Any]:
        return {"shopMoney": {"amount": short(minor, order.currency)}}

    def rows(kind: str, made: list[dict[str, Any]]) -> dict[str, Any]:
        return {"pageInfo": {"hasNextPage": False, "endCursor": None}, "nodes": made}

    def taxed(taxes: tuple[tuple[str, int], ...], *, channel: bool = False) -> dict[str, Any]:
        return {
            "taxLines": [
                {
                    "title": "VAT",
                    "rate": raw(rate),
                    "channelLiable": channel,
                    "priceSet": bag(minor),
                }
                for rate, minor in taxes
            ]
        }

    def shared(
        discounts: tuple[int, ...], taxes: tuple[tuple[str, int], ...], *, channel: bool = False
    ) -> dict[str, Any]:
        rows = [{"allocatedAmountSet": bag(minor)} for minor in discounts]
        return {"discountAllocations": rows, **taxed(taxes, channel=channel)}

    def written(pairs: tuple[tuple[str, str], ...]) -> list[dict[str, str]]:
        return [{"key": name, "value": value} for name, value in pairs]

    address = {
        "firstName": "Jo",
        "lastName": "Bloggs",
        "name": "Jo Bloggs",
        "company": None,
        "address1": "1 High Street",
        "address2": None,
        "city": "Leeds",
        "province": order.province[0],
        "provinceCode": order.province[1],
        "zip": "LS1 1AA",
        "countryCodeV2": order.province[2],
        "phone": "+441130000000",
    }
    current = order.total if order.current_total is None else order.current_total
    return {
        "id": "gid://shopify/Order/6001001",
        "legacyResourceId": "6001001",
        "name": "#CF1001",
        "createdAt": "2026-11-02T09:14:07Z",
        "processedAt": "2026-11-02T09:14:06Z" if order.processed else None,
        "updatedAt": order.updated,
        "cancelledAt": "2026-11-02T10:00:00Z" if order.cancelled else None,
        "test": order.test,
        "currencyCode": order.currency,
        "presentmentCurrencyCode": order.shown[0] if order.shown else order.currency,
        "phone": order.phone,
        "tags": sorted(order.tags),
        "customerLocale": order.locale,
        "sourceName": order.channel,
        "poNumber": order.po_number,
        "discountCodes": list(order.codes),
        "displayFinancialStatus": order.paid,
        "customAttributes": written(order.attributes),
        "customer": order.customer and {"id": f"gid://shopify/Customer/{order.customer}"},
        "retailLocation": order.location and {"id": f"gid://shopify/Location/{order.location}"},
        "purchasingEntity": order.company
        and {
            "company": {"id": f"gid://shopify/Company/{order.company[0]}"},
            "location": {"id": f"gid://shopify/CompanyLocation/{order.company[1]}"},
        },
        "paymentTerms": order.terms
        and {
            "paymentTermsName": order.terms[0],
            "paymentTermsType": order.terms[1].upper(),
            "dueInDays": order.terms[2],
        },
        "taxesIncluded": order.tax_included,
        "dutiesIncluded": order.duties_included,
        "email": "jo.bloggs@example.com",
        "note": order.note,
        "paymentGatewayNames": list(order.gateways_shown or order.gateways),
        "shippingAddress": address,
        "billingAddress": None,
        "totalPriceSet": bag(order.total),
        "currentTotalPriceSet": {
            **bag(current),
            "presentmentMoney": {
                "amount": short(order.shown[1], order.shown[0])
                if order.shown
                else short(current, order.currency)
            },
        },
        "totalTaxSet": bag(order.tax),
        "currentTotalTaxSet": bag(order.tax if order.current_tax is None else order.current_tax),
        "currentShippingPriceSet": bag(_postage_left(order)),
        "totalOutstandingSet": bag(order.outstanding),
        "totalTipReceivedSet": bag(order.tip),
        "refundDiscrepancySet": bag(order.beyond),
        "originalTotalDutiesSet": bag(order.duties) if order.duties else None,
        "currentTotalDutiesSet": bag(order.duties) if order.duties else None,
        "originalTotalAdditionalFeesSet": bag(order.fees) if order.fees else None,
        "currentTotalAdditionalFeesSet": bag(order.fees) if order.fees else None,
        "shippingLines": rows(
            "ShippingLine",
            [
                {
                    "id": f"gid://shopify/ShippingLine/{8001 + at}",
                    "title": "Royal Mail Tracked 48",
                    "code": "RM48",
                    "originalPriceSet": bag(line.price),
                    **shared(line.discounts, line.taxes),
                }
                for at, line in enumerate(order.shipping)
                if not line.removed
            ],
        ),
        "lineItems": rows(
            "LineItem",
            [
                {
                    "id": f"gid://shopify/LineItem/{line.id}",
                    "sku": line.sku,
                    "name": line.name or f"Thing {line.id}",
                    "quantity": line.quantity,
                    "unfulfilledQuantity": _units(line) - line.sent,
                    "requiresShipping": line.ships,
                    "taxable": line.taxable,
                    "fulfillmentService": {"handle": line.service},
                    "customAttributes": written(line.properties),
                    "duties": [taxed(line.duty_taxes)] if line.duty_taxes else [],
                    "currentQuantity": line.quantity if line.now is None else line.now,
                    "isGiftCard": line.gift_card,
                    "variant": line.variant
                    and {"id": f"gid://shopify/ProductVariant/{line.variant}"},
                    "originalUnitPriceSet": bag(line.unit),
                    **shared(line.discounts, line.taxes, channel=line.channel_taxes),
                }
                for line in order.lines
            ],
        ),
    }


def _adjusted(order: Told) -> list[dict[str, Any]]:
    """One refund that names no unit, and by how much it paid back more or less than that."""
    row = {"kind": "refund_discrepancy", "amount": plain(order.beyond, order.currency)}
    return [{"refund_line_items": [], "order_adjustments": [row]}]


def hook(order: Told) -> dict[str, Any]:
    """The webhook's body, with the shop's own offset in its times."""

    def both(name: str, minor: int) -> dict[str, Any]:
        amount = {"amount": plain(minor, order.currency), "currency_code": order.currency}
        other = {"amount": "999.99", "currency_code": "EUR"}
        if name == "current_total_price":
            shown = order.shown or (order.currency, minor)
            other = {"amount": plain(shown[1], shown[0]), "currency_code": shown[0]}
        return {
            name: plain(minor, order.currency),
            f"{name}_set": {"shop_money": amount, "presentment_money": other},
        }

    def taxed(taxes: tuple[tuple[str, int], ...], *, channel: bool = False) -> dict[str, Any]:
        return {
            "tax_lines": [
                {
                    "title": "VAT",
                    "rate": raw(rate),
                    "channel_liable": channel,
                    **both("price", minor),
                }
                for rate, minor in taxes
            ]
        }

    def shared(
        discounts: tuple[int, ...], taxes: tuple[tuple[str, int], ...], *, channel: bool = False
    ) -> dict[str, Any]:
        rows = [{**both("amount", minor), "discount_application_index": 0} for minor in discounts]
        return {"discount_allocations": rows, **taxed(taxes, channel=channel)}

    def written(pairs: tuple[tuple[str, str], ...]) -> list[dict[str, str]]:
        return [{"name": name, "value": value} for name, value in pairs]

    current = order.total if order.current_total is None else order.current_total
    none = {"original_total_duties_set": None, "original_total_additional_fees_set": None}
    return {
        "id": 6001001,
        "admin_graphql_api_id": "gid://shopify/Order/6001001",
        "name": "#CF1001",
        "created_at": "2026-11-02T05:14:07-04:00",
        "processed_at": "2026-11-02T05:14:06-04:00" if order.processed else None,
        "updated_at": order.updated_local,
        "cancelled_at": "2026-11-02T06:00:00-04:00" if order.cancelled else None,
        "test": order.test,
        "fulfillment_status": _despatch(
            sum(line.sent for line in order.lines), sum(map(_units, order.lines))
        ),
        "currency": order.currency,
        "presentment_currency": order.shown[0] if order.shown else order.currency,
        "phone": order.phone,
        "tags": ", ".join(order.tags),
        "customer_locale": order.locale,
        "source_name": order.channel,
        "location_id": order.location,
        "po_number": order.po_number,
        "discount_codes": [
            {"code": code, "amount": "1.00", "type": "fixed_amount"} for code in order.codes
        ],
        "note_attributes": written(order.attributes),
        "customer": order.customer and {"id": order.customer, "email": "jo.bloggs@example.com"},
        "company": order.company and {"id": order.company[0], "location_id": order.company[1]},
        "payment_terms": order.terms
        and {
            "payment_terms_name": order.terms[0],
            "payment_terms_type": order.terms[1],
            "due_in_days": order.terms[2],
        },
        "current_total_tax": plain(
            order.tax if order.current_tax is None else order.current_tax, order.currency
        ),
        "current_shipping_price_set": both("shipping", _postage_left(order))["shipping_set"],
        "taxes_included": order.tax_included,
        "duties_included": order.duties_included,
        "email": "jo.bloggs@example.com",
        "note": order.note,
        "financial_status": order.paid and order.paid.lower(),
        "payment_gateway_names": list(order.gateways),
        **both("total_price", order.total),
        **both("current_total_price", current),
        **both("total_tax", order.tax),
        "total_outstanding": plain(order.outstanding, order.currency),
        "total_tip_received": plain(order.tip, order.currency),
        "refunds": _adjusted(order) if order.beyond else [],
        **none,
        **(both("original_total_duties", order.duties) if order.duties else {}),
        **(both("current_total_duties", order.duties) if order.duties else {}),
        **(both("original_total_additional_fees", order.fees) if order.fees else {}),
        **(both("current_total_additional_fees", order.fees) if order.fees else {}),
        "shipping_address": {
            "first_name": "Jo",
            "last_name": "Bloggs",
            "name": "Jo Bloggs",
            "company": None,
            "address1": "1 High Street",
            "address2": None,
            "city": "Leeds",
            "province": order.province[0],
            "province_code": order.province[1],
            "zip": "LS1 1AA",
            "country": "a country",
            "country_code": order.province[2],
            "phone": "+441130000000",
        },
        "billing_address": None,
        "shipping_lines": [
            {
                "id": 8001 + at,
                "title": "Royal Mail Tracked 48",
                "code": "RM48",
                "is_removed": line.removed,
                **both("price", line.price),
                **both("discounted_price", line.price),
                **shared(line.discounts, line.taxes),
            }
            for at, line in enumerate(order.shipping)
        ],
        "line_items": [
            {
                "id": line.id,
                "sku": line.sku,
                "name": line.name or f"Thing {line.id}",
                "title": "Thing",
                "fulfillment_status": _despatch(line.sent, _units(line)),
                "fulfillable_quantity": _units(line) - line.sent,
                "fulfillment_service": line.service,
                "requires_shipping": line.ships,
                "taxable": line.taxable,
                "properties": written(line.properties),
                "duties": [taxed(line.duty_taxes)] if line.duty_taxes else [],
                "quantity": line.quantity,
                "current_quantity": line.quantity if line.now is None else line.now,
                "gift_card": line.gift_card,
                "variant_id": line.variant,
                **both("price", line.unit),
                **shared(line.discounts, line.taxes, channel=line.channel_taxes),
            }
            for line in order.lines
        ],
    }


def _units(line: Item) -> int:
    """How many units of the line are left."""
    return line.quantity if line.now is None else line.now


def _despatch(sent: int, units: int) -> str | None:
    """A webhook's word for how much of a line has been sent."""
    return ("partial" if sent < units else "fulfilled") if sent else None


def _postage_left(order: Told) -> int:
    """What is left of the postage: all of it, unless the order says otherwise."""
    if order.postage_left is not None:
        return order.postage_left
    return sum(one.price - sum(one.discounts) for one in order.shipping if not one.removed)


def short(minor: int, currency: str) -> str:
    """A GraphQL decimal: trailing zeros dropped, one kept."""
    whole, _, fraction = plain(minor, currency).partition(".")
    return f"{whole}.{fraction.rstrip('0') or '0'}"


def raw(rate: str) -> msgspec.Raw:
    """A rate as a JSON number, exactly as it stands."""
    return msgspec.Raw(rate.encode())


def plain_vat(minor: int) -> tuple[tuple[str, int], ...]:
    """One tax line at the British standard rate."""
    return (("0.2", minor),)


GIFTS = Told(
    lines=(
        Item(9001, 2400, 2, "TEE-BLK-M", discounts=(480,), taxes=plain_vat(720)),
        Item(9002, 1250, 1, "MUG-01", discounts=(125,), taxes=plain_vat(188)),
    ),
    shipping=(Postage(495, taxes=plain_vat(83)),),
    total=5940,
    tax=991,
)
"""59.40 with 9.91 of VAT inside: 43.20 + 11.25 + 4.95; a sixth of the total would be 9.90."""
