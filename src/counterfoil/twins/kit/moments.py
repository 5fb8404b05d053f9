"""Moments as a twin's memory keeps them: seconds since 1970."""

from __future__ import annotations

from counterfoil.values.clock import Instant, seconds_between

_EPOCH = Instant.from_utc(1970, 1, 1)


def unix_s(moment: Instant) -> float:
    """Seconds since 1970, with their fraction."""
    return seconds_between(_EPOCH, moment)
