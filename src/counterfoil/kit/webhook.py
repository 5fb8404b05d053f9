"""Is this message really from whom it says it is? Verified over the raw bytes, before parsing."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping, Sequence

import msgspec

from counterfoil.kit.manifest import Webhook
from counterfoil.model.words import Word
from counterfoil.values.digest import digest
from counterfoil.values.errors import Refuse


class Delivery(msgspec.Struct, frozen=True):
    """A message whose signature is right. `number` is the sender's own id of the delivery."""

    topic: str
    document: Word | None
    number: str


class Seal:
    """A signature and what it should be, reckoned as the parts of the body come.

    `headers` have lower-case names. Raises `Refuse` (code "signature") where none was given: a
    missing signature is a refusal, not an exception, and its body need not be read.
    """

    def __init__(self, hook: Webhook, secrets: Sequence[str], headers: Mapping[str, str]) -> None:
        given = headers.get(hook.header, "")
        if not given or not given.isascii():
            raise _refusal("has no signature")
        self._given = given
        self._macs = [hmac.new(secret.encode(), digestmod=hashlib.sha256) for secret in secrets]
        topic = headers.get(hook.topic_header, "")
        number = headers.get(hook.delivery_header, "")[:200]
        self._delivery = Delivery(topic=topic, document=hook.topics.get(topic), number=number)

    def add(self, part: bytes) -> None:
        """The next part of the body."""
        for mac in self._macs:
            mac.update(part)

    def delivery(self) -> Delivery:
        """The delivery, where one of the secrets signed exactly these bytes.

        `document` is None for a topic that carries none of ours. Raises `Refuse` otherwise.
        """
        given = self._given
        # A sender that changes its secret signs with the old one for a while: all are compared.
        right = [hmac.compare_digest(_sign(mac), given) for mac in self._macs]
        if not any(right):
            raise _refusal("has a signature that is not right")
        return self._delivery


def verify(
    hook: Webhook, secrets: Sequence[str], headers: Mapping[str, str], body: bytes
) -> Delivery:
    """The delivery of a body that is here whole; see `Seal`."""
    seal = Seal(hook, secrets, headers)
    seal.add(body)
    return seal.delivery()


def mark(hook: Webhook, number: str, body: bytes) -> bytes:
    """The digest of what makes a message another one than any before it.

    What a message says is known by its bytes. Where it only names its documents, the same bytes
    may be news again, and where its id is signed too nobody else can have made it: there each
    delivery is a message of its own.
    """
    whole = hook.carries == "content" and hook.signs == "body"
    return digest(body) if whole or not number else digest(number.encode() + b"\n" + body)


def _sign(mac: hmac.HMAC) -> str:
    return base64.b64encode(mac.digest()).decode()


def _refusal(wrong: str) -> Refuse:
    return Refuse(
        f"The message {wrong}.",
        do="Check the signing secret of this connection at the sender.",
        code="signature",
    )
