"""Every fact that both shapes of an order carry, in one spelling, so that they can be compared."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from shopify_calls import World

_BAGS = {
    "subtotalPriceSet": "subtotal_price_set",
    "currentSubtotalPriceSet": "current_subtotal_price_set",
    "totalPriceSet": "total_price_set",
    "currentTotalPriceSet": "current_total_price_set",
    "totalTaxSet": "total_tax_set",
    "currentTotalTaxSet": "current_total_tax_set",
    "totalDiscountsSet": "total_discounts_set",
    "currentTotalDiscountsSet": "current_total_discounts_set",
    "totalShippingPriceSet": "total_shipping_price_set",
    "currentShippingPriceSet": "current_shipping_price_set",
    "originalTotalDutiesSet": "original_total_duties_set",
    "currentTotalDutiesSet": "current_total_duties_set",
}
_BAG = "{ shopMoney { amount currencyCode } presentmentMoney { amount currencyCode } }"
_TAX = f"{{ title rate channelLiable priceSet {_BAG} }}"
_PLACE = """{ firstName lastName name company address1 address2 city province provinceCode zip
  country countryCodeV2 phone }"""
QUERY = f"""query Facts($id: ID!) {{ order(id: $id) {{
  legacyResourceId name createdAt updatedAt cancelledAt cancelReason closedAt test email phone note
  tags sourceName poNumber customerLocale currencyCode presentmentCurrencyCode taxesIncluded
  displayFinancialStatus displayFulfillmentStatus paymentGatewayNames discountCodes
  customAttributes {{ key value }} retailLocation {{ legacyResourceId }}
  customer {{
    legacyResourceId firstName lastName tags
    defaultEmailAddress {{ emailAddress }} defaultPhoneNumber {{ phoneNumber }}
  }}
  purchasingEntity {{
    __typename ... on PurchasingCompany {{ company {{ id }} location {{ id }} }}
  }}
  paymentTerms {{ paymentTermsName paymentTermsType dueInDays }}
  {" ".join(f"{name} {_BAG}" for name in _BAGS)}
  totalOutstandingSet {_BAG} totalTipReceivedSet {_BAG}
  taxLines {_TAX} billingAddress {_PLACE} shippingAddress {_PLACE}
  discountApplications(first: 20) {{ nodes {{
    __typename index value {{
      ... on MoneyV2 {{ amount }} ... on PricingPercentageValue {{ percentage }}
    }}
    ... on DiscountCodeApplication {{ code }}
    ... on AutomaticDiscountApplication {{ title }}
    ... on ManualDiscountApplication {{ title }}
    ... on ScriptDiscountApplication {{ title }}
  }} }}
  refunds(first: 20) {{ legacyResourceId note refundLineItems(first: 20) {{ nodes {{
    quantity restockType subtotalSet {_BAG} totalTaxSet {_BAG} lineItem {{ id }}
  }} }} }}
  shippingLines(first: 20, includeRemovals: true) {{ nodes {{
    title isRemoved carrierIdentifier originalPriceSet {_BAG} currentDiscountedPriceSet {_BAG}
    taxLines {_TAX}
  }} }}
  lineItems(first: 50) {{ nodes {{
    id sku name title variantTitle vendor quantity currentQuantity unfulfilledQuantity isGiftCard
    requiresShipping taxable customAttributes {{ key value }} variant {{ legacyResourceId }}
    product {{ legacyResourceId }} fulfillmentService {{ handle type }}
    originalUnitPriceSet {_BAG} taxLines {_TAX}
    discountAllocations {{ allocatedAmountSet {_BAG} discountApplication {{ index }} }}
    duties {{ harmonizedSystemCode countryCodeOfOrigin price {_BAG} taxLines {_TAX} }}
  }} }}
}} }}"""


async def shown(world: World, number: int) -> dict[str, Any]:
    """The facts of an order as GraphQL says them."""
    data = await world.data(QUERY, id=f"gid://shopify/Order/{number}")
    return of_graph(data["order"])


def of_graph(order: Mapping[str, Any]) -> dict[str, Any]:
    """The facts of a GraphQL node."""
    company: Any = order["purchasingEntity"] or {"__typename": ""}
    terms, buyer = order["paymentTerms"], order["customer"]
    return {
        "heads": [
            int(order["legacyResourceId"]),
            *(order[name] for name in ("name", "test", "email", "phone", "note", "sourceName")),
            *(order[name] for name in ("poNumber", "customerLocale", "currencyCode")),
            *(order[name] for name in ("presentmentCurrencyCode", "taxesIncluded")),
            *((order[name] or "")[:19] for name in ("createdAt", "updatedAt", "cancelledAt")),
            (order["closedAt"] or "")[:19],
            (order["cancelReason"] or "").lower(),
            (order["displayFinancialStatus"] or "").lower(),
            order["displayFulfillmentStatus"],
            int(order["retailLocation"]["legacyResourceId"]) if order["retailLocation"] else None,
        ],
        "lists": [order["tags"], order["paymentGatewayNames"], order["discountCodes"]],
        "attributes": [(one["key"], one["value"]) for one in order["customAttributes"]],
        "buyer": buyer
        and [
            int(buyer["legacyResourceId"]),
            buyer["firstName"],
            buyer["lastName"],
            ", ".join(buyer["tags"]),
            buyer["defaultEmailAddress"]["emailAddress"],
            buyer["defaultPhoneNumber"]["phoneNumber"],
        ],
        "company": [_number(company["company"]["id"]), _number(company["location"]["id"])]
        if company["__typename"] == "PurchasingCompany"
        else None,
        "terms": terms
        and [terms["paymentTermsName"], terms["paymentTermsType"].lower(), terms["dueInDays"]],
        "bags": {name: _graph_bag(order[name]) for name in _BAGS},
        "owed": float(order["totalOutstandingSet"]["shopMoney"]["amount"]),
        "tip": float(order["totalTipReceivedSet"]["shopMoney"]["amount"]),
        "taxes": _graph_taxes(order["taxLines"]),
        "places": [_graph_place(order[use]) for use in ("billingAddress", "shippingAddress")],
        "discounts": [_graph_discount(one) for one in order["discountApplications"]["nodes"]],
        "refunds": [
            (
                int(refund["legacyResourceId"]),
                refund["note"],
                [
                    (
                        _number(row["lineItem"]["id"]),
                        row["quantity"],
                        row["restockType"].lower(),
                        _graph_bag(row["subtotalSet"]),
                        _graph_bag(row["totalTaxSet"]),
                    )
                    for row in refund["refundLineItems"]["nodes"]
                ],
            )
            for refund in order["refunds"]
        ],
        "postage": [
            (
                one["title"],
                one["isRemoved"],
                one["carrierIdentifier"],
                _graph_bag(one["originalPriceSet"]),
                _graph_bag(one["currentDiscountedPriceSet"]),
                _graph_taxes(one["taxLines"]),
            )
            for one in order["shippingLines"]["nodes"]
        ],
        "lines": [_graph_line(row) for row in order["lineItems"]["nodes"]],
    }


def of_rest(order: Mapping[str, Any]) -> dict[str, Any]:
    """The facts of a webhook's body."""
    buyer, company, terms = order["customer"], order["company"], order["payment_terms"]
    status = {None: "UNFULFILLED", "partial": "PARTIALLY_FULFILLED", "fulfilled": "FULFILLED"}
    return {
        "heads": [
            order["id"],
            *(order[name] for name in ("name", "test")),
            order["email"] or None,
            *(order[name] for name in ("phone", "note", "source_name")),
            *(order[name] for name in ("po_number", "customer_locale", "currency")),
            *(order[name] for name in ("presentment_currency", "taxes_included")),
            *((order[name] or "")[:19] for name in ("created_at", "updated_at", "cancelled_at")),
            (order["closed_at"] or "")[:19],
            order["cancel_reason"] or "",
            order["financial_status"] or "",
            status[order["fulfillment_status"]],
            order["location_id"],
        ],
        "lists": [
            order["tags"].split(", "),
            order["payment_gateway_names"],
            [one["code"] for one in order["discount_codes"]],
        ],
        "attributes": [(one["name"], one["value"]) for one in order["note_attributes"]],
        "buyer": buyer
        and [buyer[name] for name in ("id", "first_name", "last_name", "tags", "email", "phone")],
        "company": company and [company["id"], company["location_id"]],
        "terms": terms
        and [
            terms["payment_terms_name"],
            terms["payment_terms_type"],
            terms["due_in_days"],
        ],
        "bags": {graph: _rest_bag(order[rest]) for graph, rest in _BAGS.items()},
        "owed": float(order["total_outstanding"]),
        "tip": float(order["total_tip_received"]),
        "taxes": _rest_taxes(order["tax_lines"]),
        "places": [_rest_place(order[use]) for use in ("billing_address", "shipping_address")],
        "discounts": [
            (at, one["type"], one.get("code") or one.get("title"), float(one["value"]))
            for at, one in enumerate(order["discount_applications"])
        ],
        "refunds": [
            (
                refund["id"],
                refund["note"],
                [
                    (
                        row["line_item_id"],
                        row["quantity"],
                        row["restock_type"],
                        _rest_bag(row["subtotal_set"]),
                        _rest_bag(row["total_tax_set"]),
                    )
                    for row in refund["refund_line_items"]
                ],
            )
            for refund in order["refunds"]
        ],
        "postage": [
            (
                one["title"],
                one["is_removed"],
                one["carrier_identifier"],
                _rest_bag(one["price_set"]),
                _rest_bag(one["current_discounted_price_set"]),
                _rest_taxes(one["tax_lines"]),
            )
            for one in order["shipping_lines"]
        ],
        "lines": [_rest_line(row) for row in order["line_items"]],
    }


