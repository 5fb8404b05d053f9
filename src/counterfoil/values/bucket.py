"""A rate limiter's bucket: what several workers spend together, and how it comes back."""

from __future__ import annotations

import msgspec

from counterfoil.values.clock import Instant, later, nanoseconds

_NANO = 10**9


class Bucket(msgspec.Struct, frozen=True):
    """One bucket of one account.

    `size` points (or calls, or slots) when it is full. `per_s` of them come back a second, or all
    at once when a window of `window_s` seconds has ended; both are 0 where each is given back by
    who took it. A window begins with the first call after the last one, or, where they are
    `aligned`, on each whole multiple of its length since midnight UTC.
    """

    account: str
    name: str
    size: int
    per_s: float = 0.0
    window_s: float = 0.0
    aligned: bool = False

    def window_end(self, now: Instant) -> Instant:
        """When the window ends that begins with a call `now`."""
        if not self.aligned:
            return later(now, self.window_s)
        length = round(self.window_s * _NANO)
        return later(now, (length - nanoseconds(now) % length) / _NANO)
