"""Is this message really from whom it says it is? Verified over the raw bytes, before parsing."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping, Sequence

import msgspec

from counterfoil.kit.capability import Document
from counterfoil.kit.manifest import Webhook
from counterfoil.values.errors import Refuse


class Delivery(msgspec.Struct, frozen=True):
    """A message whose signature is right. `number` is the sender's own id of the delivery."""

    topic: str
    document: Document | None
    number: str


def verify(
    hook: Webhook, secrets: Sequence[str], headers: Mapping[str, str], body: bytes
) -> Delivery:
    """The delivery, where one of `secrets` signed exactly these bytes.

    `headers` have lower-case names. `document` is None for a topic that carries none of ours.
    Raises `Refuse` (code "signature"): a missing signature is a refusal, not an exception.
    """
    given = headers.get(hook.header, "")
    if not given or not given.isascii():
        raise _refusal("has no signature")
    # A sender that changes its secret signs with the old one for a while: all are compared.
    right = [hmac.compare_digest(_sign(secret, body), given) for secret in secrets]
    if not any(right):
        raise _refusal("has a signature that is not right")
    topic = headers.get(hook.topic_header, "")
    number = headers.get(hook.delivery_header, "")[:200]
    return Delivery(topic=topic, document=hook.topics.get(topic), number=number)


def _sign(secret: str, body: bytes) -> str:
    return base64.b64encode(hmac.digest(secret.encode(), body, hashlib.sha256)).decode()


def _refusal(wrong: str) -> Refuse:
    return Refuse(
        f"The message {wrong}.",
        do="Check the signing secret of this connection at the sender.",
        code="signature",
    )
