"""Tombstone: what stands where bytes were erased. It names the erasure, and says how many bytes
there were and their digest, so that whoever has them elsewhere can be shown to have the same."""

from __future__ import annotations

import msgspec

from counterfoil.values.digest import canonical, digest

_BEGINS = b'{"bytes":'


class Tombstone(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is left of bytes: how many, the erasure that took them, and their SHA-256."""

    bytes: int
    erased: str
    sha256: str


_DECODE = msgspec.json.Decoder(Tombstone).decode


def over(body: bytes, erasure: str) -> bytes:
    """The tombstone over `body`; that of an earlier erasure stays."""
    if is_one(body):
        return body
    return canonical(Tombstone(len(body), erasure, digest(body).hex()))


def read(body: bytes) -> Tombstone | None:
    """The tombstone that `body` is; None where it is none."""
    if not body.startswith(_BEGINS):
        return None
    try:
        return _DECODE(body)
    except msgspec.MsgspecError:
        return None


def is_one(body: bytes) -> bool:
    """Whether it is a tombstone."""
    return read(body) is not None
