"""Forged messages: everything that a stranger may try in the place of a signature."""

from __future__ import annotations

import base64
import hashlib
import hmac
import random
from collections.abc import Callable, Mapping
from typing import Final

SECRET = "shpss_the_right_secret"  # noqa: S105 - of no shop
OLD_SECRET = "shpss_the_secret_before"  # noqa: S105 - of no shop

Forged = tuple[str | None, bytes]
"""A signature (None: there is no header) and the body that it comes with."""


def signature(body: bytes, secret: str = SECRET, how: str = "sha256") -> str:
    """The base64 of the HMAC of `body`."""
    return base64.b64encode(hmac.digest(secret.encode(), body, how)).decode()


def forged(chance: random.Random, body: bytes) -> tuple[str, str | None, bytes]:
    """The name of a forgery, the signature (None: none) and the body that it comes with."""
    name = _NAMES[int(chance.random() * len(_NAMES))]
    signed, message = FORGERIES[name](chance, body)
    return name, signed, message


def _flipped(chance: random.Random, body: bytes) -> Forged:
    right = list(signature(body))
    index = int(chance.random() * len(right))
    right[index] = chr(ord(right[index]) ^ (1 << int(chance.random() * 7)))
    return "".join(right), body


def _other_body(chance: random.Random, body: bytes) -> Forged:
    index = int(chance.random() * len(body))
    changed = (
        body[:index] + bytes([body[index] ^ (1 << int(chance.random() * 8))]) + body[index + 1 :]
    )
    return signature(body), changed


def _guessed(chance: random.Random, body: bytes) -> Forged:
    return base64.b64encode(chance.randbytes(32)).decode(), body


def _other_secret(chance: random.Random, body: bytes) -> Forged:
    return signature(body, f"shpss_{chance.getrandbits(64):x}"), body


def _cut(chance: random.Random, body: bytes) -> Forged:
    return signature(body)[: int(chance.random() * 44)], body


def _hex(chance: random.Random, body: bytes) -> Forged:
    return hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest(), body


def _turned(chance: random.Random, body: bytes) -> Forged:
    """Letters of the other case; a signature without letters is cut instead."""
    right = signature(body)
    turned = right.swapcase()
    return (turned if turned != right else right[:-1]), body


def _wrapped(chance: random.Random, body: bytes) -> Forged:
    """Something before or after the right signature."""
    before, after = chance.choice(
        [("sha256=", ""), (" ", ""), ("", " "), ("", "\n"), ("", "\0"), ('"', '"'), ("", "="),
         ("", ",x"), ("x,", ""), ("", "\u200b"), ("\ufeff", ""), ("v1=", ""), ("Basic ", "")]
    )  # fmt: skip
    return before + signature(body) + after, body


def _weaker(chance: random.Random, body: bytes) -> Forged:
    return signature(body, how=chance.choice(["md5", "sha1", "sha224", "sha384", "sha512"])), body


def _unkeyed(chance: random.Random, body: bytes) -> Forged:
    return base64.b64encode(hashlib.sha256(body).digest()).decode(), body


def _empty_secret(chance: random.Random, body: bytes) -> Forged:
    return signature(body, ""), body


def _nothing_signed(chance: random.Random, body: bytes) -> Forged:
    return signature(b""), body


def _reserialised(chance: random.Random, body: bytes) -> Forged:
    """The same JSON with a space more, as a proxy that writes it anew would send it."""
    return signature(body), body.replace(b":", b": ", 1) if b":" in body else body + b" "


def _longer(chance: random.Random, body: bytes) -> Forged:
    return signature(body), body + chance.choice([b" ", b"\n", b"\0", b"{}", body])


def _odd(chance: random.Random, body: bytes) -> Forged:
    return chance.choice(
        ["null", "None", "0", "true", "{}", "=" * 44, "A" * 44, "\xe9" * 44, "\ud800", "A" * 9999]
    ), body


FORGERIES: Final[Mapping[str, Callable[[random.Random, bytes], Forged]]] = {
    "no header": lambda _chance, body: (None, body),
    "empty header": lambda _chance, body: ("", body),
    "bit of the signature": _flipped,
    "bit of the body": _other_body,
    "guessed": _guessed,
    "another secret": _other_secret,
    "cut": _cut,
    "hexadecimal": _hex,
    "case turned": _turned,
    "wrapped": _wrapped,
    "another digest": _weaker,
    "no key": _unkeyed,
    "empty key": _empty_secret,
    "nothing signed": _nothing_signed,
    "written anew": _reserialised,
    "longer": _longer,
    "odd words": _odd,
    "reversed": lambda _chance, body: (signature(body)[::-1], body),
    "another header's": lambda _chance, body: (signature(signature(body).encode()), body),
}
"""Every forgery by its name."""

_NAMES = tuple(FORGERIES)
