"""Each scheme by a published vector or by what a vendor publishes; where a body has its topic."""

from __future__ import annotations

import base64
import hashlib
import hmac
from typing import Any

import pytest

from counterfoil.kit.manifest import Webhook
from counterfoil.kit.webhook import Seal, verify
from counterfoil.values.clock import Instant, instant, later
from counterfoil.values.errors import Refuse

# github.com/svix/svix-webhooks and standardwebhooks' own tests
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
SIGNED_AT = Instant.from_timestamp(1614265330)
BODY = b'{"test": 2432232314}'
STANDARD = {
    "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
    "webhook-timestamp": "1614265330",
    "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
}


def hook(scheme: Any, header: str, **more: Any) -> Webhook:
    return Webhook(scheme=scheme, header=header, topics={"made": "order"}, memory_s=60, source="a test", **more)  # noqa: E501  # fmt: skip


STANDARD_HOOK = hook(
    "standard-webhooks", "webhook-signature", delivery_header="webhook-id", skew_s=300
)


def refused(hook: Webhook, secrets: list[str], headers: dict[str, str], **more: Any) -> str:
    with pytest.raises(Refuse) as error:
        verify(hook, secrets, headers, more.get("body", BODY), more.get("now", SIGNED_AT))
    assert error.value.code == "signature"
    return error.value.said


@pytest.mark.parametrize("apart_s", [-300, 0, 300])
def test_the_published_vector_of_standard_webhooks(apart_s: int) -> None:
    delivery = verify(STANDARD_HOOK, [SECRET], STANDARD, BODY, later(SIGNED_AT, apart_s))
    assert delivery.number == "msg_p5jXN8AQM9LWM0D4loKWxJek"


def test_one_of_several_signatures_is_enough() -> None:
    several = {**STANDARD, "webhook-signature": f"v1,Zm9v {STANDARD['webhook-signature']} v2,x"}
    assert verify(STANDARD_HOOK, ["whsec_AAAA", SECRET], several, BODY, SIGNED_AT)


@pytest.mark.parametrize(
    ("changed", "more"),
    [
        ({}, {"now": later(SIGNED_AT, 301)}),
        ({}, {"now": later(SIGNED_AT, -301)}),
        ({}, {"now": None}),
        ({}, {"body": BODY + b" "}),
        ({"webhook-id": "msg_other"}, {}),
        ({"webhook-timestamp": "1614265331"}, {}),
        ({"webhook-timestamp": "soon"}, {}),
        ({"webhook-timestamp": "\u0661"}, {}),
        ({"webhook-timestamp": ""}, {}),
        ({"webhook-signature": STANDARD["webhook-signature"].removeprefix("v1,")}, {}),
        ({"webhook-signature": ""}, {}),
    ],
)
def test_anything_else_under_the_signature_is_refused(
    changed: dict[str, str], more: dict[str, Any]
) -> None:
    refused(STANDARD_HOOK, [SECRET], {**STANDARD, **changed}, **more)


@pytest.mark.parametrize("secret", ["whsec_not base64", "whsec_a", "", "whsec_"])
def test_a_secret_that_is_no_key_of_the_scheme_signs_nothing(secret: str) -> None:
    refused(STANDARD_HOOK, [secret], STANDARD)


def test_a_digest_in_hex_with_a_word_before_it_and_the_time_after_the_body() -> None:
    own = hook(
        "hmac-sha256-hex", "x-signature", prefix="sha256=", signed="{body}{timestamp}",
        timestamp_header="x-time",
    )  # fmt: skip
    digest = hmac.digest(b"hush", BODY + b"1614265330", hashlib.sha256).hex()
    given = {"x-signature": f"sha256={digest}", "x-time": "1614265330"}
    assert verify(own, ["hush"], given, BODY)
    refused(own, ["hush"], {**given, "x-time": "1614265331"})
    refused(own, ["hush"], {**given, "x-signature": digest})
    refused(own, ["hush"], {**given, "x-signature": f"sha256={digest.upper()}"})


def test_a_secret_in_a_header_is_compared_whole() -> None:
    own = hook("shared-header", "x-token")
    assert verify(own, ["old", "hush"], {"x-token": "hush"}, b"anything")
    for given in ("hus", "hushh", "HUSH", " hush", ""):
        refused(own, ["hush"], {"x-token": given})
    refused(own, [], {"x-token": "hush"})
    refused(own, ["h\u00fcsh"], {"x-token": "hush"})


def test_the_topic_and_the_number_may_stand_in_the_body() -> None:
    own = hook("shared-header", "x-token", topic_at=("events", 0, "type"), delivery_at=("id",))
    given = {"x-token": "hush"}
    told = verify(own, ["hush"], given, b'{"id":77,"events":[{"type":"made"}]}')
    assert (told.topic, told.document, told.number) == ("made", "order", "77")
    silent = verify(own, ["hush"], given, b'{"events":[],"id":{"a":1}}')
    assert (silent.topic, silent.document, silent.number) == ("", None, "")
    with pytest.raises(Refuse, match="is not JSON"):
        verify(own, ["hush"], given, b"<xml/>")


def test_the_parts_of_a_body_may_come_one_by_one() -> None:
    seal = Seal(STANDARD_HOOK, [SECRET], STANDARD, instant("2021-02-25T15:02:10Z"))
    for at in range(len(BODY)):
        seal.add(BODY[at : at + 1])
    assert seal.delivery().number


def test_a_vendor_may_sign_with_the_secrets_own_bytes() -> None:
    plain = hook("standard-webhooks", "webhook-signature", key="text")
    text = b"msg_1.1614265330." + BODY
    made = base64.b64encode(hmac.digest(SECRET.encode(), text, hashlib.sha256)).decode()
    headers = {
        "webhook-id": "msg_1",
        "webhook-timestamp": "1614265330",
        "webhook-signature": f"v1,AAAA v1,{made}",
    }
    assert verify(plain, [SECRET], headers, BODY)
    refused(hook("standard-webhooks", "webhook-signature"), [SECRET], headers)
