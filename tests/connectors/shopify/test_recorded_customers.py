"""Every recording of customers and of what messages say of them: what comes of each, and why.

A recorded answer tells what its caller asked for; what our own query asks beside that is filled in.
A recording that has no row here fails.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

import pytest

from counterfoil.connectors.shopify.customer_fields import ReadCustomer, flat
from counterfoil.kit.connector import Hint, Source, each
from counterfoil.model.customer import Customer, check
from counterfoil.values.clock import instant
from counterfoil.values.errors import Refuse
from tests.connectors.shopify.conftest import SHARED, Open, needs_shared

CASES: Final = SHARED / "cases" / "shopify"
FILES: Final = {
    path.stem: path
    for pattern in ("customers/*.json", "webhooks/sample-customer*.json")
    for path in sorted(CASES.glob(pattern))
}
AT: Final = instant("2026-11-02T12:00:00Z")
_FILLED: Final = {"createdAt": "2026-01-01T00:00:00Z", "updatedAt": "2026-01-01T00:00:00Z",
                  "state": "DISABLED"}  # fmt: skip


class Row(NamedTuple):
    """What must come of a recording, each different customer in a line, or what a message says."""

    comes: tuple[str, ...]
    why: str


ROWS: Final[Mapping[str, Row]] = {
    "gql-customer-set": Row(
        (
            "guest, email, phone, 2 tags, 1 exemptions, tax exempt, a note",
            "guest, email, phone, 1 addresses, 2 tags, a note",
            "guest, email, 2 tags, a note",
            "guest, email, 1 addresses, 2 tags, a note",
            "guest, phone, 2 tags, a note",
            "guest, email, phone, 2 addresses, 2 tags, a note",
            "guest",
            "guest, 2 tags",
        ),
        "Made and changed: somebody may have a telephone number alone, or be reached by nothing.",
    ),
    "gql-customer-set-custom-id": Row(
        ("guest",), "A custom id is an app's; our key is Shopify's own."
    ),
    "gql-customer-set-errors": Row((), "Shopify refused: nobody came to be."),
    "gql-delete-blocked": Row(("guest",), "Who has orders cannot be deleted: the customer stands."),
    "gql-email": Row(("guest, email",), "An address is kept as it is told, whatever was typed."),
    "gql-email-consent": Row(
        (
            "guest, email, phone, email no, sms no",
            "guest, email, phone, email yes single 2026-04-25T01:00:00Z, sms no",
            "guest, email, phone, email yes single 2026-04-25T01:00:00Z,"
            " sms yes single 2026-04-25T01:05:00Z",
            "guest, phone, sms no",
            "guest, email, phone, email pending 2026-04-25T02:04:00Z, sms no",
            "guest, email, phone, email yes 2026-04-25T02:05:00Z, sms no",
            "guest, email, phone, email no 2026-04-25T02:06:00Z, sms no",
        ),
        "Each consent has its own moment, long past perhaps; who was never asked has none. An"
        " unknown level is not said, and without an e-mail address nothing is consented to.",
    ),
    "gql-merge-attached": Row(
        (
            "guest, email, phone, 3 tags, a note",
            "guest",
            "guest, email, phone, 1 addresses, 3 tags, a note",
            "guest, 1 addresses",
            "guest, email, phone, 2 addresses, 3 tags, a note",
            "guest, email",
            "guest, 2 addresses",
            "guest, 2 addresses, 3 tags",
        ),
        "The one that is kept has the addresses and labels of both; the other is null.",
    ),
    "gql-merge-blockers": Row(
        (
            "guest, 126 tags",
            "guest, 125 tags",
            "guest, a note",
            "guest",
        ),
        "Who may not be merged stands as before.",
    ),
    "gql-order-summary": Row(("guest",), "What somebody bought is the orders' business."),
    "gql-phone": Row(("guest, phone",), "A number is kept as it is told, whatever was typed."),
    "gql-sms-consent": Row(
        (
            "guest, email, phone, email yes single 2026-04-25T01:00:00Z, sms no",
            "guest, email, phone, email yes single 2026-04-25T01:00:00Z,"
            " sms yes single 2026-04-25T01:05:00Z",
            "guest, email, phone, email no 2026-04-25T02:06:00Z, sms pending 2026-04-25T03:04:00Z",
            "guest, email, phone, email no 2026-04-25T02:06:00Z, sms yes 2026-04-25T03:05:00Z",
            "guest, email, phone, email no 2026-04-25T02:06:00Z, sms no 2026-04-25T03:06:00Z",
        ),
        "The consent to text messages moves apart from that to e-mail.",
    ),
    "gql-store-credit": Row(
        (
            "guest",
            "guest, email, 2 tags",
        ),
        "Store credit is money, and no part of who somebody is.",
    ),
    "gql-tags-note-limits": Row(
        (
            "guest, 3 tags",
            "guest, 1 tags",
        ),
        "Labels come sorted and once; those that are too long were refused.",
    ),
    "gql-update": Row(
        (
            "guest, email, phone, 2 tags, 1 exemptions, a note",
            "guest, 1 exemptions",
        ),
        "Exempt by one region's rule is not exempt everywhere.",
    ),
    "sample-customer-tags-added": Row(
        ("names 1",), "It tells labels and no more, so the customer is read."
    ),
    "sample-customers-create": Row(
        ("names 706405506930370084",),
        "It knows neither consents nor labels, so the customer is read. Its number is rounded in"
        " this sample, the global one is not.",
    ),
    "sample-customers-data-request": Row(
        ("no-identity",), "Nobody changed: a person answers it (counterfoil privacy)."
    ),
    "sample-customers-disable": Row(
        ("names 706405506930370084",), "Who has no account any more is read."
    ),
    "sample-customers-marketing-consent-update": Row(
        ("names 706405506930370000",), "Its state is null, so the customer is read."
    ),
    "sample-customers-merge": Row(("names 1, 2",), "It failed: both stand, and both are read."),
    "sample-customers-redact": Row(
        ("erased",), "Nothing is kept of it but the number, and nobody makes them anew."
    ),
    "sample-customers-update": Row(("names 706405506930370084",), "As one that was made."),
    "vcr-2017-customers-list": Row((), "REST of 2017, which is not asked any more."),
}


def customers(recorded: object) -> Iterator[dict[str, Any]]:
    """Every customer that an answer holds."""
    if isinstance(recorded, dict):
        if str(recorded.get("id", "")).startswith("gid://shopify/Customer/"):
            yield recorded
        for below in recorded.values():
            yield from customers(below)
    elif isinstance(recorded, list):
        for below in recorded:
            yield from customers(below)


def told(customer: Customer) -> str:
    """A customer in a line, without what is personal."""
    check(customer)
    reached = [name for name in ("email", "phone") if getattr(customer, name)]
    counts = {"addresses": len(customer.addresses), "tags": len(customer.tags)}
    counts["exemptions"] = len(customer.tax_exemptions)
    parts = [
        customer.status if customer.gone else "guest" if customer.guest else "account",
        *reached,
        *(f"{count} {name}" for name, count in counts.items() if count),
        *(["tax exempt"] if customer.tax_exempt else []),
        *(["a note"] if customer.note else []),
        *(f"{row.channel} {row.state} {row.level} {row.at}".strip() for row in customer.consents),
        *([f"lives on as {customer.merged_into}"] if customer.merged_into else []),
    ]
    return ", ".join(" ".join(part.split()) for part in parts)


def comes_of(name: str, source: Source[Customer]) -> Iterator[str]:
    body = FILES[name].read_bytes()
    if name.startswith("sample"):
        try:
            said = each(source.parse(body, AT))
        except Refuse as refused:
            yield refused.code
            return
        for news in said:
            if isinstance(news, Hint):
                yield f"names {', '.join(news.keys)}"
            else:
                assert news.document is not None
                yield told(news.document)
        return
    reader = ReadCustomer("shop")
    for step in json.loads(body).get("steps", ()):
        for node in customers(step.get("response")):
            document = reader.read(flat({**_FILLED, **node}), AT).document
            assert document is not None
            yield told(document)


@needs_shared
def test_no_recording_is_without_a_row() -> None:
    assert set(ROWS) == set(FILES)


@needs_shared
@pytest.mark.parametrize("name", sorted(ROWS))
def test_what_comes_of_a_recording(name: str, open_shop: Open) -> None:
    found = tuple(dict.fromkeys(comes_of(name, open_shop().session.source("customer"))))
    assert found == ROWS[name].comes, ROWS[name].why
