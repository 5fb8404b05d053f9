"""Moments as a twin's memory keeps them: seconds since 1970."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import format_datetime

from counterfoil.values.clock import Instant, seconds_between

_EPOCH = Instant.from_utc(1970, 1, 1)


def unix_s(moment: Instant) -> float:
    """Seconds since 1970, with their fraction."""
    return seconds_between(_EPOCH, moment)


def mail_date(moment_s: int) -> str:
    """A moment as mail and HTTP write it (RFC 2822, always UTC); "" for never (0)."""
    return format_datetime(datetime.fromtimestamp(moment_s, UTC)) if moment_s else ""
