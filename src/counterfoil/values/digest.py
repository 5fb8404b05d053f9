"""Digests: 32 bytes that stand for a text, so that two systems can be shown to agree."""

from __future__ import annotations

import hashlib

import msgspec

_ENCODER = msgspec.json.Encoder(order="sorted")


def digest(body: bytes) -> bytes:
    """SHA-256 of `body`."""
    return hashlib.sha256(body).digest()


def canonical(value: object) -> bytes:
    """`value` as JSON with sorted keys and no spaces: equal values give equal bytes."""
    return _ENCODER.encode(value)


def digest_of(value: object) -> bytes:
    """SHA-256 of the canonical JSON of `value`."""
    return digest(canonical(value))


def short(body: bytes) -> str:
    """The first twelve hexadecimal digits of a digest, for people."""
    return body.hex()[:12]
