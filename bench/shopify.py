"""An order of 14 lines in the two shapes that Shopify tells it in, and a shop of its copies."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping
from typing import Any

import msgspec

from counterfoil.kit.transport import Answer

LINES = 14
_KEY = 6001001  # the order that all others are copies of
_PRICES = [1250, 2400, 995, 475, 1899, 650, 3200, 1050, 1525, 899, 2750, 395, 1175, 2100]
_POSTAGE = ("Royal Mail Tracked 48", 495)
_TOTAL = sum(_PRICES) + _POSTAGE[1]


def hook(number: int) -> bytes:
    """A webhook's body for order `number`."""
    return _HOOK.replace(b"6001001", b"%d" % (_KEY + number))


def key(number: int) -> str:
    """The identity of order `number`."""
    return str(_KEY + number)


def postage() -> str:
    """The title under which it is sent."""
    return _POSTAGE[0]


def headers(secret: str, body: bytes, number: int) -> dict[str, str]:
    """The headers under which Shopify would send it."""
    signed = hmac.digest(secret.encode(), body, hashlib.sha256)
    return {
        "content-type": "application/json",
        "x-shopify-hmac-sha256": base64.b64encode(signed).decode(),
        "x-shopify-topic": "orders/create",
        "x-shopify-webhook-id": f"bench-{number}",
    }


def node(number: int) -> bytes:
    """Order `number` as GraphQL tells it."""
    return _NODE.replace(b"6001001", b"%d" % (_KEY + number))


class Listings:
    """A wire (`kit.transport.Wire`) that answers each question with its next ready page."""

    def __init__(self, first: int, count: int, page: int = 250) -> None:
        self.pages = [
            self._page(first + at, min(page, count - at), last=at + page >= count)
            for at in range(0, count, page)
        ]
        self._at = 0

    async def send(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes, timeout_s: float
    ) -> Answer:
        """The next page, from memory."""
        self._at += 1
        return Answer(200, {}, self.pages[self._at - 1])

    async def close(self) -> None:
        """Nothing is open."""

    def _page(self, first: int, count: int, *, last: bool) -> bytes:
        nodes = b",".join(node(number) for number in range(first, first + count))
        more = b"false" if last else b"true"
        info = b'"pageInfo":{"hasNextPage":%b,"endCursor":"after-%d"}' % (more, first)
        return b'{"data":{"orders":{%b,"nodes":[%b]}}}' % (info, nodes)


def _tax(minor: int) -> int:
    return round(minor / 6)


def _plain(minor: int) -> str:
    return f"{minor // 100}.{minor % 100:02d}"


def _both(name: str, minor: int) -> dict[str, Any]:
    amount = {"amount": _plain(minor), "currency_code": "GBP"}
    return {
        name: _plain(minor),
        f"{name}_set": {"shop_money": amount, "presentment_money": amount},
    }


def _bag(minor: int) -> dict[str, Any]:
    return {"shopMoney": {"amount": _plain(minor)}}


def _taxed(minor: int) -> list[dict[str, Any]]:
    return [{"title": "VAT", "rate": msgspec.Raw(b"0.2"), **_both("price", _tax(minor))}]


def _all_tax() -> int:
    return sum(map(_tax, _PRICES)) + _tax(_POSTAGE[1])


def _hook_line(at: int, minor: int) -> dict[str, Any]:
    return {
        "id": 9001 + at,
        "sku": f"SKU-{at:03d}",
        "name": f"Thing {at} - Medium",
        "title": f"Thing {at}",
        "quantity": 1,
        "current_quantity": 1,
        "gift_card": False,
        "variant_id": 5001 + at,
        **_both("price", minor),
        "discount_allocations": [],
        "tax_lines": _taxed(minor),
    }


def _node_line(at: int, minor: int) -> dict[str, Any]:
    return {
        "id": f"gid://shopify/LineItem/{9001 + at}",
        "sku": f"SKU-{at:03d}",
        "name": f"Thing {at} - Medium",
        "quantity": 1,
        "currentQuantity": 1,
        "isGiftCard": False,
        "variant": {"id": f"gid://shopify/ProductVariant/{5001 + at}"},
        "originalUnitPriceSet": _bag(minor),
        "discountAllocations": [],
        "taxLines": [{"rate": msgspec.Raw(b"0.2"), "priceSet": _bag(_tax(minor))}],
    }


