"""Where each field of each type comes from: the twin's answer to every name in its schema."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

import msgspec

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
from counterfoil.twins.shopify.spelling import Amount, decimal, gid, utc


def _nothing(source: object) -> None:
    return None


def _none(source: object) -> list[object]:
    return []


def _no(source: object) -> bool:
    return False


def _yes(source: object) -> bool:
    return True


def _zero(order: Kept) -> Amount:
    return order.money(0)


def _total(order: Kept) -> Amount:
    return order.money(order.sale.total_minor)


def _tax(order: Kept) -> Amount:
    return order.money(order.sale.tax_minor)


def _subtotal(order: Kept) -> Amount:
    return order.money(order.goods_minor - order.discount_minor)


def _discounts(order: Kept) -> Amount:
    return order.money(order.discount_minor)


def _shipping(order: Kept) -> Amount:
    return order.money(order.shipping_minor)


def _tax_lines(order: Kept) -> list[Tax]:
    return taxes(order, order.sale.tax_minor)


def _number(order: Kept) -> int:
    digits = "".join(letter for letter in order.sale.number if letter.isdecimal())
    return int(digits[-9:] or 0)


def number_rate(rate: str) -> msgspec.Raw:
    """A rate as a JSON number, digit for digit."""
    return msgspec.Raw(rate.encode())


ORDER: Final[dict[str, Callable[[Kept], object]]] = {
    "additionalFees": _none,
    "billingAddress": lambda order: address(order, "billing"),
    "billingAddressMatchesShippingAddress": _yes,
    "cancelReason": lambda order: order.cancel_reason or None,
    "cancelledAt": lambda order: utc(order.cancelled_s) if order.cancelled_s else None,
    "closed": _no,
    "closedAt": _nothing,
    "confirmed": _yes,
    "createdAt": lambda order: utc(order.created_s),
    "currencyCode": lambda order: order.sale.currency,
    "currentShippingPriceSet": _shipping,
    "currentSubtotalLineItemsQuantity": lambda order: order.pieces,
    "currentSubtotalPriceSet": _subtotal,
    "currentTaxLines": _tax_lines,
    "currentTotalAdditionalFeesSet": _nothing,
    "currentTotalDiscountsSet": _discounts,
    "currentTotalDutiesSet": _nothing,
    "currentTotalPriceSet": _total,
    "currentTotalTaxSet": _tax,
    "customAttributes": _none,
    "discountCodes": _none,
    "displayFinancialStatus": lambda order: "PAID",
    "displayFulfillmentStatus": lambda order: "UNFULFILLED",
    "dutiesIncluded": _no,
    "edited": _no,  # true after an edit of lines; a tag is none
    "email": lambda order: order.sale.email or None,
    "estimatedTaxes": _no,
    "fullyPaid": _yes,
    "id": lambda order: gid("Order", order.id),
    "legacyResourceId": lambda order: str(order.id),
    "lineItems": items,
    "name": lambda order: order.name,
    "netPaymentSet": _total,
    "note": lambda order: order.sale.note or None,
    "number": _number,
    "originalTotalAdditionalFeesSet": _nothing,
    "originalTotalDutiesSet": _nothing,
    "originalTotalPriceSet": _total,
    "paymentGatewayNames": lambda order: [order.sale.gateway] if order.paid else [],
    "phone": _nothing,
    "poNumber": _nothing,
    "presentmentCurrencyCode": lambda order: order.sale.currency,
    "processedAt": lambda order: utc(order.processed_s),
    "refundDiscrepancySet": _zero,
    "returnStatus": lambda order: "NO_RETURN",
    "shippingAddress": lambda order: address(order, "shipping"),
    "shippingLine": lambda order: next(iter(postage(order)), None),
    "shippingLines": postage,
    "sourceIdentifier": _nothing,
    "sourceName": lambda order: "web",
    "subtotalLineItemsQuantity": lambda order: order.pieces,
    "subtotalPriceSet": _subtotal,
    "tags": lambda order: list(order.tags),
    "taxExempt": _no,
    "taxLines": _tax_lines,
    "taxesIncluded": _yes,
    "test": _no,
    "totalCashRoundingAdjustment": lambda order: order,
    "totalDiscountsSet": _discounts,
    "totalOutstandingSet": _zero,
    "totalPriceSet": _total,
    "totalReceivedSet": _total,
    "totalRefundedSet": _zero,
    "totalRefundedShippingSet": _zero,
    "totalShippingPriceSet": _shipping,
    "totalTaxSet": _tax,
    "totalTipReceivedSet": _zero,
    "transactions": lambda order: [order] if order.paid else [],
    "unpaid": _no,
    "updatedAt": lambda order: utc(order.updated_s),
}

_LINE: Final[dict[str, Callable[[Item], object]]] = {
    "currentQuantity": lambda item: item.line.quantity,
    "customAttributes": _none,
    "discountAllocations": lambda item: [item] if item.line.discount_minor else [],
    # The discount is given on the whole order, so the line's own totals do not show it.
    "discountedTotalSet": lambda item: item.order.money(item.goods_minor),
    "discountedUnitPriceSet": lambda item: item.order.money(item.line.unit_minor),
    "duties": _none,
    "id": lambda item: gid("LineItem", item.id),
    "isGiftCard": lambda item: item.line.kind == "gift-card",
    "name": lambda item: item.line.title,
    "nonFulfillableQuantity": lambda item: 0,
    "originalTotalSet": lambda item: item.order.money(item.goods_minor),
    "originalUnitPriceSet": lambda item: item.order.money(item.line.unit_minor),
    "quantity": lambda item: item.line.quantity,
    "refundableQuantity": lambda item: item.line.quantity,
    "requiresShipping": lambda item: item.line.kind != "gift-card",
    "restockable": lambda item: item.line.kind == "product",
    "sku": lambda item: item.line.sku or None,
    "taxLines": lambda item: taxes(item.order, item.line.tax_minor),
    "taxable": lambda item: bool(item.line.tax_minor),
    "title": lambda item: item.line.title,
    "totalDiscountSet": lambda item: item.order.money(0),
    "unfulfilledQuantity": lambda item: item.line.quantity,
    "variant": lambda item: item if item.variant_id else None,
    "variantTitle": _nothing,
    "vendor": _nothing,
}

_VARIANT: Final[dict[str, Callable[[Item], object]]] = {
    "id": lambda item: gid("ProductVariant", item.variant_id or 0),
    "legacyResourceId": lambda item: str(item.variant_id),
    "sku": lambda item: item.line.sku or None,
}

_POSTAGE: Final[dict[str, Callable[[Postage], object]]] = {
    "carrierIdentifier": _nothing,
    "code": lambda postage: postage.charge.title,
    "currentDiscountedPriceSet": lambda postage: postage.order.money(postage.charge.amount_minor),
    "custom": _no,
    "discountAllocations": _none,
    "discountedPriceSet": lambda postage: postage.order.money(postage.charge.amount_minor),
    "id": lambda postage: gid("ShippingLine", postage.id),
    "isRemoved": _no,
    "originalPriceSet": lambda postage: postage.order.money(postage.charge.amount_minor),
    "phone": _nothing,
    "source": lambda postage: "shopify",
    "taxLines": lambda postage: taxes(postage.order, postage.charge.tax_minor),
    "title": lambda postage: postage.charge.title,
}

_TAX: Final[dict[str, Callable[[Tax], object]]] = {
    "channelLiable": _no,
    "priceSet": lambda tax: tax.amount,
    "rate": lambda tax: number_rate(tax.rate),
    "source": _nothing,
    "title": lambda tax: TAX_TITLE,
}

_ALLOCATION: Final[dict[str, Callable[[Item], object]]] = {
    "allocatedAmountSet": lambda item: item.order.money(item.line.discount_minor),
    "discountApplication": lambda item: item,
}

_APPLICATION: Final[dict[str, Callable[[object], object]]] = {
    "allocationMethod": lambda source: "ACROSS",
    "description": _nothing,
    "index": lambda source: 0,
    "targetSelection": lambda source: "ALL",
    "targetType": lambda source: "LINE_ITEM",
    "title": lambda source: "Discount",
}

_TRANSACTION: Final[dict[str, Callable[[Kept], object]]] = {
    "amountRoundingSet": _nothing,
    "amountSet": _total,
    "createdAt": lambda order: utc(order.created_s),
    "errorCode": _nothing,
    "formattedGateway": lambda order: order.sale.gateway.replace("_", " ").title(),
    "gateway": lambda order: order.sale.gateway,
    "id": lambda order: gid("OrderTransaction", order.id * 10 + 1),
    "kind": lambda order: "SALE",
    "manualPaymentGateway": _no,
    "parentTransaction": _nothing,
    "paymentId": _nothing,
    "processedAt": lambda order: utc(order.processed_s),
    "status": lambda order: "SUCCESS",
    "test": _no,
}

_ADDRESS: Final[dict[str, Callable[[Sent], object]]] = {
    "address1": lambda sent: sent.order.sale.deliver_to.line1 or None,
    "address2": lambda sent: sent.order.sale.deliver_to.line2 or None,
    "city": lambda sent: sent.order.sale.deliver_to.town or None,
    "company": lambda sent: sent.order.sale.deliver_to.company or None,
    "countryCodeV2": lambda sent: sent.order.sale.deliver_to.country or None,
    "firstName": lambda sent: names(sent.order.sale.deliver_to.name)[0],
    "id": lambda sent: gid("MailingAddress", sent.id),
    "lastName": lambda sent: names(sent.order.sale.deliver_to.name)[1],
    "name": lambda sent: sent.order.sale.deliver_to.name or None,
    "phone": lambda sent: sent.order.sale.deliver_to.phone or None,
    "province": lambda sent: sent.order.sale.deliver_to.region or None,
    "provinceCode": _nothing,
    "zip": lambda sent: sent.order.sale.deliver_to.postcode or None,
}

_ROUNDING: Final[dict[str, Callable[[Kept], object]]] = {"paymentSet": _zero, "refundSet": _zero}

_BAG: Final[dict[str, Callable[[Amount], object]]] = {
    "presentmentMoney": lambda amount: amount,
    "shopMoney": lambda amount: amount,
}

_MONEY: Final[dict[str, Callable[[Amount], object]]] = {
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
    "ManualDiscountApplication": _APPLICATION,
    "OrderTransaction": _TRANSACTION,
    "MailingAddress": _ADDRESS,
    "CashRoundingAdjustment": _ROUNDING,
    "MoneyBag": _BAG,
    "MoneyV2": _MONEY,
    "AdditionalFee": _members("id", "name", "price", "taxLines"),
    "Duty": _members("countryCodeOfOrigin", "harmonizedSystemCode", "id", "price", "taxLines"),
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
