"""Figures as people read them, on every door: sums of money, counts with their noun, ages."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from counterfoil.values.clock import Instant, from_stdlib, seconds_between
from counterfoil.values.money import Money, totals

_NONE = "XXX"  # ISO 4217's own word for no currency
_UNREAD = frozenset({"bad-amount", "bad-field", "bad-shape", "missing-field"})
"""Causes of a hold whose amount may be what could not be read; it then stands as zero."""


def sums(amounts: Iterable[Money]) -> list[Money]:
    """The sum of each currency."""
    return [Money(minor, currency) for currency, minor in sorted(totals(amounts).items())]


def known(total: Money | None, cause: str) -> Money | None:
    """The amount of a hold; None where its `cause` may be that nobody could read it."""
    unread = total is None or total.currency == _NONE or (not total.minor and cause in _UNREAD)
    return None if unread else total


def money(total: Money | None, cause: str = "") -> str:
    """An amount as people read it: what nobody could read is not nothing."""
    return str(known(total, cause) or "unknown amount")


def amount(amounts: Iterable[Money]) -> str:
    """Sums as people read them: £1,904.20 and €12.00; what is unknown adds nothing."""
    texts = [str(total) for total in sums(amounts) if total.currency != _NONE]
    return " and ".join(texts) or "no money"


def counted(count: int, one: str, many: str = "") -> str:
    """A count with its noun: 1 record, 2 records."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def iso(moment: Instant | None) -> str:
    """A moment as ISO 8601; empty where there is none."""
    return moment.format_iso() if moment is not None else ""


def instant_of(moment: datetime | None) -> Instant | None:
    """A moment of the store as an instant."""
    return from_stdlib(moment) if moment is not None else None


def ago(moment: Instant | None, now: Instant) -> str:
    """How long ago a moment was: 40 s, 12 min, 5 h, 3 days."""
    if moment is None:
        return "never"
    seconds = max(0, round(seconds_between(moment, now)))
    for size, unit in ((86_400, "days"), (3600, "h"), (60, "min")):
        if seconds >= 2 * size:
            return f"{seconds // size} {unit} ago"
    return f"{seconds} s ago"
