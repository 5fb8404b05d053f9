"""Every recording of refunds, returns, transactions and gift cards: what comes of each, and why.

A recorded answer tells what its caller asked for; what our own query asks beside that is filled in
as it stood in the same recording, or empty. A recording that has no row here fails.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from counterfoil.kit.connector import Hint, each
from counterfoil.kit.contract import StoppedClock
from counterfoil.model.refund import Refund, check
from counterfoil.values.errors import CounterfoilError, Refuse
from counterfoil.values.money import Money
from tests.connectors.shopify.conftest import SHARED, Open, needs_shared

CASES = SHARED / "cases" / "shopify"
FOLDERS = ("refunds", "returns", "orders_and_transactions", "gift_cards")
FILES = {
    f"{folder}/{path.stem}": path
    for folder in FOLDERS
    for path in sorted((CASES / folder).glob("*.json"))
}


class Row(NamedTuple):
    """What must come of a recording, each refund in a line; nothing, where it is of none."""

    refunds: tuple[str, ...]
    why: str


def none(why: str) -> Row:
    return Row((), why)


REFUSED = none("Shopify refused: no refund came to be, and nothing is credited.")
RETURNED = none("Goods on their way back move no money: a return alone is credited never.")
UNPAID_BACK = none("Money that was taken or promised, of which none went back.")
ROWS: dict[str, Row] = {
    "refunds/estuary-order-refunds": Row(
        (
            "return succeeded $670,365.00 of 10 lines, 1000 back",
            "return succeeded $33,518.25 of 10 lines, 50 back",
            "exchange succeeded $32,632.30 of 10 lines, 50 back, exchange -$885.95",
        ),
        "Of the third 885.95 went into another thing, and no adjustment of it says so.",
    ),
    "refunds/gql-full-no-restock": Row(
        ("refund succeeded CAD 15.00 of 1 lines, 0 back, postage CAD 5.00",),
        "Its line says 0.00 and is worth 10.00: the money that went back tells.",
    ),
    "refunds/gql-over-refund": REFUSED,
    "refunds/gql-quantity-errors": Row(
        ("goodwill succeeded CAD 10.00 of 0 lines, 0 back, goodwill CAD 10.00",),
        "Of several attempts one came about, of which only the money is recorded.",
    ),
    "refunds/gql-two-currencies": Row(
        ("goodwill succeeded CAD 7.10 of 0 lines, 0 back, goodwill CAD 7.10",),
        "5.00 USD at the day's rate; it names no line, so it is a sum beside the goods.",
    ),
    "refunds/gql-unknown-input-fields": REFUSED,
    "refunds/gql-usererror-has-no-code": REFUSED,
    "refunds/hook-minimal-fields": Row(
        ("no-identity",), "Somebody chose its members, and no number of a refund is among them."
    ),
    "refunds/hook-pending-discrepancy-2025": Row(
        ("names 1022629085464",), "In its own body a pending refund nets to 0.00: it is read."
    ),
    "refunds/hook-pending-two-currencies-2024": Row(
        ("names 829190242433",), "Its lines are in one currency and its money in another."
    ),
    "refunds/nango-create": REFUSED,
    "refunds/vcr-2017-order-with-refund": none("The order of the next recording, in REST."),
    "refunds/vcr-2017-refund-restock-null": Row(
        ("names 225207300",), "A body of 2017 names its refund as one of today does."
    ),
    "returns/estuary-order-returns": RETURNED,
    "returns/estuary-sales-agreements": none("What was agreed, in a listing that is not read."),
    "returns/gql-return-calculate": RETURNED,
    "returns/gql-return-customer-note": RETURNED,
    "returns/gql-return-quantity-errors": RETURNED,
    "returns/gql-return-reason": RETURNED,
    "returns/gql-return-shipping-fee": RETURNED,
    "returns/gql-return-states": RETURNED,
    "returns/gql-return-status": RETURNED,
    "returns/gql-reverse-logistics": RETURNED,
    "returns/hook-approve-minimal": RETURNED,
    "returns/nango-approve": RETURNED,
    "returns/nango-create": RETURNED,
    "returns/nango-get": RETURNED,
    "returns/nango-list": RETURNED,
    "orders_and_transactions/estuary-transactions": none(
        "The money of the first recording's three refunds, which are read with it there."
    ),
    "orders_and_transactions/gql-cancel-restock-refund": Row(
        ("goodwill succeeded CAD 20.00 of 0 lines, 0 back, goodwill CAD 20.00",),
        "Cancelled with its money back; the recording has its money alone.",
    ),
    "orders_and_transactions/estuary-order": UNPAID_BACK,
    "orders_and_transactions/gql-cancel-errors": UNPAID_BACK,
    "orders_and_transactions/gql-cancel-unpaid": UNPAID_BACK,
    "orders_and_transactions/gql-capture-partial-then-rest": UNPAID_BACK,
    "orders_and_transactions/gql-capture": UNPAID_BACK,
    "orders_and_transactions/gql-close": UNPAID_BACK,
    "orders_and_transactions/gql-create-authorized": UNPAID_BACK,
    "orders_and_transactions/gql-create-errors-2": UNPAID_BACK,
    "orders_and_transactions/gql-create-errors": UNPAID_BACK,
    "orders_and_transactions/gql-create-happy": UNPAID_BACK,
    "orders_and_transactions/gql-create-line-fields": UNPAID_BACK,
    "orders_and_transactions/gql-create-math": UNPAID_BACK,
    "orders_and_transactions/gql-draft-complete-pending": UNPAID_BACK,
    "orders_and_transactions/gql-mark-as-paid": UNPAID_BACK,
    "orders_and_transactions/gql-terms-lifecycle": UNPAID_BACK,
    "orders_and_transactions/gql-terms-multiple": UNPAID_BACK,
    "orders_and_transactions/gql-update-errors": UNPAID_BACK,
    "orders_and_transactions/gql-void": UNPAID_BACK,
    "orders_and_transactions/hook-payment-schedule-due": UNPAID_BACK,
    "orders_and_transactions/nango-cancel": UNPAID_BACK,
    "orders_and_transactions/nango-close-rest": UNPAID_BACK,
    "orders_and_transactions/nango-get-order": UNPAID_BACK,
    "orders_and_transactions/nango-mark-paid": UNPAID_BACK,
    "orders_and_transactions/hook-transaction-authorization": UNPAID_BACK,
    "orders_and_transactions/hook-transaction-sale": UNPAID_BACK,
    "orders_and_transactions/vcr-2017-transactions-with-refund": none(
        "Transactions by themselves, in REST: which refund they are of is not told."
    ),
    "gift_cards/gql-credit-debit": none("A gift card's own balance: no order pays it back."),
}


def refunds_of(value: object, order: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """The refunds of GraphQL that stand anywhere in a recording, each with the order above it."""
    if isinstance(value, list):
        for part in value:
            yield from refunds_of(part, order)
    elif isinstance(value, dict):
        below = value if str(value.get("id", "")).startswith("gid://shopify/Order/") else order
        if str(value.get("id", "")).startswith("gid://shopify/Refund/"):
            yield {**value, "order": {**below, **value.get("order", {})}}
        else:
            for name, part in value.items():
                nameless = name == "refund" and isinstance(part, dict) and "id" not in part
                named = {"id": "gid://shopify/Refund/1", **part} if nameless else part
                yield from refunds_of(named, below)


def merged(recording: object) -> list[dict[str, Any]]:
    """The refunds, each with all that any of its answers said; one that an answer told by its
    money alone has that."""
    rows: dict[str, dict[str, Any]] = {}
    for row in refunds_of(recording, {}):
        known = rows.setdefault(row["id"], {"order": {}})
        rows[row["id"]] = {**known, **row, "order": {**known["order"], **row["order"]}}
    return [*rows.values()]


def as_asked(row: dict[str, Any], recording: object, at: int) -> dict[str, Any]:
    """The refund as our own query would be told it."""
    total = row["totalRefundedSet"]
    made = row.get("createdAt", "2026-01-01T00:00:00Z")
    lines = row.get("refundLineItems") or []
    lines = lines["nodes"] if isinstance(lines, dict) else lines
    prices = {line.get("id"): line for line in lines_of(recording)}
    for line in lines:
        item = line["lineItem"]
        ordered = prices.get(item["id"], {})
        price = ordered.get("originalUnitPriceSet") or line["priceSet"]
        count = ordered.get("quantity", line["quantity"])
        line.setdefault("totalTaxSet", {"shopMoney": {"amount": "0.0"}})
        line["lineItem"] = {**item, "quantity": count, "originalUnitPriceSet": price}
    money = {
        "id": f"gid://shopify/OrderTransaction/{at}", "kind": "REFUND", "status": "SUCCESS",
        "gateway": "manual", "amountSet": total, "createdAt": made,
    }  # fmt: skip
    moves = (row.get("transactions") or {}).get("nodes") or [money]
    number = row["id"].rpartition("/")[2]
    order = {
        "legacyResourceId": "1", "name": "#1", "taxesIncluded": False, "test": False,
        "currencyCode": total["shopMoney"]["currencyCode"], **row["order"],
    }  # fmt: skip
    postage = [
        {"shippingLine": {"title": "Post"}, "subtotalAmountSet": line["originalPriceSet"],
         "taxAmountSet": {"shopMoney": {"amount": "0.0"}}}
        for line in shipping_of(recording)
        if lines and "NO_RESTOCK" in {line["restockType"] for line in lines}
    ]  # fmt: skip
    return {
        "legacyResourceId": number, "createdAt": made, "updatedAt": made, "note": "",
        "orderAdjustments": {"nodes": []}, "refundShippingLines": {"nodes": postage},
        **row, "order": order, "refundLineItems": {"nodes": lines},
        "transactions": {"nodes": [{**money, **move} for move in moves]},
    }  # fmt: skip


def lines_of(value: object) -> Iterator[dict[str, Any]]:
    """The lines of orders with their prices, wherever they stand."""
    yield from _with(value, "originalUnitPriceSet")


def shipping_of(value: object) -> Iterator[dict[str, Any]]:
    yield from _with(value, "originalPriceSet")


def _with(value: object, member: str) -> Iterator[dict[str, Any]]:
    parts = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    if isinstance(value, dict) and member in value:
        yield value
    for part in parts:
        yield from _with(part, member)


def said(refund: Refund) -> str:
    """A refund in one line."""
    back = sum(row.quantity for row in refund.goods if row.restock != "none")
    parts = [
        f"{refund.kind} {refund.progress} {refund.total} of {len(refund.lines)} lines, {back} back",
        *(f"postage {Money(row.amount_minor, refund.currency)}" for row in refund.shipping),
        *(f"{row.kind} {Money(row.amount_minor, refund.currency)}" for row in refund.adjustments),
    ]
    return ", ".join(parts)


def read(path: Path, open_shop: Open) -> tuple[str, ...]:
    """What comes of a recording: of each refund that it tells, or of the message that it is."""
    source, now = open_shop().session.source("refund"), StoppedClock().now()
    recording = json.loads(path.read_bytes())
    if path.name.startswith("hook-") or path.name.startswith("vcr-2017-refund"):
        if path.parent.name != "refunds":
            return ()
        body = recording["body"]["refund"] if "body" in recording else recording
        try:
            (hint,) = each(source.parse(json.dumps(body).encode(), now))
        except Refuse as refused:
            return (refused.code,)
        assert isinstance(hint, Hint)
        return (f"names {', '.join(hint.keys)}",)
    outcomes: list[str] = []
    for at, row in enumerate(merged(recording)):
        if "totalRefundedSet" not in row:
            continue
        node = as_asked(row, recording, at)
        reading = source.read_any(json.dumps({"data": {"refund": node}}).encode(), now)
        problem: CounterfoilError | None = reading.problem
        assert problem is None, problem
        assert reading.document is not None
        check(reading.document)
        outcomes.append(said(reading.document))
    return tuple(outcomes)


@needs_shared
def test_every_recording_has_its_row() -> None:
    assert {*FILES} == {*ROWS}


@pytest.mark.parametrize("name", FILES)
def test_what_comes_of_a_recording(name: str, open_shop: Open) -> None:
    assert read(FILES[name], open_shop) == ROWS[name].refunds, ROWS[name].why
