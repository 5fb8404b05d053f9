"""Rota: who of a team is on duty at an instant, and when the next one takes over.

Shifts are written by the clocks on the wall, so that they stay where they are when the clocks
change: each begins and ends at the first instant at which its time is reached. The hour that comes
twice in autumn is therefore handed over once, and an hour that never comes leaves nobody out.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from typing import Final, Literal, NamedTuple, get_args

import msgspec

from counterfoil.values.clock import Instant, TimeOfDay, first_on_wall, wall_date

Day = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
Weeks = Literal["every", "odd", "even"]

DAYS: Final[tuple[Day, ...]] = get_args(Day)
_DAY: Final = 24 * 60  # minutes
_WEEK: Final = 7 * _DAY
# Each kind of week after each: a year of 53 weeks ends with an odd one, and begins with another.
_CYCLE: Final[tuple[Weeks, ...]] = ("odd", "odd", "even")
_AHEAD: Final = 22  # days: in three weeks each shift comes at least once


class Shift(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Who is on duty, on which days, from when until when (HH:MM): until the next day where that is
    earlier. `weeks` are those of the calendar (ISO 8601) by their number."""

    people: tuple[str, ...]
    start: TimeOfDay = msgspec.field(name="from")
    until: TimeOfDay
    days: tuple[Day, ...] = DAYS
    weeks: Weeks = "every"

    @property
    def span(self) -> tuple[int, int]:
        """From when until when, in minutes from the beginning of its day."""
        start, until = minutes(self.start), minutes(self.until)
        return start, until if until > start else until + _DAY

    def begins_on(self, day: date) -> bool:
        """Whether it begins on this day."""
        parity = "odd" if day.isocalendar().week % 2 else "even"
        return DAYS[day.weekday()] in self.days and self.weeks in ("every", parity)


class Rota(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The shifts of a team, by their names, in the time of a `zone` (IANA). `otherwise` is asked
    while none is on; where nobody is named there, every hour must have a shift."""

    zone: str
    shifts: dict[str, Shift]
    otherwise: str = ""


class Watch(NamedTuple):
    """Who is on duty, in which shift ("": nobody is, and these are asked otherwise), and until
    when; None where nothing ends it."""

    people: tuple[str, ...]
    shift: str = ""
    until: Instant | None = None


class Uneven(NamedTuple):
    """A time of the week with nobody on duty, or with two shifts at once: from when, and which."""

    day: Day
    time: str
    weeks: Weeks
    shifts: tuple[str, ...]


def minutes(time: str) -> int:
    """A time of day in minutes: "24:00" is 1440."""
    hours, _, past = time.partition(":")
    return int(hours) * 60 + int(past)


def on_duty(rota: Rota, at: Instant) -> Watch:
    """Who is on duty at an instant. Raises `Misconfigured` for an unknown zone."""
    spans = sorted(_spans(rota, at), key=lambda span: span[0])
    for begins, ends, name in spans:
        if begins <= at < ends:
            return Watch(rota.shifts[name].people, name, ends)
    later = [begins for begins, _, _ in spans if begins > at]
    return Watch((rota.otherwise,) if rota.otherwise else (), "", later[0] if later else None)


def _spans(rota: Rota, at: Instant) -> Iterator[tuple[Instant, Instant, str]]:
    """From when until when each shift is on, from the day before `at` for some days."""
    for ahead in range(-1, _AHEAD):
        day = date.fromisoformat(wall_date(at, rota.zone, ahead))
        for name, shift in rota.shifts.items():
            if shift.begins_on(day):
                start, until = (
                    first_on_wall(_local(day, minute), rota.zone) for minute in shift.span
                )
                yield start, until, name


def _local(day: date, minute: int) -> str:
    day += timedelta(days=minute // _DAY)
    return f"{day}T{minute % _DAY // 60:02}:{minute % 60:02}:00"


def unevens(rota: Rota) -> Iterator[Uneven]:
    """Every time from which on nobody is on duty, unless somebody is asked otherwise, and every one
    from which on two shifts are."""
    whole = len(_CYCLE) * _WEEK
    standing = Counter[str]()
    changes: dict[int, list[tuple[str, int]]] = {0: []}
    for start, until, name in _in_cycle(rota.shifts):
        changes.setdefault(start % whole, []).append((name, 1))
        if until != whole:
            changes.setdefault(until % whole, []).append((name, -1))
        standing[name] += start < whole < until
    by_weeks = any(shift.weeks != "every" for shift in rota.shifts.values())
    times: dict[Uneven, None] = {}
    for minute in sorted(changes):
        for name, step in changes[minute]:
            standing[name] += step
        shifts = tuple(sorted(standing.elements()))
        if len(shifts) > 1 or not (shifts or rota.otherwise):
            times.setdefault(_uneven(minute, shifts, by_weeks=by_weeks))
    yield from times


def _in_cycle(shifts: Mapping[str, Shift]) -> Iterator[tuple[int, int, str]]:
    """From when until when each shift is on, in minutes of the cycle of weeks."""
    for week, parity in enumerate(_CYCLE):
        for name, shift in shifts.items():
            if shift.weeks not in ("every", parity):
                continue
            start, until = shift.span
            for day in {DAYS.index(day) for day in shift.days}:
                begun = week * _WEEK + day * _DAY
                yield begun + start, begun + until, name


def _uneven(minute: int, shifts: tuple[str, ...], *, by_weeks: bool) -> Uneven:
    week, of_week = divmod(minute, _WEEK)
    day, time = divmod(of_week, _DAY)
    weeks: Weeks = _CYCLE[week] if by_weeks else "every"
    return Uneven(DAYS[day], f"{time // 60:02}:{time % 60:02}", weeks, shifts)
