"""The matrix of refunds, worked from what Shopify answers to what OrderWise is posted."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from counterfoil.connectors.orderwise import CONNECTOR as ORDERWISE
from counterfoil.connectors.shopify import CONNECTOR as SHOPIFY
from counterfoil.flows.refund import Gates, standing
from counterfoil.flows.rules import Goes, Holds, LeftOut
from counterfoil.kit.connector import Inputs
from counterfoil.kit.nowhere import NoBook, Nowhere
from counterfoil.kit.setup import Account, Means, open_connection
from counterfoil.mapping.valuemap import ValueMap
from counterfoil.model.document import Ref
from counterfoil.model.refund import Refund, check
from counterfoil.values.clock import SystemClock, instant
from counterfoil.values.errors import Hold
from counterfoil.values.money import minor

TIMES = "\u00d7"  # as people write it
MADE = "2026-11-02T09:00:00Z"
NAMED = re.compile(r"(\d) (\w+) ([\d.]+) tax ([\d.]+)")
AGREED = ("postage", "goodwill", "fee", "duty", "exchange", "rate", "difference")
SHOP = Account("shop", "https://shop.myshopify.com")
OFFICE = Account(
    "office",
    "https://ow.orderwisecloud.com",
    settings={
        **{"session_id": 1, "orders_definition": 1, "lines_definition": 2, "customer_id": 1},
        **{"delivery_map": "", "tax_map": {"0.2": 1, "0": 3}},
        **{"credit_path": "/sales/order", "credit_map": "credits"},
    },
)
MAPS = {"credits": ValueMap("credits", {word: f"CR-{word}" for word in AGREED})}


def worked(row: dict[str, str]) -> None:
    """Work one row: read it, ask the rules, and compose the credit."""
    refund = read(row)
    check(refund)
    assert refund.kind == row["kind"]
    outcome = standing(refund, Gates())
    if not isinstance(outcome, Goes):
        how = "held" if isinstance(outcome, Holds) else "waits"
        how = "left out" if isinstance(outcome, LeftOut) else how
        assert f"{how}: {outcome.code}" == row["credit"]
        return
    target = opened(ORDERWISE, OFFICE).target("refund")
    inputs = Inputs({Ref("order", "1"): "90001"})
    if row["credit"].startswith("held: "):
        with pytest.raises(Hold) as held:
            target.compose(refund, inputs)
        assert f"held: {held.value.code}" == row["credit"]
        return
    intent = target.compose(refund, inputs)
    payload = json.loads(intent.payload)
    lines = [
        f"{row['quantity']} {TIMES} {row['variantCode']} {row['quantity'] * row['itemGross']:.2f}"
        for row in payload["orderLines"]
    ]
    assert "; ".join(lines) == row["credit"]
    assert payload["orderHeader"]["systemOrderType"] == 4
    assert payload["orderHeader"]["customerOrderRef"] == "90001"
    assert intent.expect["total"] == refund.total_minor
    assert intent.expect["tax"] == minor(row["tax"], "GBP")


def read(row: dict[str, str]) -> Refund:
    """The refund that Shopify's answer tells."""
    source = opened(SHOPIFY, SHOP).source("refund")
    body = json.dumps({"data": {"refund": node(row)}}).encode()
    reading = source.read_any(body, instant(MADE))
    assert reading.problem is None, reading.problem
    assert isinstance(reading.document, Refund)
    return reading.document


def node(row: dict[str, str]) -> dict[str, Any]:
    """A refund of the matrix as GraphQL tells it."""
    return {
        "legacyResourceId": "9", "createdAt": MADE, "updatedAt": MADE, "note": "",
        "order": {
            "legacyResourceId": "1", "name": "#1", "currencyCode": "GBP", "taxesIncluded": True,
        },
        "refundLineItems": {"nodes": [line(*part) for part in NAMED.findall(row["names"])]},
        "refundShippingLines": {"nodes": [
            {"shippingLine": {"title": "Post", "taxLines": [vat("1.00")]},
             "subtotalAmountSet": bag(amount), "taxAmountSet": bag(tax)}
            for amount, tax in re.findall(r"([\d.]+) tax ([\d.]+)", row["postage"])
        ]},
        "orderAdjustments": {"nodes": [{"reason": row["reason"]}] if row["reason"] else []},
        "transactions": {"nodes": [
            {"id": f"gid://shopify/OrderTransaction/{at}", "kind": "REFUND", "status": status,
             "gateway": gateway or "card", "amountSet": bag(amount), "createdAt": MADE}
            for at, (status, amount, gateway) in enumerate(
                re.findall(r"(\w+) ([\d.]+) ?(\w*)", row["money"])
            )
        ]},
    }  # fmt: skip


def line(pieces: str, restock: str, amount: str, tax: str) -> dict[str, Any]:
    """Units of the order's one line."""
    return {
        "quantity": int(pieces), "restockType": restock, "restocked": restock != "NO_RESTOCK",
        "subtotalSet": bag(amount), "totalTaxSet": bag(tax),
        "lineItem": {
            "id": "gid://shopify/LineItem/11", "sku": "MUG", "name": "Mug", "quantity": 3,
            "originalUnitPriceSet": bag("12.00"), "taxLines": [vat("6.00")],
        },
    }  # fmt: skip


def vat(amount: str) -> dict[str, Any]:
    return {"title": "VAT", "rate": 0.2, "channelLiable": False, "priceSet": bag(amount)}


def bag(amount: str) -> dict[str, Any]:
    return {"shopMoney": {"amount": amount}}


def opened(connector: Any, account: Account) -> Any:
    """A connection that is never called."""
    means = Means(SystemClock(), Nowhere(), NoBook(), "test")
    return open_connection(connector, account, means, secret=str, maps=MAPS)
