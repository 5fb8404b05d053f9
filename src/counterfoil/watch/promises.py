"""Promises: what the routes and the connections of a configuration promise, as expectations.

Each function reads one kind of promise from what the books show. What is not in the books cannot
be expected, and what is off promises nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import Protocol, TypeVar

from counterfoil.flows.route import Plan
from counterfoil.govern.rota import minutes
from counterfoil.values.clock import Instant, from_stdlib, later, minute_of
from counterfoil.values.money import Money
from counterfoil.watch.books import Books
from counterfoil.watch.expected import Expected, Touched

AT_WORK_S = 45.0
"""So long nobody may be seen at work: a restart takes less."""
RUN_S = 50.0
"""So much later than it was due a timed run may begin; the rest of a minute is for the look."""
OUTAGE_S = 300.0
"""So long a connection may be silent: most outages are over by then."""
_LATE = 5.0  # times the promise of a route, from where on a record is late
_LEAST_S = 600.0
_UNREAD_S = 120.0
_DAY_S = 86_400.0


def expectations(plans: Mapping[str, Plan], books: Books) -> Iterator[Expected]:
    """Everything that is expected by what the books show."""
    yield from _work(books)
    yield from _runs(plans, books)
    yield from _messages(plans, books)
    yield from _backlog(plans, books)
    yield from _unread(plans, books)
    yield from _answers(books)


def _work(books: Books) -> Iterator[Expected]:
    """Somebody is at work."""
    hands = [from_stdlib(row.seen_at) for row in books.roles if row.role in ("up", "worker")]
    if hands:
        last = max(hands)
        yield Expected("worker", "any", later(last, AT_WORK_S), "", last, _moving(books))


def _runs(plans: Mapping[str, Plan], books: Books) -> Iterator[Expected]:
    """Each timed run begins when it is due, a batch within its hours; one that somebody is at has
    begun."""
    for row in books.runs:
        plan = plans.get(row.route)
        if plan is None or row.due is None:
            continue
        due = in_hours(plan, from_stdlib(row.due))
        begins = in_hours(plan, from_stdlib(max(row.due, row.held_until or row.due)))
        facts = {"route": row.route, "task": row.task, "due": minute_of(due)}
        yield Expected(
            "run", f"{row.route} {row.task}", later(begins, RUN_S), plan.owner, None, facts=facts
        )


def in_hours(plan: Plan, due: Instant) -> Instant:
    """The first moment from `due` on at which a run of a route may begin, and has the time to."""
    if plan.mode != "batch":
        return due
    start_s, until_s = (60.0 * minutes(time) for time in (plan.batch_from, plan.batch_until))
    long_s = until_s - start_s + (_DAY_S if until_s < start_s else 0.0)
    midnight_s = due.timestamp() // _DAY_S * _DAY_S
    opens = (Instant.from_timestamp(midnight_s + start_s + day * _DAY_S) for day in (-1, 0, 1))
    return next(
        (max(due, start) for start in opens if later(start, max(0.0, long_s - RUN_S)) > due), due
    )


def _messages(plans: Mapping[str, Plan], books: Books) -> Iterator[Expected]:
    """A system that tells its changes tells them before a listing finds them."""
    last_at = {row.connection: row.at for row in books.messages}
    for route, rows in _by_route(books.untold):
        plan = plans.get(route)
        last = last_at.get(plan.source) if plan is not None else None
        if plan is None or last is None or plan.mode != "near-real-time":
            continue
        untold = [row for row in rows if row.newest > last]
        if untold:
            facts = {"route": route, "source": plan.source}
            yield Expected(
                "message", route, from_stdlib(last), plan.owner, from_stdlib(last),
                touched(untold), facts,
            )  # fmt: skip


def _backlog(plans: Mapping[str, Plan], books: Books) -> Iterator[Expected]:
    """A record arrives within what its route promised, and some more before a person is called."""
    for route, rows in _by_route(books.backlog):
        plan = plans.get(route)
        if plan is None or plan.mode == "batch":
            continue
        since = from_stdlib(min(row.since for row in rows))
        within_s = max(_LATE * plan.latency_s, _LEAST_S)
        facts = {"route": route, "promised": f"{plan.latency_s:,.0f} s"}
        yield Expected(
            "backlog", route, later(since, within_s), plan.owner, since, touched(rows), facts
        )


def _unread(plans: Mapping[str, Plan], books: Books) -> Iterator[Expected]:
    """A page is opened soon after it came."""
    for row in books.unread:
        plan = plans.get(row.route)
        if plan is not None:
            since = from_stdlib(row.since)
            yield Expected(
                "unread", row.route, later(since, max(_UNREAD_S, plan.latency_s)), plan.owner,
                since, Touched(row.pages), {"route": row.route},
            )  # fmt: skip


def _answers(books: Books) -> Iterator[Expected]:
    """A connection that does not answer does so again before long."""
    for row in books.outages:
        since = from_stdlib(row.since)
        facts = {"connection": row.connection, "said": row.said}
        yield Expected(
            "answer", row.connection, later(since, OUTAGE_S), "", since, _moving(books), facts
        )


def late(expected: Iterable[Expected], now: Instant) -> list[Expected]:
    """What has not happened by the moment that it was expected by."""
    return [promise for promise in expected if promise.by < now]


class Sum(Protocol):
    """Records and their money in one currency."""

    @property
    def route(self) -> str: ...
    @property
    def currency(self) -> str: ...
    @property
    def records(self) -> int: ...
    @property
    def minor(self) -> int: ...


def touched(rows: Sequence[Sum]) -> Touched:
    """What rows of several currencies come to."""
    money: dict[str, int] = {}
    for row in rows:
        if row.minor:
            money[row.currency] = money.get(row.currency, 0) + row.minor
    return Touched(
        sum(row.records for row in rows),
        tuple(Money(minor, currency) for currency, minor in sorted(money.items())),
    )


SumT = TypeVar("SumT", bound=Sum)


def _by_route(rows: Iterable[SumT]) -> Iterator[tuple[str, list[SumT]]]:
    """Rows that are sorted by route, a route at a time."""
    for route, group in groupby(rows, key=lambda row: row.route):
        yield route, list(group)


def _moving(books: Books) -> Touched:
    """Everything that is on its way."""
    return touched(books.backlog)
