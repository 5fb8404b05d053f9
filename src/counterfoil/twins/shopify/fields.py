"""Where each field of each type comes from: the twin's answer to every name in its schema."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

import msgspec

from counterfoil.twins.kit.sale.address import Sent, address, names, region_code, where
from counterfoil.twins.kit.sale.order import (
    Amount,
    Item,
    Money,
    Order,
    Postage,
    Tax,
    items,
    line_taxes,
    postage,
    taxes,
)
from counterfoil.twins.kit.sale.parcel import parcels
from counterfoil.twins.kit.sale.parts import (
    Allocation,
    Applied,
    Duty,
    allocations,
    applications,
    current_taxes,
    movements,
    order_taxes,
)
from counterfoil.twins.kit.sale.refund import repayments
from counterfoil.twins.shopify.beside import (
    BUYER,
    COMPANY,
    DUTY,
    PARCEL,
    PLACE,
    REFUND,
    REFUND_LINE,
    SHARE,
    TERMS,
    TRANSACTION,
    nothing,
)
from counterfoil.twins.shopify.spelling import app_id, country_name, decimal, gid, utc
from counterfoil.twins.world import Buyer


def _none(source: object) -> list[object]:
    return []


def _no(source: object) -> bool:
    return False


def _money(of: Callable[[Order], int]) -> Callable[[Order], Amount]:
    """A field whose value is an amount of the order's."""
    return lambda order: order.money(of(order))


def _zero(order: Order) -> Amount:
    return order.money(0)


_total = _money(lambda order: order.sale.total_minor)
_tax = _money(lambda order: order.sale.tax_minor)
_subtotal = _money(lambda order: order.goods_minor - order.discount_minor)
_discounts = _money(lambda order: order.discount_minor)
_shipping = _money(lambda order: order.shipping_minor)


def _duties(of: Callable[[Order], int]) -> Callable[[Order], Amount | None]:
    """What customs ask; null where nothing crosses a border (recorded)."""
    return lambda order: order.money(of(order)) if order.duty_minor else None


def number_rate(rate: str) -> msgspec.Raw:
    """A rate as a JSON number, digit for digit."""
    return msgspec.Raw(rate.encode())


def _pairs(given: tuple[tuple[str, str], ...]) -> list[dict[str, str]]:
    return [{"key": key, "value": value} for key, value in given]


def _codes(order: Order) -> list[str]:
    found = applications(order)
    return [one.discount.title for one in found if one.discount.kind == "discount_code"]


def _buyer(order: Order) -> Buyer | Order | None:
    """Who buys: a company where there is one, else the customer."""
    return order if order.sale.company else order.sale.buyer


def _shipped(order: Order) -> list[Postage]:
    """The shipping lines that a listing shows by itself: those that were taken out are not."""
    return [charge for charge in postage(order) if not charge.is_removed]


