"""What the button "send test notification" sends: an order that exists nowhere, is a test, is
cancelled, and does not add up. Recorded of the versions 2023-07 to 2026-04.
"""

from __future__ import annotations

from typing import Final

import msgspec

from counterfoil.model.address import Address
from counterfoil.twins.kit.sale.order import Order
from counterfoil.twins.shopify import rest
from counterfoil.twins.shopify.spelling import spelt
from counterfoil.twins.world import Sale, SaleLine, SaleShipping

ID: Final = 820_982_911_946_154_508
"""The number that the vendor's test orders have, beyond what a double holds exactly."""


def body(currency: str, now_s: int, offset_minutes: int) -> bytes:
    """The body of a test notification."""
    sale = Sale(
        at_s=0.0,
        number="9999",
        placed="",
        currency=currency,
        lines=(
            SaleLine("SKU2006-001", "Aviator sunglasses", 1, 8999, 0),
            SaleLine("SKU2006-020", "Mid-century lounger", 1, 15999, 0),
        ),
        shipping=(SaleShipping("Generic Shipping", 1000, 0),),
        email="jon@example.com",
        deliver_to=Address(name="Steve Shipper", line1="123 Shipping Street", country="US"),
        payment="unpaid",
        tags=("tag1", "tag2"),
        tax_included=False,
        test=True,
    )
    order = Order(
        ID, 487_817_672_276_298_554, sale, now_s, now_s, now_s, sale.tags, now_s, "CUSTOMER"
    )
    goods_minor = order.goods_minor
    members = msgspec.json.decode(rest.body(order, offset_minutes))
    for name, amount_minor in (
        ("total_discounts", 2000),  # of which no line knows
        ("subtotal_price", goods_minor - 1000),
        ("total_price", goods_minor - 1000),
        ("current_total_price", goods_minor),  # without its postage
        ("total_outstanding", goods_minor),
    ):
        text = spelt((amount_minor, currency))
        members[name] = text
        if f"{name}_set" in members:
            money = {"amount": text, "currency_code": currency}
            members[f"{name}_set"] = {"shop_money": money, "presentment_money": money}
    members |= {
        "confirmed": False,
        "financial_status": "voided",
        "payment_gateway_names": ["visa", "bogus"],
    }
    return msgspec.json.encode(members)
