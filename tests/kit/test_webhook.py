"""Is it really from whom it says it is? Only whoever knows the secret can make it seem so."""

from __future__ import annotations

import base64
import hashlib
import hmac
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from counterfoil.kit.manifest import Webhook
from counterfoil.kit.webhook import verify
from counterfoil.values.errors import Refuse

HOOK = Webhook(
    scheme="hmac-sha256-base64", header="x-hmac", topic_header="x-topic", delivery_header="x-id",
    topics={"orders/create": "order"}, memory_s=60, source="a test",
)  # fmt: skip
BODY = b'{"hello":"world"}'
SIGNATURE = "0qgAiZj+St/dOktwfRHyqrd5hPy1tVi7miu0TOYKc3s="


def headers(signature: str = SIGNATURE, **more: str) -> dict[str, str]:
    return {"x-hmac": signature, "x-topic": "orders/create", "x-id": "d-1", **more}


def refused(given: dict[str, str], body: bytes = BODY, secrets: tuple[str, ...] = ("hush",)) -> str:
    with pytest.raises(Refuse) as error:
        verify(HOOK, secrets, given, body)
    assert error.value.code == "signature"
    return error.value.said


def test_a_message_signed_with_the_secret_is_genuine() -> None:
    delivery = verify(HOOK, ["hush"], headers(), BODY)
    assert (delivery.topic, delivery.document, delivery.number) == ("orders/create", "order", "d-1")


def test_a_topic_that_is_none_of_ours_is_genuine_and_carries_nothing() -> None:
    delivery = verify(HOOK, ["hush"], {"x-hmac": SIGNATURE, "x-topic": "app/uninstalled"}, BODY)
    assert (delivery.document, delivery.number) == (None, "")


@pytest.mark.parametrize(
    "given", [{}, {"x-hmac": ""}, {"X-HMAC": SIGNATURE}, {"x-hmac2": SIGNATURE}]
)
def test_no_signature_is_a_refusal(given: dict[str, str]) -> None:
    assert refused(given) == "The message has no signature."


@pytest.mark.parametrize("signature", ["é", "\u0661", SIGNATURE + "é", "\ud800"])
def test_a_signature_that_is_not_ascii_is_a_refusal_and_no_error(signature: str) -> None:
    refused(headers(signature))


@pytest.mark.parametrize(
    "signature",
    [" ", SIGNATURE.strip("="), SIGNATURE + "=", f" {SIGNATURE}", SIGNATURE.lower(),
     SIGNATURE.replace("+", "-").replace("/", "_"), f"sha256={SIGNATURE}",
     base64.b64decode(SIGNATURE).hex(), SIGNATURE * 2, "A" * 100_000],
)  # fmt: skip
def test_the_signature_in_other_clothes_is_refused(signature: str) -> None:
    refused(headers(signature))


def test_ten_thousand_forgeries_are_refused() -> None:
    chance = random.Random(7)
    raw = base64.b64decode(SIGNATURE)
    for number in range(10_000):
        at, bit = chance.randrange(256) // 8, 1 << chance.randrange(8)
        if number % 2:
            forged = bytes(byte ^ (bit if place == at else 0) for place, byte in enumerate(raw))
            refused(headers(base64.b64encode(forged).decode()))
        else:
            place = chance.randrange(len(BODY))
            refused(headers(), BODY[:place] + bytes([BODY[place] ^ bit]) + BODY[place + 1 :])


@given(st.binary(max_size=50), st.text(min_size=1, max_size=10), st.text(min_size=1, max_size=10))
def test_only_the_secret_makes_the_signature(body: bytes, secret: str, other: str) -> None:
    key = secret.encode("utf-8", "replace").decode()
    signature = base64.b64encode(hmac.digest(key.encode(), body, hashlib.sha256)).decode()
    assert verify(HOOK, [key], headers(signature), body).number == "d-1"
    if other.encode("utf-8", "replace") != key.encode():
        refused(headers(signature), body, (other.encode("utf-8", "replace").decode(),))


@pytest.mark.parametrize("secrets", [["new", "hush"], ["hush", "new"], ["a", "b", "hush"]])
def test_while_a_secret_is_changed_both_are_right(secrets: list[str]) -> None:
    assert verify(HOOK, secrets, headers(), BODY)


def test_without_a_secret_nothing_is_genuine() -> None:
    refused(headers(), secrets=())
    empty = base64.b64encode(hmac.digest(b"", BODY, hashlib.sha256)).decode()
    refused(headers(empty), secrets=())


def test_a_delivery_number_without_end_is_cut() -> None:
    given = headers(**{"x-id": "d" * 10_000})
    assert len(verify(HOOK, ["hush"], given, BODY).number) == 200
