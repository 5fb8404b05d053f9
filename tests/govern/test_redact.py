"""What is shown of kept bytes: ids and amounts stay, people and secrets do not."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from counterfoil.govern.redact import address, field_class, masked, parts, plain, sentence, summary

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


PRIVATE = "Ann Lane"
WHOLE = {
    "id": 6001,
    "name": "#1001",
    "tags": PRIVATE,
    "note_attributes": [{"name": PRIVATE, "value": PRIVATE}],
    "credit_card_name": PRIVATE,
    "payment_details": {
        "credit_card_name": PRIVATE, "credit_card_number": PRIVATE, "credit_card_bin": PRIVATE,
        "avs_result_code": PRIVATE,
    },
    "customer_locale": "en",
    "company": {"name": PRIVATE, "tax_number": PRIVATE, "location": {"recipient": PRIVATE}},
    "customer": {"id": 7, "tags": PRIVATE, "state": "enabled", "tax_exemptions": [PRIVATE],
                 "postal_code": PRIVATE},
    "line_items": [
        {"id": 1, "sku": "TEE", "name": "Tee in red", "title": "Tee", "quantity": 2,
         "price": "21.00", "properties": [{"name": PRIVATE, "value": PRIVATE}],
         "custom_attributes": [{"key": PRIVATE, "value": PRIVATE}]},
    ],
    "fulfillments": [
        {"id": 3, "status": "success", "created_at": "2026-11-02T09:14:06Z",
         "recipient": PRIVATE, "receipt": {"name": PRIVATE, "code": PRIVATE},
         "tracking_number": PRIVATE, "destination": {"name": PRIVATE, "address1": PRIVATE}},
    ],
    "metafields": [{"key": PRIVATE, "value": PRIVATE, "type": PRIVATE}],
    "a_shop_s_own_app": PRIVATE,
    "anything": {"new": [PRIVATE, {"deep": PRIVATE}]},
    "birthday": "1980-01-01",
    "ship_to_name": PRIVATE,
    f"{PRIVATE} <ann@example.org>": 1,
    "total_price": "42.00", "currency": "GBP", "financial_status": "paid", "test": False,
    "payment_gateway_names": ["shopify_payments"], "taxes_included": True,
}  # fmt: skip


def test_what_is_not_known_to_be_harmless_is_masked() -> None:
    text = masked(json.dumps(WHOLE).encode())
    assert PRIVATE not in text
    assert "ann@" not in text
    assert "1980" not in text


def test_plain_facts_are_shown() -> None:
    found = shown(WHOLE)
    assert found["name"] == "#1001"
    assert (found["total_price"], found["currency"]) == ("42.00", "GBP")
    assert (found["financial_status"], found["test"]) == ("paid", False)
    assert found["payment_gateway_names"] == ["shopify_payments"]
    line = found["line_items"][0]
    assert (line["sku"], line["name"], line["quantity"], line["price"]) == (
        "TEE", "Tee in red", 2, "21.00",
    )  # fmt: skip
    sent = found["fulfillments"][0]
    assert (sent["id"], sent["status"], sent["created_at"]) == (
        3, "success", "2026-11-02T09:14:06Z",
    )  # fmt: skip
    assert found["a_shop_s_own_app"] == "[masked]"


@given(
    st.lists(st.text(min_size=1), min_size=1, max_size=4),
    st.sampled_from([PRIVATE, 7700900123, 7.5, [PRIVATE]]),
)
def test_under_a_name_that_nobody_knows_nothing_is_shown(path: list[str], value: object) -> None:
    if plain(tuple(path)):
        return
    nested: object = value
    for name in reversed(path):
        nested = {name: nested}
    text = masked(json.dumps(nested).encode())
    assert PRIVATE not in text
    assert "7700900123" not in text


def test_an_address_says_no_account_and_no_number_of_a_person() -> None:
    assert address("https://ann:secret@h/x?phone=07700900123&id=5#ann") == (
        "https://h/x?phone=[masked]&id=5"
    )


@pytest.mark.parametrize(
    ("said", "place", "shown"),
    [
        ("ann@example.org is not what was sent", "", "[masked] is not what was sent"),
        ("Ring 07700 900123 or +44 7700 900123.", "", "Ring [masked] or [masked]."),
        ("Order #100206 for £2,137.45 of 2026-11-02T09:23:21Z", "", None),
        ("'Drone Air' is not in the value map 'delivery'", "delivery", None),
        ("'Jane Brown' is too long", "delivery_name", "[masked] is too long"),
        (
            '"Jane" and “Brown” are too long',
            "shipping.first_name",
            "[masked] and [masked] are too long",
        ),
    ],
)
def test_a_sentence_is_told_without_people(said: str, place: str, shown: str | None) -> None:
    assert sentence(said, place) == (said if shown is None else shown)
