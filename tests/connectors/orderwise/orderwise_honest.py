"""An OrderWise that keeps what it is sent, in the rows of today's definitions; and full orders."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

from counterfoil.kit.connector import Intent
from counterfoil.values.money import exponent, rounded

RATES = {1: (2, 10), 2: (0, 1), 3: (5, 100), 4: (12, 100)}
"""The tax rates of the site, by id, as fractions."""


def body(intent: Intent) -> dict[str, Any]:
    """The payload, its amounts exact."""
    return json.loads(intent.payload, parse_float=Decimal)


def minor(amount: Any, currency: str) -> int:
    """An amount of a payload in minor units; it has no more decimals than its currency."""
    scaled = Decimal(amount).scaleb(exponent(currency))
    assert scaled == int(scaled)
    return int(scaled)


def inside(gross: int, rate: int) -> int:
    over, under = RATES[rate]
    return rounded(gross * over, over + under)


def rows(
    intent: Intent, currency: str, *, delivery_tax: int, split: bool = False
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """The order and its lines as both definitions show them once it has landed.

    `split`: every line of more than one piece lies in two, as where one location lacks stock.
    """
    sent = body(intent)
    head, where = sent["orderHeader"], sent.get("customerDeliveryAddress", {})
    lines: list[dict[str, Any]] = []
    tax = delivery_tax
    for one in sent["orderLines"]:
        price, gross = one["itemGross"], one["itemGross"] * one["quantity"]
        tax += inside(minor(gross, currency), one["taxRateId"])
        parts = [1, one["quantity"] - 1] if split and one["quantity"] > 1 else [one["quantity"]]
        for pieces in parts:
            lines.append(
                {
                    "owOrderId": 1,
                    "extRef": head.get("eCommerceOrderNumber"),
                    "lineId": len(lines),
                    "itemNumber": len(lines) + 1,
                    "sku": one["variantCode"] + "  ",
                    "qty": pieces,
                    "itemGross": str(price),
                    "lineGross": str(price * pieces),
                    "taxRateId": one["taxRateId"],
                    "stockLocationId": one.get("stockLocationId", 8),
                }
            )
    gross = minor(head["orderGross"], currency)
    return [
        {
            "owOrderId": 1,
            "owOrderNo": "OR1",
            "extRef": head.get("eCommerceOrderNumber", head.get("customerOrderRef")),
            "custRef": head.get("customerOrderRef"),
            "statusText": "Awaiting despatch",
            "complete": False,
            "customerId": sent["customer"].get("id", 1044),
            "deliveryMethodId": head.get("deliveryMethodId", 0),
            "orderType": head["systemOrderType"],
            "orderedAt": head["orderDate"] + ".000",
            "requiredAt": head.get("requiredDate"),
            "amendedAt": "2026-10-05T10:12:40",
            "net": shown(gross - tax, currency),
            "tax": shown(tax, currency),
            "gross": str(head["orderGross"]),
            "deliveryGross": str(head["deliveryGross"]),
            "specialInstructions": head["specialInstructions"] + " ",
            "paymentMethodId": sent.get("paymentMethodId"),
            "currencyId": head.get("currencyId", 1),
            "deliveryName": where.get("deliveryName"),
            "contactName": where.get("contactName"),
            "address1": where.get("address1"),
            "address2": where.get("address2") or None,
            "address3": None,
            "town": where.get("town"),
            "county": where.get("county") or None,
            "country": where.get("country"),
            "deliveryPostcode": where.get("postcode"),
            "deliveryCountryCode": where.get("countryCode"),
            "email": where.get("email"),
            "telephone": where.get("telephone"),
        }
    ], lines


def shown(amount: int, currency: str) -> str:
    return str(Decimal(amount).scaleb(-exponent(currency)))
