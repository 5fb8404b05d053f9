"""Every message that was recorded of a shop and is of no order: none of them becomes one.

Only topics of orders are taken at the door. Where somebody subscribes another topic under one of
those names, what has a number is read from the shop by it, and what has none is refused.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import pytest

from counterfoil.connectors.shopify import CONNECTOR
from counterfoil.values.errors import Refuse
from tests.connectors.shopify.conftest import SHARED, Open, needs_shared

FOLDER: Final = SHARED / "cases" / "shopify" / "webhooks"
FILES: Final = sorted(FOLDER.glob("*.json"))
NAMELESS: Final = frozenset(
    {
        "gql-api-version",
        "gql-filter",
        "gql-subscription-errors",
        "gql-subscription",
        "sample-bulk-operations-finish",
        "sample-customer-tags-added",
        "sample-customers-data-request",
        "sample-customers-merge",
        "sample-customers-redact",
        "sample-fulfillment-orders-cancelled",
        "sample-fulfillment-orders-hold-released",
        "sample-fulfillment-orders-line-items-prepared-for-pickup",
        "sample-fulfillment-orders-merged",
        "sample-fulfillment-orders-moved",
        "sample-fulfillment-orders-order-routing-complete",
        "sample-orders-edited",
        "sample-orders-risk-assessment-changed",
        "sample-returns-update",
        "sample-shop-redact",
    }
)
"""What has no number of its own that an order could have: refused, by name."""
NAMED: Final = frozenset(
    {
        "sample-app-uninstalled",
        "sample-customers-create",
        "sample-customers-disable",
        "sample-customers-marketing-consent-update",
        "sample-customers-update",
        "sample-disputes-create",
        "sample-disputes-update",
        "sample-draft-orders-update",
        "sample-fulfillment-events-create",
        "sample-fulfillments-create",
        "sample-fulfillments-update",
        "sample-inventory-items-create",
        "sample-inventory-shipments-receive-items",
        "sample-inventory-transfers-ready-to-ship",
        "sample-locations-update",
        "sample-order-transactions-create",
        "sample-orders-delete",
        "sample-products-create",
        "sample-products-delete",
        "sample-products-update",
        "sample-refunds-create",
        "sample-returns-approve",
        "sample-returns-cancel",
        "sample-returns-close",
        "sample-returns-decline",
        "sample-returns-request",
        "sample-reverse-deliveries-attach-deliverable",
        "sample-reverse-fulfillment-orders-dispose",
        "sample-tender-transactions-create",
        "sample-variants-out-of-stock",
        "shape-disputes-2025-04",
        "shape-fulfillments-2025-04",
        "shape-inventory-items-2025-04",
        "shape-order-transactions-2024-01",
        "shape-order-transactions-2024-04",
        "shape-payment-terms-2025-04",
        "shape-products-2025-04",
        "shape-refunds-2025-04",
        "shape-tender-transactions-2025-04",
    }
)
"""What has a number: the shop is asked for the order of that number, and there is none."""


def topic(stem: str) -> str:
    """The topic of a sample, of which the file's name is made."""
    words = stem.removeprefix("sample-").removeprefix("shape-").rsplit("-20", 1)[0]
    return words.replace("-", "_")


@needs_shared
def test_no_recording_is_without_a_row() -> None:
    assert not NAMELESS & NAMED
    assert {file.stem for file in FILES} == NAMELESS | NAMED


def test_no_topic_of_another_document_is_taken_for_an_order() -> None:
    webhook = CONNECTOR.manifest.webhook
    assert webhook is not None
    words = webhook.topics.items()
    taken = {name.replace("/", "_") for name, word in words if word == "order"}
    assert taken
    assert not taken & {topic(stem) for stem in NAMELESS | NAMED}


@needs_shared
@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_none_of_them_is_an_order(open_shop: Open, file: Path) -> None:
    opened = open_shop()
    source: Any = opened.session.source("order")
    body = file.read_bytes()
    if file.stem in NAMELESS:
        with pytest.raises(Refuse) as refused:
            source.parse(body, opened.clock.now())
        assert refused.value.code == "no-identity"
        return
    reading = source.parse(body, opened.clock.now())
    assert (reading.document, reading.partial) == (None, True)
