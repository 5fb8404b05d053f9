"""What is shown of kept bytes: ids and amounts stay, people and secrets do not."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from counterfoil.govern.redact import address, field_class, masked, parts, summary

ORDER = {
    "id": 6001,
    "name": "#1001",
    "email": "ann@example.org",
    "total_price": "42.00",
    "currency": "GBP",
    "order_status_url": "https://shop.example/orders/authenticate?key=abc",
    "note": "leave it with Bob at number 9",
    "customer": {"id": 77, "first_name": "Ann", "tags": "vip"},
    "shipping_address": {"address1": "1 High Street", "zip": "LS1 4AP", "country_code": "GB"},
    "line_items": [{"sku": "TEE-RED", "title": "Tee", "quantity": 2, "name": "Tee in red"}],
    "client_details": {"browser_ip": "203.0.113.9"},
}


def shown(value: object) -> dict:
    return json.loads(masked(json.dumps(value).encode()))


def test_people_are_masked_and_ids_and_amounts_stay() -> None:
    found = shown(ORDER)
    assert found["id"] == 6001
    assert found["name"] == "#1001"
    assert found["total_price"] == "42.00"
    assert found["email"] == "[personal]"
    assert found["note"] == "[personal]"
    assert found["order_status_url"] == "[secret]"
    assert found["customer"] == {"id": 77, "first_name": "[personal]", "tags": "[personal]"}
    assert found["shipping_address"]["country_code"] == "GB"
    assert found["line_items"][0]["sku"] == "TEE-RED"


def test_nothing_of_a_person_is_left_in_the_text() -> None:
    text = masked(json.dumps(ORDER).encode())
    for part in ("ann@", "Ann", "High Street", "LS1", "203.0", "Bob", "key=abc", "vip"):
        assert part not in text


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        (("access_token",), "secret"),
        (("orderHeader", "deliveryEmail"), "personal"),
        (("deliveryAddress", "line1"), "personal"),
        (("shippingAddress", "countryCodeV2"), "personal"),
        (("shippingAddress", "countryCode"), "public"),
        (("totalPriceSet", "shopMoney", "amount"), "commercial"),
        (("orderHeader", "eCommerceOrderNumber"), "public"),
        (("webhook_secret",), "secret"),
    ],
)
def test_classes_of_fields(path: tuple[str, ...], expected: str) -> None:
    assert field_class(path) == expected


def test_an_address_of_mail_in_free_text_is_masked() -> None:
    assert shown({"title": "gift for jo@example.org"})["title"] == "gift for [personal]"


@pytest.mark.parametrize("body", [b"", b"<xml/>", b"\xff\xfe", b"[" * 100_000, b"{", b"NaN"])
def test_what_is_not_json_is_a_size_and_a_digest(body: bytes) -> None:
    assert masked(body) == summary(body)
    assert parts(body, {"1"}) == []


def test_only_the_part_about_the_document_is_given() -> None:
    listing = {
        "data": [
            {"id": "gid://shopify/Order/1", "email": "a@b.co"},
            {"id": "gid://shopify/Order/2"},
        ]
    }
    (found,) = parts(json.dumps(listing).encode(), {"2"})
    assert json.loads(found) == {"id": "gid://shopify/Order/2"}


def test_the_order_is_given_and_not_only_a_line_that_names_it() -> None:
    whole = {"orders": [{"id": 5, "lines": [{"order_id": 5, "sku": "A"}]}]}
    (found,) = parts(json.dumps(whole).encode(), {"5"})
    assert json.loads(found)["lines"][0]["sku"] == "A"


def test_a_query_keeps_identities_only() -> None:
    assert address("https://h/x?id=5&email=a@b.co&limit=250") == (
        "https://h/x?id=5&email=[masked]&limit=250"
    )


@given(st.text(min_size=4).filter(lambda text: text.strip() and not text.isdigit()))
def test_whatever_stands_in_a_name_is_never_shown(text: str) -> None:
    body = json.dumps({"customer": {"firstName": text}}).encode()
    assert json.loads(masked(body))["customer"]["firstName"] == "[personal]"