ORDER: Final[dict[str, Callable[[Order], object]]] = {
    "additionalFees": _none,
    "app": lambda order: order if order.sale.app else None,
    "billingAddress": lambda order: address(order, "billing"),
    "billingAddressMatchesShippingAddress": lambda order: order.sale.invoice_to is None,
    "cancelReason": lambda order: order.cancel_reason or None,
    "cancelledAt": lambda order: utc(order.cancelled_s) if order.cancelled_s else None,
    "capturable": lambda order: order.capturable_minor > 0,
    "closed": lambda order: order.closed_s > 0,
    "closedAt": lambda order: utc(order.closed_s) if order.closed_s else None,
    "confirmed": lambda order: True,
    "createdAt": lambda order: utc(order.created_s),
    "currencyCode": lambda order: order.sale.currency,
    "currentShippingPriceSet": _money(lambda order: order.current_shipping_minor),
    "currentSubtotalLineItemsQuantity": lambda order: sum(
        item.current for item in items(order) if item.line.kind != "tip"
    ),
    "currentSubtotalPriceSet": _money(lambda order: order.current_goods_minor),
    "currentTaxLines": current_taxes,
    "currentTotalAdditionalFeesSet": nothing,
    "currentTotalDiscountsSet": _money(lambda order: order.current_discount_minor),
    "currentTotalDutiesSet": _duties(lambda order: order.current_duty_minor),
    "currentTotalPriceSet": _money(lambda order: order.current_total_minor),
    "currentTotalTaxSet": _money(lambda order: order.current_tax_minor),
    "customAttributes": lambda order: _pairs(order.sale.attributes),
    "customer": lambda order: order.sale.buyer,
    "customerLocale": lambda order: order.sale.locale or None,
    "discountApplications": applications,
    "discountCodes": _codes,
    "displayFinancialStatus": lambda order: order.financial,
    "displayFulfillmentStatus": lambda order: order.fulfilment,
    "dutiesIncluded": _no,
    "edited": lambda order: order.edited,  # true after an edit of lines; a tag is none
    "email": lambda order: order.sale.email or None,
    "estimatedTaxes": _no,
    "fulfillmentOrders": parcels,
    "fullyPaid": lambda order: order.financial == "PAID",
    "id": lambda order: gid("Order", order.id),
    "legacyResourceId": lambda order: str(order.id),
    "lineItems": items,
    "name": lambda order: order.name,
    "netPaymentSet": lambda order: order.paid_money(order.received_minor - order.refunded_minor),
    "note": lambda order: order.sale.note or None,
    "number": lambda order: order.number,
    "originalTotalAdditionalFeesSet": nothing,
    "originalTotalDutiesSet": _duties(lambda order: order.duty_minor),
    "originalTotalPriceSet": _total,
    "paymentGatewayNames": lambda order: order.gateways,
    "paymentTerms": lambda order: order.sale.terms,
    "phone": lambda order: order.sale.phone or None,
    "poNumber": lambda order: order.sale.po_number or None,
    "presentmentCurrencyCode": lambda order: order.money(0)[3],
    # The field may not be null, so an order that does not say shows when it was made.
    "processedAt": lambda order: utc(order.processed_s or order.created_s),
    "purchasingEntity": _buyer,
    "refundDiscrepancySet": _money(lambda order: order.discrepancy_minor),
    "refunds": repayments,
    "requiresShipping": lambda order: any(item.ships for item in items(order)),
    "retailLocation": lambda order: order.sale.retail_location,
    "returnStatus": lambda order: "RETURNED" if any(order.returned) else "NO_RETURN",
    "risk": lambda order: order,
    "shippingAddress": lambda order: address(order, "shipping"),
    "shippingLine": lambda order: next(iter(_shipped(order)), None),
    "shippingLines": _shipped,
    "sourceIdentifier": nothing,
    "sourceName": lambda order: order.sale.channel,
    "subtotalLineItemsQuantity": lambda order: order.pieces,
    "subtotalPriceSet": _subtotal,
    "tags": lambda order: list(order.tags),
    "taxExempt": _no,
    "taxLines": order_taxes,
    "taxesIncluded": lambda order: order.sale.tax_included,
    "test": lambda order: order.sale.test,
    "totalCapturableSet": _money(lambda order: order.capturable_minor),
    "totalCashRoundingAdjustment": lambda order: order,
    "totalDiscountsSet": _discounts,
    "totalOutstandingSet": _money(lambda order: order.outstanding_minor),
    "totalPriceSet": _total,
    "totalReceivedSet": lambda order: order.paid_money(order.received_minor),
    "totalRefundedSet": lambda order: order.paid_money(order.refunded_minor),
    "totalRefundedShippingSet": _money(lambda order: sum(order.waived)),
    "totalShippingPriceSet": _shipping,
    "totalTaxSet": _tax,
    "totalTipReceivedSet": _money(lambda order: order.tip_minor),
    "transactions": movements,
    "unpaid": lambda order: order.outstanding_minor > 0,
    "updatedAt": lambda order: utc(order.updated_s),
}

_LINE: Final[dict[str, Callable[[Item], object]]] = {
    "currentQuantity": lambda item: item.current,
    "customAttributes": lambda item: _pairs(item.line.properties),
    "discountAllocations": allocations,
    # The discount is given on the whole order, so the line's own totals do not show it.
    "discountedTotalSet": lambda item: item.order.money(item.goods_minor),
    "discountedUnitPriceSet": lambda item: item.order.money(item.line.unit_minor),
    "duties": lambda item: [Duty(item, duty, at) for at, duty in enumerate(item.duties)],
    "fulfillmentService": lambda item: item,
    "id": lambda item: gid("LineItem", item.id),
    "isGiftCard": lambda item: item.line.kind == "gift-card",
    "name": lambda item: item.name,
    "nonFulfillableQuantity": lambda item: item.unfulfillable,
    "originalTotalSet": lambda item: item.order.money(item.goods_minor),
    "originalUnitPriceSet": lambda item: item.order.money(item.line.unit_minor),
    "product": lambda item: item if item.product_id else None,
    "quantity": lambda item: item.line.quantity,
    "refundableQuantity": lambda item: item.current,
    "requiresShipping": lambda item: item.ships,
    "restockable": lambda item: item.line.kind == "product",
    "sku": lambda item: item.line.sku or None,
    "taxLines": line_taxes,
    "taxable": lambda item: item.taxable,
    "title": lambda item: item.line.title,
    "totalDiscountSet": lambda item: item.order.money(0),
    "unfulfilledQuantity": lambda item: item.unfulfilled,
    "variant": lambda item: item if item.variant_id else None,
    "variantTitle": lambda item: item.line.variant or None,
    "vendor": lambda item: item.line.vendor or None,
}

