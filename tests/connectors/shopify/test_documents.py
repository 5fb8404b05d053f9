"""Every GraphQL document that is sent is one that Shopify's published schema accepts."""

from __future__ import annotations

from functools import lru_cache
from typing import cast

import pytest
from graphql import (
    GraphQLSchema,
    IntrospectionQuery,
    NoDeprecatedCustomRule,
    build_client_schema,
    parse,
    validate,
)

from counterfoil.connectors.shopify.client import DOCUMENTS
from counterfoil.connectors.shopify.product_calls import by_key, product_writes
from tests.connectors.shopify.conftest import introspection, needs_shared

ASKED = {
    **{name: DOCUMENTS[name] for name in DOCUMENTS},
    "bulk": DOCUMENTS.literal("Bulk", search="created_at:>='2026-11-01T00:00:00Z'"),
    "read one": DOCUMENTS.several("order", 1, "Whole", lines="Int!"),
    "refunds": DOCUMENTS.several("refund", 5, "WholeRefund", rows="Int!"),
    "customers": DOCUMENTS.several("customer", 5, "WholeCustomer", addresses="Int!"),
    "read ten": DOCUMENTS.several("order", 10, "Whole", lines="Int!"),
    "what is left": DOCUMENTS.several("order", 5, "Sending"),
    "what was told": DOCUMENTS.several("order", 5, "Sent"),
    "products by key": by_key(2),
    "products written": product_writes(["set", "create", "update", "create"]),
}
WANTED_ALL_THE_SAME = (
    "The field LineItem.fulfillmentService is deprecated.",
    "The field CustomerPhoneNumber.marketing",
)
"""Nothing else of an order says who sends a line, and a webhook has it; what takes the place of a
consent to text messages is in the newest version only: see NOTES.md."""
VERSIONS = ("2026-07", "2026-10")


@lru_cache
def schema(version: str) -> GraphQLSchema:
    introspected = cast("IntrospectionQuery", introspection(version))
    return build_client_schema(introspected, assume_valid=True)


@needs_shared
@pytest.mark.parametrize("version", VERSIONS)
def test_every_document_is_valid_and_asks_for_nothing_deprecated(version: str) -> None:
    found = {
        name: [
            *validate(schema(version), parse(text)),
            *(
                error
                for error in validate(schema(version), parse(text), [NoDeprecatedCustomRule])
                if not error.message.startswith(WANTED_ALL_THE_SAME)
            ),
        ]
        for name, text in ASKED.items()
    }
    assert {name: errors for name, errors in found.items() if errors} == {}


def test_presentment_money_is_asked_for_of_an_orders_total_and_of_refunds_only() -> None:
    asked = {name: text.count("presentmentMoney") for name, text in ASKED.items()}
    assert {name for name, count in asked.items() if count} <= {
        "Orders",
        "Bulk",
        "bulk",
        "read one",
        "read ten",
        "refunds",
        "RefundCensus",
        "RefundLines",
    }
    assert all(count <= 1 for count in asked.values())


def test_a_bulk_query_stays_within_five_connections_two_deep() -> None:
    assert ASKED["bulk"].count("edges") == 3


def test_a_search_cannot_leave_its_quotes() -> None:
    text = DOCUMENTS.literal("Bulk", search='a" b\\')
    assert r'orders(query: "a\" b\\")' in text