def _graph_line(row: Mapping[str, Any]) -> list[Any]:
    service = row["fulfillmentService"]
    return [
        _number(row["id"]),
        *(row[name] for name in ("sku", "name", "title", "variantTitle", "vendor", "quantity")),
        *(row[name] for name in ("currentQuantity", "unfulfilledQuantity", "isGiftCard")),
        *(row[name] for name in ("requiresShipping", "taxable")),
        "gift_card" if service["type"] == "GIFT_CARD" else service["handle"],
        [(one["key"], one["value"]) for one in row["customAttributes"]],
        int(row["variant"]["legacyResourceId"]) if row["variant"] else None,
        int(row["product"]["legacyResourceId"]) if row["product"] else None,
        _graph_bag(row["originalUnitPriceSet"]),
        _graph_taxes(row["taxLines"]),
        [
            (one["discountApplication"]["index"], _graph_bag(one["allocatedAmountSet"]))
            for one in row["discountAllocations"]
        ],
        [
            (
                one["harmonizedSystemCode"],
                one["countryCodeOfOrigin"],
                _graph_bag(one["price"]),
                _graph_taxes(one["taxLines"]),
            )
            for one in row["duties"]
        ],
    ]


def _rest_line(row: Mapping[str, Any]) -> list[Any]:
    return [
        row["id"],
        *(row[name] for name in ("sku", "name", "title", "variant_title", "vendor", "quantity")),
        *(row[name] for name in ("current_quantity", "fulfillable_quantity", "gift_card")),
        *(row[name] for name in ("requires_shipping", "taxable", "fulfillment_service")),
        [(one["name"], one["value"]) for one in row["properties"]],
        row["variant_id"],
        row["product_id"],
        _rest_bag(row["price_set"]),
        _rest_taxes(row["tax_lines"]),
        [
            (one["discount_application_index"], _rest_bag(one["amount_set"]))
            for one in row["discount_allocations"]
        ],
        [
            (
                one["harmonized_system_code"],
                one["country_code_of_origin"],
                _rest_bag({key: one[key] for key in ("shop_money", "presentment_money")}),
                _rest_taxes(one["tax_lines"]),
            )
            for one in row["duties"]
        ],
    ]


