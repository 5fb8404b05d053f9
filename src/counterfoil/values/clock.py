"""Time: the only file that knows which library tells it.

Everything that needs the present moment, or waits, is handed a `Clock`; so that the
simulation can hand it another one.
"""

from __future__ import annotations

import asyncio
import time
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Annotated, Literal, Protocol

import msgspec
from whenever import Instant, PlainDateTime, TimeDelta

from counterfoil.values.errors import Hold, Misconfigured

__all__ = [
    "Clock",
    "Instant",
    "SystemClock",
    "TimeOfDay",
    "first_on_wall",
    "from_stdlib",
    "from_wall_clock",
    "instant",
    "later",
    "local_since",
    "minute_of",
    "on_wall",
    "seconds_between",
    "wall_clock",
    "wall_date",
    "wall_span",
]

TimeOfDay = Annotated[str, msgspec.Meta(pattern=r"^(?:(?:[01][0-9]|2[0-3]):[0-5][0-9]|24:00)$")]
"""HH:MM; "24:00" is the end of a day."""

_REMEMBERED = 4096
_HOUR_S = 3600.0
_EARLIEST = Instant.from_utc(1990, 1, 1)
_LATEST = Instant.from_utc(2100, 1, 1)


class Clock(Protocol):
    """The present moment, and waiting for another one."""

    def now(self) -> Instant:
        """The present instant (UTC)."""
        ...

    def monotonic(self) -> float:
        """Seconds that never run backwards; only differences mean anything."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Wait for `seconds`."""
        ...


class SystemClock:
    """The machine's own clock."""

    def now(self) -> Instant:
        return Instant.now()

    def monotonic(self) -> float:
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(max(0.0, seconds))


@lru_cache(_REMEMBERED)
def instant(text: str) -> Instant:
    """The instant that an ISO 8601 text with an offset or `Z` names.

    A document's moments are asked for several times on its way, so that the last are remembered.
    Raises `Hold` where the text names none, has no offset, or lies outside 1990 to 2100.
    """
    try:
        moment = Instant.parse_iso(text)
    except ValueError:
        raise Hold(
            f"{text[:40]!r} is not a moment in time.",
            do="Ask the sending system for a date with its offset, such as 2026-11-02T09:14:06Z.",
            code="bad-time",
        ) from None
    if not _EARLIEST <= moment < _LATEST:
        raise Hold(
            f"{text[:40]} lies outside the years 1990 to 2100.",
            do="Check the date at the sending system.",
            code="bad-time",
        )
    return moment


def from_stdlib(moment: datetime) -> Instant:
    """The instant of an aware standard-library datetime."""
    return Instant(moment)


def whole_second(moment: Instant) -> str:
    """A moment as ISO 8601 in whole seconds, never later than `moment`."""
    return Instant.from_timestamp(moment.timestamp()).format_iso()


def minute_of(moment: Instant) -> str:
    """A moment as people read it, to the minute: 2026-11-02 10:41 UTC."""
    return f"{moment.to_stdlib():%Y-%m-%d %H:%M} UTC"


def later(moment: Instant, seconds: float) -> Instant:
    """`moment` moved by `seconds` (negative: earlier)."""
    return moment.add(nanoseconds=round(seconds * 1e9))


def seconds_between(start: Instant, end: Instant) -> float:
    """Seconds from `start` to `end`."""
    return (nanoseconds(end) - nanoseconds(start)) / 1e9


def nanoseconds(moment: Instant) -> int:
    """Nanoseconds since 1970, for ordering and arithmetic."""
    return moment.timestamp(unit="nanosecond")


def wall_clock(moment: Instant, zone: str) -> str:
    """The local date and time of `moment` in `zone` (IANA), to the second and without an offset.

    For systems that keep their server's local time. Raises `Misconfigured` for an unknown zone.
    """
    try:
        zoned = moment.to_tz(zone)  # pyright: ignore[reportUnknownMemberType]
        return zoned.to_plain().format_iso(unit="second")
    except ValueError:
        raise _no_zone(zone) from None


