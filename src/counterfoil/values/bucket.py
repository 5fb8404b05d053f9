"""A rate limiter's bucket: what several workers spend together, and how fast it refills."""

from __future__ import annotations

import msgspec


class Bucket(msgspec.Struct, frozen=True):
    """One bucket of one account.

    `size` points (or calls, or slots) when it is full; `per_s` of them come back a second, 0 where
    each is given back by who took it.
    """

    account: str
    name: str
    size: int
    per_s: float = 0.0