def _rows(nodes: list[dict[str, Any]]) -> dict[str, Any]:
    return {"pageInfo": {"hasNextPage": False, "endCursor": None}, "nodes": nodes}


_HOOK = msgspec.json.encode(
    {
        "id": _KEY,
        "admin_graphql_api_id": f"gid://shopify/Order/{_KEY}",
        "name": f"#CF{_KEY}",
        "created_at": "2026-11-02T05:14:07-04:00",
        "processed_at": "2026-11-02T05:14:06-04:00",
        "updated_at": "2026-11-02T05:14:09-04:00",
        "cancelled_at": None,
        "test": False,
        "currency": "GBP",
        "presentment_currency": "GBP",
        "taxes_included": True,
        "duties_included": False,
        "email": "jo.bloggs@example.com",
        "note": None,
        "financial_status": "paid",
        "payment_gateway_names": ["shopify_payments"],
        **_both("total_price", _TOTAL),
        **_both("current_total_price", _TOTAL),
        **_both("total_tax", _all_tax()),
        "total_outstanding": "0.00",
        "total_tip_received": "0.00",
        "shipping_address": {
            "first_name": "Jo",
            "last_name": "Bloggs",
            "name": "Jo Bloggs",
            "company": None,
            "address1": "1 High Street",
            "address2": None,
            "city": "Leeds",
            "province_code": "ENG",
            "zip": "LS1 1AA",
            "country_code": "GB",
            "phone": "+441130000000",
        },
        "billing_address": None,
        "shipping_lines": [
            {
                "id": 8001,
                "title": _POSTAGE[0],
                "code": "RM48",
                "is_removed": False,
                **_both("price", _POSTAGE[1]),
                "discount_allocations": [],
                "tax_lines": _taxed(_POSTAGE[1]),
            }
        ],
        "line_items": [_hook_line(at, minor) for at, minor in enumerate(_PRICES)],
    }
)

_NODE = msgspec.json.encode(
    {
        "id": f"gid://shopify/Order/{_KEY}",
        "legacyResourceId": str(_KEY),
        "name": f"#CF{_KEY}",
        "createdAt": "2026-11-02T09:14:07Z",
        "processedAt": "2026-11-02T09:14:06Z",
        "updatedAt": "2026-11-02T09:14:09Z",
        "cancelledAt": None,
        "test": False,
        "currencyCode": "GBP",
        "taxesIncluded": True,
        "dutiesIncluded": False,
        "email": "jo.bloggs@example.com",
        "note": None,
        "paymentGatewayNames": ["shopify_payments"],
        "shippingAddress": {
            "firstName": "Jo",
            "lastName": "Bloggs",
            "name": "Jo Bloggs",
            "company": None,
            "address1": "1 High Street",
            "address2": None,
            "city": "Leeds",
            "provinceCode": "ENG",
            "zip": "LS1 1AA",
            "countryCodeV2": "GB",
            "phone": "+441130000000",
        },
        "billingAddress": None,
        "totalPriceSet": _bag(_TOTAL),
        "currentTotalPriceSet": _bag(_TOTAL),
        "totalTaxSet": _bag(_all_tax()),
        "totalOutstandingSet": _bag(0),
        "totalTipReceivedSet": _bag(0),
        "originalTotalDutiesSet": None,
        "currentTotalDutiesSet": None,
        "originalTotalAdditionalFeesSet": None,
        "currentTotalAdditionalFeesSet": None,
        "shippingLines": _rows(
            [
                {
                    "id": "gid://shopify/ShippingLine/8001",
                    "title": _POSTAGE[0],
                    "code": "RM48",
                    "originalPriceSet": _bag(_POSTAGE[1]),
                    "discountAllocations": [],
                    "taxLines": [
                        {"rate": msgspec.Raw(b"0.2"), "priceSet": _bag(_tax(_POSTAGE[1]))}
                    ],
                }
            ]
        ),
        "lineItems": _rows([_node_line(at, minor) for at, minor in enumerate(_PRICES)]),
    }
)
