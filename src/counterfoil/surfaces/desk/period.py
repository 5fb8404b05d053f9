"""Period: what --from and --to mean: days of UTC, the last one included, or moments."""

from __future__ import annotations

import re

import msgspec

from counterfoil.values.clock import Instant, instant, later, nanoseconds
from counterfoil.values.errors import CounterfoilError, Misconfigured

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_DAY_S = 86_400.0


class Period(msgspec.Struct, frozen=True):
    """From `start` up to, not including, `until`; None where that side is open."""

    start: Instant | None = None
    until: Instant | None = None

    def __str__(self) -> str:
        """For people: which moments are in it, and which are not."""
        begins = f"from {_plain(self.start)}" if self.start is not None else "from the first one"
        ends = f"before {_plain(self.until)}" if self.until is not None else "up to now"
        return f"{begins} and {ends}"


def period(start: str | None, end: str | None) -> Period:
    """The period that --from and --to name. Raises `Misconfigured` where it is none."""
    when = Period(
        moment(start, "--from") if start is not None else None,
        moment(end, "--to", last=True) if end is not None else None,
    )
    if when.start is not None and when.until is not None and when.start >= when.until:
        raise Misconfigured(
            f"The period ends before it begins: {when}.",
            do="Give the earlier day with --from.",
            where="--to",
        )
    return when


def moment(text: str, flag: str, *, last: bool = False) -> Instant:
    """The moment that `text` names: a day stands for its beginning, a `last` one for its end."""
    day = _DAY.fullmatch(text) is not None
    try:
        begins = instant(f"{text}T00:00:00Z" if day else text)
    except CounterfoilError:
        raise Misconfigured(
            f"{text[:40]!r} is no day and no moment from 1990 to 2099.",
            do="Write a day of UTC such as 2026-09-30, or a moment such as 2026-09-30T18:00:00Z.",
            where=flag,
        ) from None
    return later(begins, _DAY_S) if day and last else begins


def _plain(moment: Instant) -> str:
    """2026-09-30 00:00 UTC, with seconds only where there are any."""
    text = moment.format_iso()
    short = nanoseconds(moment) % 60_000_000_000 == 0
    return f"{text[:10]} {text[11:16] if short else text[11:19]} UTC"
