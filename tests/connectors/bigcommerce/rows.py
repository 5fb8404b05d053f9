"""Orders of a store as V2 spells them, made of what recorded answers have."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from counterfoil.connectors.bigcommerce.order import Reader, Settings
from counterfoil.kit.connector import Reading
from counterfoil.model.order import Order
from counterfoil.twins.bigcommerce import body
from counterfoil.values.clock import instant

SHARED = Path(__file__).resolve().parents[4] / "shared"
CASES = SHARED / "cases" / "bigcommerce"
NOW = instant("2026-11-02T10:00:00Z")
SETTINGS = Settings(
    orders_per_page=5, test_payment_methods="Test Payment Gateway", status_tells_payment=True
)
Row = dict[str, Any]


def read(row: Row, settings: Settings = SETTINGS) -> Reading[Order]:
    """What the connector reads of an order whose lists stand in it."""
    return Reader(settings).read(row, NOW, b"kept")


def order(row: Row, settings: Settings = SETTINGS) -> Order:
    """The order; the problem is raised where there is none."""
    reading = read(row, settings)
    if reading.problem is not None:
        raise reading.problem
    assert reading.document is not None
    return reading.document


def line(**told: Any) -> Row:
    """A line of one piece at 12.00 with 2.00 of tax in it."""
    return {
        **body._SHAPES["product"],  # pyright: ignore[reportPrivateUsage]
        "id": 188,
        "product_id": 77,
        "variant_id": 301,
        "name": "Tee",
        "sku": "TEE",
        "quantity": 1,
        "base_price": "12.0000",
        "price_ex_tax": "10.0000",
        "price_inc_tax": "12.0000",
        "total_ex_tax": "10.0000",
        "total_inc_tax": "12.0000",
        "total_tax": "2.0000",
        "discounted_total_inc_tax": "12.0000",
        **told,
    }


def tax(**told: Any) -> Row:
    """The tax on that line."""
    return {
        **body._SHAPES["tax"],  # pyright: ignore[reportPrivateUsage]
        "rate": "20.0000",
        "line_amount": "2.0000",
        "order_product_id": "188",
        **told,
    }


def head(*lines: Row, taxes: Any = None, **told: Any) -> Row:
    """An order of those lines, paid and waiting to be sent; what is not told is as recorded."""
    return {
        **body._SHAPES["order"],  # pyright: ignore[reportPrivateUsage]
        "id": 218,
        "date_created": "Mon, 02 Nov 2026 09:14:07 +0000",
        "date_modified": "Mon, 02 Nov 2026 09:14:20 +0000",
        "status_id": 11,
        "payment_status": "captured",
        "payment_method": "Credit Card",
        "default_currency_code": "GBP",
        "currency_code": "GBP",
        "total_ex_tax": "10.0000",
        "total_inc_tax": "12.0000",
        "total_tax": "2.0000",
        "products": list(lines or (line(),)),
        "taxes": [tax()] if taxes is None else taxes,
        "shipping_addresses": [],
        **told,
    }


def address(**told: Any) -> Row:
    """A place to which something goes."""
    shape = body._SHAPES["shipping_address"]  # pyright: ignore[reportPrivateUsage]
    return {
        **shape,
        "first_name": "Jo",
        "last_name": "Bloggs",
        "shipping_method": "Tracked",
        **told,
    }


def recorded(name: str) -> Any:
    """What was answered, or sent, in one of the recordings."""
    found = json.loads((CASES / name).read_text())
    if isinstance(found, list) and found and "response" in found[-1]:
        found = found[-1]
    if isinstance(found, dict):
        found = found.get("response", found.get("body", found))
    return found