_VARIANT: Final[dict[str, Callable[[Item], object]]] = {
    "barcode": nothing,
    "id": lambda item: gid("ProductVariant", item.variant_id or 0),
    "legacyResourceId": lambda item: str(item.variant_id),
    "sku": lambda item: item.line.sku or None,
    "title": lambda item: item.line.variant or "Default Title",
}

_PRODUCT: Final[dict[str, Callable[[Item], object]]] = {
    "id": lambda item: gid("Product", item.product_id or 0),
    "legacyResourceId": lambda item: str(item.product_id),
    "title": lambda item: item.line.title,
    "vendor": lambda item: item.line.vendor,
}

_SERVICE: Final[dict[str, Callable[[Item], object]]] = {
    "handle": lambda item: item.line.service,
    "id": lambda item: gid("FulfillmentService", sum(item.line.service.encode())),
    "serviceName": lambda item: item.line.service.replace("-", " ").title(),
    "type": lambda item: item.service_kind,
}

_POSTAGE: Final[dict[str, Callable[[Postage], object]]] = {
    "carrierIdentifier": lambda postage: postage.charge.carrier or None,
    "code": lambda postage: postage.charge.title,
    "currentDiscountedPriceSet": lambda postage: postage.order.money(postage.current_minor),
    "custom": _no,
    "discountAllocations": _none,
    "discountedPriceSet": lambda postage: postage.order.money(postage.charge.amount_minor),
    "id": lambda postage: gid("ShippingLine", postage.id),
    "isRemoved": lambda postage: postage.is_removed,
    "originalPriceSet": lambda postage: postage.order.money(postage.charge.amount_minor),
    "phone": nothing,
    "source": lambda postage: "shopify",
    "taxLines": lambda postage: taxes(postage.order, postage.charge.tax_minor),
    "title": lambda postage: postage.charge.title,
}

_TAX: Final[dict[str, Callable[[Tax], object]]] = {
    "channelLiable": lambda tax: tax.channel_liable,
    "priceSet": lambda tax: tax.amount,
    "rate": lambda tax: number_rate(tax.rate),
    "source": nothing,
    "title": lambda tax: tax.title,
}

_ALLOCATION: Final[dict[str, Callable[[Allocation], object]]] = {
    "allocatedAmountSet": lambda given: given.amount,
    "discountApplication": lambda given: given.applied,
}

_APPLICATION: Final[dict[str, Callable[[Applied], object]]] = {
    "allocationMethod": lambda applied: "ACROSS",
    "index": lambda applied: applied.at,
    "targetSelection": lambda applied: "ALL",
    "targetType": lambda applied: "LINE_ITEM",
    "value": lambda applied: applied.value,
}
_TITLED: Final[dict[str, Callable[[Applied], object]]] = {
    **_APPLICATION,
    "title": lambda applied: applied.discount.title,
}


_ADDRESS: Final[dict[str, Callable[[Sent], object]]] = {
    "address1": lambda sent: where(sent).line1 or None,
    "address2": lambda sent: where(sent).line2 or None,
    "city": lambda sent: where(sent).town or None,
    "company": lambda sent: where(sent).company or None,
    "country": lambda sent: country_name(where(sent).country),
    "countryCodeV2": lambda sent: where(sent).country or None,
    "firstName": lambda sent: names(where(sent).name)[0],
    "id": lambda sent: gid("MailingAddress", sent.id),
    "lastName": lambda sent: names(where(sent).name)[1],
    "name": lambda sent: where(sent).name or None,
    "phone": lambda sent: where(sent).phone or None,
    "province": lambda sent: where(sent).region or None,
    "provinceCode": region_code,
    "zip": lambda sent: where(sent).postcode or None,
}


_ROUNDING: Final[dict[str, Callable[[Order], object]]] = {"paymentSet": _zero, "refundSet": _zero}

_BAG: Final[dict[str, Callable[[Amount], object]]] = {
    "presentmentMoney": lambda amount: amount[2:],
    "shopMoney": lambda amount: amount[:2],
}

_MONEY: Final[dict[str, Callable[[Money], object]]] = {
    "amount": decimal,
    "currencyCode": lambda amount: amount[1],
}


def _member(name: str) -> Callable[[Mapping[str, object]], object]:
    return lambda source: source[name]


