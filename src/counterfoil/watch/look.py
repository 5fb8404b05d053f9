"""Look: one look of the watch. What is late, what is well again, and who is to hear of it now.

A pure function of what the books show, of the watch's notebook and of the moment: so a thousand
stopped schedules and thirty quiet days are tried in virtual time.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

import msgspec

from counterfoil.flows.census import window_start
from counterfoil.flows.route import Plan
from counterfoil.store.watched import CauseRow
from counterfoil.values.clock import Instant, from_stdlib, later, minute_of, seconds_between
from counterfoil.watch import volume
from counterfoil.watch.books import HOUR_S, HOURS_S, Books
from counterfoil.watch.expected import Expected
from counterfoil.watch.message import Message, of_alarms, sentences
from counterfoil.watch.notebook import Alarm, Notebook
from counterfoil.watch.promises import expectations, late, touched

UNREADABLE_S: Final = 40.0
"""So long the books may not be read: a database that starts anew takes less."""
ASLEEP_S: Final = 60.0
"""A watch that did not look for so long was asleep, and the house perhaps with it."""
AGAIN_S: Final = 24 * 3600.0
"""After so long what is still silent is told again."""
TOGETHER_S: Final = 30.0
"""What comes within so long after a message is told together; in a flood of them, later still."""

_FREELY = 5  # messages an hour that are sent as they come
_LONGEST_S = 900.0
_JUDGED_S = 600.0  # after its end, and the listing that brings the rest of it, an hour is judged
_SELDOM_S = HOURS_S - 2 * HOUR_S - _JUDGED_S  # what is listed more seldom is not judged by the hour
_BEGINNING = "the beginning"
_ONCE = ("cause ", "volume ")  # told once: what waits is on the desk


class Watched(msgspec.Struct, frozen=True):
    """What the watch looks after: the estate's name, its routes, and who is asked by default."""

    estate: str
    plans: Mapping[str, Plan]


class Watch:
    """Looks again and again; `look` gives what is to be sent now, if anything."""

    def __init__(self, watched: Watched, notebook: Notebook) -> None:
        self._watched = watched
        self._notebook = notebook
        self._readable: Instant | None = None
        self._grace_until: Instant | None = None

    def look(self, books: Books | None, now: Instant) -> Message | None:
        """Judge what the books show, or that they could not be read (None)."""
        last = self._notebook.beaten()
        if last is None or not 0 <= seconds_between(last, now) <= ASLEEP_S:
            # The machine slept, its clock was put back, or the watch is new: give the house the
            # time to catch up.
            self._grace_until = later(now, ASLEEP_S)
        self._readable = now if books is not None else min(self._readable or now, now)
        self._notebook.beat(now)
        if self._grace_until is not None and now < self._grace_until:
            return None
        silences = {silence.name: silence for silence in self._silences(books, now)}
        if books is not None:  # else nothing is known to be over
            self._end(silences, now)
        for silence in silences.values():
            self._notebook.raise_(silence.name, silence.owner, now, sentences(silence))
        return self._message(now)

    def _silences(self, books: Books | None, now: Instant) -> Iterator[Expected]:
        """Everything that has not happened by now."""
        if books is None:
            assert self._readable is not None
            silence = Expected(
                "books", self._watched.estate, later(self._readable, UNREADABLE_S), "",
                self._readable, facts={"estate": self._watched.estate},
            )  # fmt: skip
            yield from late([silence], now)
            return
        books = self._with_messages(books)
        yield from late(expectations(self._watched.plans, books), now)
        yield from self._volumes(books, now)
        yield from self._causes(books, now)

    def _with_messages(self, books: Books) -> Books:
        """With the last message of each connection, also where none came since the last look."""
        for row in books.messages:
            self._notebook.hear(row.connection, from_stdlib(row.at), row.number)
        return msgspec.structs.replace(books, messages=self._notebook.heard())

    def _volumes(self, books: Books, now: Instant) -> Iterator[Expected]:
        """Whole hours that brought too little; what they brought is kept for the weeks to come."""
        counts = {(row.route, from_stdlib(row.hour)): row.documents for row in books.hours}
        moving = {row.route for row in books.runs}
        for route in sorted(moving & self._watched.plans.keys()):
            plan = self._watched.plans[route]
            if plan.cadence_s > _SELDOM_S:
                continue
            whole = later(window_start(later(now, -_JUDGED_S - plan.cadence_s), HOUR_S), -HOUR_S)
            count = counts.get((route, whole), 0)
            usual = volume.usual(self._notebook.same_hours(route, whole))
            self._notebook.count_hour(route, whole, count)
            if usual is not None and volume.is_too_few(count, usual):
                facts = {
                    "route": route, "count": f"{count:,}", "usual": f"{usual:,.0f}",
                    "hour": minute_of(whole),
                }  # fmt: skip
                yield Expected("volume", route, now, plan.owner, whole, facts=facts)

    def _causes(self, books: Books, now: Instant) -> Iterator[Expected]:
        """Causes that were not met before; at the first look all are taken to be known."""
        is_first = self._notebook.meet(_BEGINNING, now)
        by_cause: dict[tuple[str, str], list[CauseRow]] = {}
        for row in books.causes:
            by_cause.setdefault((row.route, row.cause), []).append(row)
        for (route, cause), rows in by_cause.items():
            name = f"cause {route} {cause}"
            is_new = self._notebook.meet(name, now)
            if is_first or not (is_new or name in self._notebook.alarms()):
                continue
            facts = {"route": route, "cause": cause}
            since = from_stdlib(min(row.since for row in rows))
            yield Expected(
                "cause", f"{route} {cause}", now, rows[0].owner, since, touched(rows), facts
            )

    def _end(self, silences: Mapping[str, Expected], now: Instant) -> None:
        for name, alarm in self._notebook.alarms().items():
            if name not in silences and alarm.ended is None:
                self._notebook.end(name, now)

    def _message(self, now: Instant) -> Message | None:
        """What is to be sent now: what was never told, what is silent for another day, and what
        people were told of and is over."""
        due = [alarm for alarm in self._notebook.alarms().values() if _is_due(alarm, now)]
        return of_alarms(self._watched.estate, due) if due and not self._is_flooded(now) else None

    def _is_flooded(self, now: Instant) -> bool:
        """Whether so many messages were sent lately that what is due is gathered for longer."""
        seconds = self._notebook.told_since(later(now, -HOUR_S))
        sent = [second for second in seconds if second <= now.timestamp()]  # a clock is put back
        wait_s = min(TOGETHER_S * 2 ** max(0, len(sent) - _FREELY), _LONGEST_S)
        return bool(sent) and now.timestamp() - sent[-1] < wait_s

    def sent(self, message: Message, now: Instant) -> None:
        """Note that people were told; a message that did not leave is given again."""
        self._notebook.told(message.names, now, message.title)


def _is_due(alarm: Alarm, now: Instant) -> bool:
    if alarm.ended is not None or alarm.told is None:
        return True
    is_standing = not alarm.name.startswith(_ONCE)
    return is_standing and seconds_between(Instant.parse_iso(alarm.told), now) >= AGAIN_S