def _graph_discount(one: Mapping[str, Any]) -> tuple[Any, ...]:
    kinds = {"DiscountCode": "discount_code"}
    kind = one["__typename"].removesuffix("Application")
    spelt = kinds.get(kind, kind.removesuffix("Discount").lower())
    value = one["value"].get("amount") or one["value"]["percentage"]
    return one["index"], spelt, one.get("code") or one.get("title"), float(value)


def _graph_bag(bag: Mapping[str, Any] | None) -> tuple[Any, ...] | None:
    if bag is None:
        return None
    sides = (bag["shopMoney"], bag["presentmentMoney"])
    return tuple((float(money["amount"]), money["currencyCode"]) for money in sides)


def _rest_bag(bag: Mapping[str, Any] | None) -> tuple[Any, ...] | None:
    if bag is None:
        return None
    sides = (bag["shop_money"], bag["presentment_money"])
    return tuple((float(money["amount"]), money["currency_code"]) for money in sides)


def _graph_taxes(found: list[dict[str, Any]]) -> list[tuple[Any, ...]]:
    return [
        (tax["title"], tax["rate"], tax["channelLiable"], _graph_bag(tax["priceSet"]))
        for tax in found
    ]


def _rest_taxes(found: list[dict[str, Any]]) -> list[tuple[Any, ...]]:
    return [
        (tax["title"], tax["rate"], tax["channel_liable"], _rest_bag(tax["price_set"]))
        for tax in found
    ]


def _graph_place(found: Mapping[str, Any] | None) -> list[Any] | None:
    names = ("firstName", "lastName", "name", "company", "address1", "address2", "city")
    more = ("province", "provinceCode", "zip", "country", "countryCodeV2", "phone")
    return None if found is None else [found[name] for name in (*names, *more)]


def _rest_place(found: Mapping[str, Any] | None) -> list[Any] | None:
    names = ("first_name", "last_name", "name", "company", "address1", "address2", "city")
    more = ("province", "province_code", "zip", "country", "country_code", "phone")
    return None if found is None else [found[name] for name in (*names, *more)]


def _number(gid: str) -> int:
    return int(gid.rpartition("/")[2])