def from_wall_clock(local: str, zone: str, by: Instant) -> Instant:
    """The moment that a local time of `zone` (IANA) without an offset names, for systems that keep
    their server's own.

    Of an hour that comes twice it is the later one that is not after `by`, the moment of reading;
    one that never comes is the moment at which the clock was put forward past it. Raises `Hold`
    ("bad-time") where the text names none, `Misconfigured` for an unknown zone.
    """
    try:
        plain = PlainDateTime.parse_iso(local.replace(" ", "T"))
    except ValueError:
        raise Hold(
            f"{local[:40]!r} is not a local date and time.",
            do="Ask the sending system for one such as 2026-11-02T09:14:06.",
            code="bad-time",
        ) from None
    try:
        earlier, last = (_instant(plain, zone, which) for which in ("earlier", "later"))
    except ValueError:
        raise _no_zone(zone) from None
    return last if last <= by else earlier


def _instant(local: PlainDateTime, zone: str, which: Literal["earlier", "later"]) -> Instant:
    zoned = local.assume_tz(zone, disambiguation=which)  # pyright: ignore[reportUnknownMemberType]
    return zoned.to_instant()


def local_since(moment: Instant, zone: str) -> str:
    """The local time of `zone` from which on everything stands that comes after `moment`: an hour
    earlier where the clock is put back within the next one, since local times then come again."""
    ahead = later(moment, _HOUR_S)
    put_back = _offset(ahead, zone) < _offset(moment, zone)
    return wall_clock(later(moment, -_HOUR_S) if put_back else moment, zone)


def _offset(moment: Instant, zone: str) -> TimeDelta:
    return moment.to_tz(zone).offset  # pyright: ignore[reportUnknownMemberType]


def on_wall(local: str, zone: str) -> tuple[Instant, Instant]:
    """The first and the last instant at which the clocks of `zone` show a local date and time (ISO
    8601 without an offset): they differ in the hour that comes twice when clocks go back.

    Raises `Hold` (code "bad-time") for a time that no clock there shows.
    """
    plain = PlainDateTime.parse_iso(local)
    first, last = _instant(plain, zone, "earlier"), _instant(plain, zone, "later")
    if wall_clock(first, zone) != wall_clock(last, zone):
        raise Hold(
            f"No clock in {zone} ever shows {local}.",
            do="Check the time zone in the settings of the connection.",
            code="bad-time",
        )
    return first, last


def first_on_wall(local: str, zone: str) -> Instant:
    """The first instant at which the clocks of `zone` have reached a local date and time (ISO 8601
    without an offset): of an hour that comes twice it is the first, of one that never comes the
    instant at which the clocks were put forward. So what is later by the text is never earlier.

    Raises `Misconfigured` for an unknown zone.
    """
    plain = PlainDateTime.parse_iso(local)
    try:
        before, reached = _instant(plain, zone, "earlier"), _instant(plain, zone, "later")
    except ValueError:
        raise _no_zone(zone) from None
    local = plain.format_iso(unit="second")
    if wall_clock(before, zone) == local:
        return before
    while seconds_between(before, reached) > 1:
        between = Instant.from_timestamp((before.timestamp() + reached.timestamp()) // 2)
        if wall_clock(between, zone) < local:
            before = between
        else:
            reached = between
    return reached


def wall_date(moment: Instant, zone: str, days: int = 0) -> str:
    """The local date of `moment` in `zone`, moved by `days`: 2026-10-06.

    Raises `Misconfigured` for an unknown zone.
    """
    local = date.fromisoformat(wall_clock(moment, zone)[:10])
    return (local + timedelta(days=days)).isoformat()


def wall_span(start: Instant, end: Instant, zone: str) -> tuple[str, str]:
    """The local times in `zone` between which everything from `start` on and before `end` lies,
    even where the clocks were put back meanwhile; more may lie there too.

    Raises `Misconfigured` for an unknown zone.
    """
    first, last = (datetime.fromisoformat(wall_clock(moment, "UTC")) for moment in (start, end))
    ahead = (
        datetime.fromisoformat(wall_clock(start, zone)) - first,
        datetime.fromisoformat(wall_clock(end, zone)) - last,
    )
    until = last + max(ahead) + timedelta(seconds=1)  # a part of a second was cut off
    return (first + min(ahead)).isoformat(), until.isoformat()


def _no_zone(zone: str) -> Misconfigured:
    return Misconfigured(
        f"{zone!r} is not a time zone.", do="Use an IANA name, such as Europe/London."
    )