def _members(*known: str) -> dict[str, Callable[[Mapping[str, object]], object]]:
    """The fields of a type whose sources are plain mappings by the same names."""
    return {name: _member(name) for name in known}


FIELDS: Final[Mapping[str, Mapping[str, Callable[[Any], object]]]] = {
    "Order": ORDER,
    "LineItem": _LINE,
    "ProductVariant": _VARIANT,
    "ShippingLine": _POSTAGE,
    "TaxLine": _TAX,
    "DiscountAllocation": _ALLOCATION,
    "AutomaticDiscountApplication": _TITLED,
    "DiscountCodeApplication": {**_APPLICATION, "code": lambda applied: applied.discount.title},
    "ManualDiscountApplication": {**_TITLED, "description": lambda applied: applied.discount.title},
    "ScriptDiscountApplication": _TITLED,
    "PricingPercentageValue": {"percentage": number_rate},
    "Product": _PRODUCT,
    "FulfillmentService": _SERVICE,
    "FulfillmentOrder": PARCEL,
    "FulfillmentOrderLineItem": SHARE,
    "FulfillmentOrderAssignedLocation": {
        "location": lambda parcel: parcel.place,
        "name": lambda parcel: parcel.place.name,
    },
    "Customer": BUYER,
    "CustomerEmailAddress": {"emailAddress": lambda buyer: buyer.email},
    "CustomerPhoneNumber": {"phoneNumber": lambda buyer: buyer.phone},
    "PurchasingCompany": {
        "company": lambda order: order.sale.company,
        "location": lambda order: order.sale.company,
    },
    "Company": COMPANY,
    "CompanyLocation": {
        "id": lambda company: gid("CompanyLocation", company.location_id),
        "name": lambda company: company.location or company.name,
    },
    "PaymentTerms": TERMS,
    "Location": PLACE,
    "OrderApp": {
        "id": lambda order: gid("App", app_id(order)),
        "name": lambda order: order.sale.app,
    },
    "OrderRiskSummary": {"recommendation": lambda order: "NONE"},
    "Refund": REFUND,
    "RefundLineItem": REFUND_LINE,
    "OrderTransaction": TRANSACTION,
    "MailingAddress": _ADDRESS,
    "CashRoundingAdjustment": _ROUNDING,
    "MoneyBag": _BAG,
    "MoneyV2": _MONEY,
    "AdditionalFee": _members("id", "name", "price", "taxLines"),
    "Duty": DUTY,
    "Attribute": _members("key", "value"),
    "Count": _members("count", "precision"),
    "Shop": _members(
        "currencyCode",
        "email",
        "enabledPresentmentCurrencies",
        "ianaTimezone",
        "id",
        "myshopifyDomain",
        "name",
        "taxesIncluded",
        "timezoneOffset",
        "timezoneOffsetMinutes",
        "url",
    ),
    "WebhookSubscription": _members(
        "apiVersion",
        "createdAt",
        "filter",
        "format",
        "id",
        "includeFields",
        "legacyResourceId",
        "metafieldNamespaces",
        "name",
        "topic",
        "updatedAt",
        "uri",
    ),
    "ApiVersion": _members("displayName", "handle", "supported"),
    "WebhookSubscriptionCreatePayload": _members("userErrors", "webhookSubscription"),
    "WebhookSubscriptionDeletePayload": _members("deletedWebhookSubscriptionId", "userErrors"),
    "UserError": _members("field", "message"),
    "BulkOperation": _members(
        "completedAt",
        "createdAt",
        "errorCode",
        "fileSize",
        "id",
        "objectCount",
        "partialDataUrl",
        "query",
        "rootObjectCount",
        "status",
        "type",
        "url",
    ),
    "BulkOperationRunQueryPayload": _members("bulkOperation", "userErrors"),
    "BulkOperationUserError": _members("code", "field", "message"),
}
"""Type, field, and the function that takes it from the source. An object's value is the source of
its own fields; a connection's is the list of its items."""


_DISCOUNTS: Final = {
    "discount_code": "DiscountCodeApplication",
    "automatic": "AutomaticDiscountApplication",
    "manual": "ManualDiscountApplication",
    "script": "ScriptDiscountApplication",
}

KINDS: Final[Mapping[str, Callable[[Any], str]]] = {
    "DiscountApplication": lambda applied: _DISCOUNTS[applied.discount.kind],
    "PricingValue": lambda value: "PricingPercentageValue" if isinstance(value, str) else "MoneyV2",
    "PurchasingEntity": lambda who: "Customer" if isinstance(who, Buyer) else "PurchasingCompany",
}
"""Of each type that is one of several: which one a source is."""
