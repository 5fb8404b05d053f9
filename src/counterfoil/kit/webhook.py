"""Is this message really from whom it says it is? Verified over the raw bytes, before parsing.

A scheme is data: over which text a signature is made, in which spelling it is written, and whether
one header may carry several. A vendor's manifest names the scheme, its headers and its secrets.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Callable, Mapping, Sequence
from typing import Final, Literal

import msgspec

from counterfoil.kit.api.faults import member
from counterfoil.kit.formats import strict_json
from counterfoil.kit.manifest import Webhook
from counterfoil.model.words import Word
from counterfoil.values.clock import Instant
from counterfoil.values.digest import digest
from counterfoil.values.errors import Refuse

_NUMBER_MOST = 200
_WHOLE_BODY = "{body}"


class Delivery(msgspec.Struct, frozen=True):
    """A message whose signature is right. `number` is the sender's own id of the delivery."""

    topic: str
    document: Word | None
    number: str


class Scheme(msgspec.Struct, frozen=True):
    """How one family of vendors signs.

    `signed` is the text that is signed, of {body}, {timestamp} and {id}; `written` spells a digest;
    `key` makes the key of a secret. `several`: the header has a list of `prefix`ed signatures.
    """

    signed: str
    written: Callable[[bytes], str]
    key: Callable[[str], bytes | None]
    prefix: str = ""
    several: bool = False


def _base64(digest: bytes) -> str:
    return base64.b64encode(digest).decode()


def _coded(secret: str) -> bytes | None:
    """The key in a secret of Standard Webhooks; None where it is no base64."""
    try:
        return base64.b64decode(secret.removeprefix("whsec_"), validate=True)
    except binascii.Error:
        return None


SchemeName = Literal["hmac-sha256-base64", "hmac-sha256-hex", "standard-webhooks"]
SCHEMES: Final[dict[SchemeName, Scheme]] = {
    "hmac-sha256-base64": Scheme(_WHOLE_BODY, _base64, str.encode),
    "hmac-sha256-hex": Scheme(_WHOLE_BODY, bytes.hex, str.encode),
    # github.com/standard-webhooks/standard-webhooks, spec/standard-webhooks.md
    "standard-webhooks": Scheme("{id}.{timestamp}.{body}", _base64, _coded, "v1,", several=True),
}


class Seal:
    """A signature and what it should be, reckoned as the parts of the body come.

    `headers` have lower-case names; `now` judges the age of a message whose scheme has one. Raises
    `Refuse` (code "signature") where none was given: a missing signature is a refusal, not an
    exception, and its body need not be read.
    """

    def __init__(
        self,
        hook: Webhook,
        secrets: Sequence[str],
        headers: Mapping[str, str],
        now: Instant | None = None,
    ) -> None:
        signature = headers.get(hook.header, "")
        if not signature or not signature.isascii():
            raise _refusal("has no signature")
        self._given = signature
        self._hook = hook
        self._delivery = Delivery(
            topic=headers.get(hook.topic_header, ""),
            document=hook.topics.get(headers.get(hook.topic_header, "")),
            number=headers.get(hook.delivery_header, "")[:_NUMBER_MOST],
        )
        self._secrets, self._macs = secrets, list[hmac.HMAC]()
        if hook.scheme == "shared-header":
            return
        self._scheme = SCHEMES[hook.scheme]
        parts = {
            "timestamp": headers.get(hook.timestamp_header, ""),
            "id": headers.get(hook.id_header, ""),
        }
        _in_time(hook, parts["timestamp"], now)
        before, _, self._after = (hook.signed or self._scheme.signed).partition(_WHOLE_BODY)
        self._told = parts
        keyed = str.encode if hook.key == "text" else self._scheme.key
        keys = [keyed(secret) for secret in secrets]
        self._macs = [hmac.new(key, digestmod=hashlib.sha256) for key in keys if key is not None]
        self.add(before.format_map(parts).encode("utf-8", "replace"))

    def add(self, part: bytes) -> None:
        """The next part of the body."""
        for mac in self._macs:
            mac.update(part)

    def delivery(self) -> Delivery:
        """The delivery, where one of the secrets signed exactly these bytes.

        `document` is None for a topic that carries none of ours. Raises `Refuse` otherwise.
        """
        signature = self._given
        if self._hook.scheme == "shared-header":
            # Compared as bytes: a secret may have any sign in it.
            right = [
                hmac.compare_digest(secret.encode(), signature.encode()) for secret in self._secrets
            ]
        else:
            self.add(self._after.format_map(self._told).encode("utf-8", "replace"))
            prefix = self._hook.prefix or self._scheme.prefix
            every = signature.split(" ") if self._scheme.several else [signature]
            # A sender that changes its secret signs with the old one for a while: all are compared.
            right = [
                hmac.compare_digest(self._sign(mac, prefix), signature)
                for mac in self._macs
                for signature in every
            ]
        if not any(right):
            raise _refusal("has a signature that is not right")
        return self._delivery

    def _sign(self, mac: hmac.HMAC, prefix: str) -> str:
        return prefix + self._scheme.written(mac.digest())


def verify(
    hook: Webhook,
    secrets: Sequence[str],
    headers: Mapping[str, str],
    body: bytes,
    now: Instant | None = None,
) -> Delivery:
    """The delivery of a body that is here whole; see `Seal` and `named`."""
    seal = Seal(hook, secrets, headers, now)
    seal.add(body)
    return named(hook, seal.delivery(), body)


def named(hook: Webhook, delivery: Delivery, body: bytes) -> Delivery:
    """The delivery with the topic and the number that its body tells, where the manifest says that
    they stand there. Raises `Refuse` (code "bad-json") where it then is no JSON."""
    if not hook.topic_at and not hook.delivery_at:
        return delivery
    message = strict_json.parse(body, what="The message")
    topic = _text(member(message, hook.topic_at)) if hook.topic_at else delivery.topic
    number = _text(member(message, hook.delivery_at)) if hook.delivery_at else delivery.number
    return Delivery(topic, hook.topics.get(topic), number[:_NUMBER_MOST])


def _text(value: object) -> str:
    return str(value) if isinstance(value, str | int) else ""


def _in_time(hook: Webhook, timestamp: str, now: Instant | None) -> None:
    """Raise `Refuse` where the message is older, or from further ahead, than the scheme allows."""
    if not hook.skew_s:
        return
    if not timestamp.isascii() or not timestamp.isdecimal() or len(timestamp) > 12 or now is None:
        raise _refusal("does not say when it was signed")
    if abs(now.timestamp() - int(timestamp)) > hook.skew_s:
        raise _refusal("was signed too long ago, or lies ahead of our clock")


def mark(hook: Webhook, number: str, body: bytes) -> bytes:
    """The digest of what makes a message another one than any before it.

    What a message says is known by its bytes. Where it only names its documents, the same bytes
    may be news again, and where its id is signed too nobody else can have made it: there each
    delivery is a message of its own.
    """
    whole = hook.carries == "content" and hook.signs == "body"
    return digest(body) if whole or not number else digest(number.encode() + b"\n" + body)


def _refusal(wrong: str) -> Refuse:
    return Refuse(
        f"The message {wrong}.",
        do="Check the signing secret of this connection at the sender.",
        code="signature",
    )
