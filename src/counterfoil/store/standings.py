"""Standings: how many documents of a route stand where, and for how much."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from counterfoil.ledger.account import State
from counterfoil.ledger.balance import Standing
from counterfoil.store.postgres import Executor
from counterfoil.store.query import Query
from counterfoil.values.clock import Instant
from counterfoil.values.ids import RecordId


class StandingRow(NamedTuple):
    """How many documents stand in one state, their money in one currency, and their pieces."""

    state: int
    currency: str
    documents: int
    minor: int
    pieces: int


class Deliveries(NamedTuple):
    """How many records of one route, by its name, were delivered so quickly: `bucket` bounds were
    passed; `took_s` is of all of them together."""

    route: str
    bucket: int
    deliveries: int
    took_s: float


class RouteStanding(NamedTuple):
    """How many documents of one route, by its name, stand in one state and currency."""

    route: str
    state: int
    currency: str
    documents: int
    minor: int


class StandingKey(NamedTuple):
    """Where one document stands, by its number and its source's key."""

    subject: int
    key: str
    state: int


class Sample(NamedTuple):
    """A record, and what people call it."""

    id: RecordId
    number: str


class _Progress(NamedTuple):
    state: int
    documents: int


_WITHIN = Query("standings", StandingRow)
_COUNTED = Query("standings_counted", StandingRow)
_UNCOUNTED = Query("standings_uncounted", StandingRow)
_BY_ROUTE = Query("route_standings", RouteStanding)
_PROGRESS = Query("progress", _Progress)
_DELIVERIES = Query("deliveries_between", Deliveries)
_KEYS = Query("standing_keys", StandingKey)
_SAMPLES = Query("sample_records", Sample)


async def within(db: Executor, route: int, start: Instant, until: Instant) -> list[Standing]:
    """Where what was created from `start` to before `until` stands."""
    return _standings(await _WITHIN.rows(db, route, start.to_stdlib(), until.to_stdlib()))


async def counted(db: Executor, route: int) -> list[Standing]:
    """Where what lies in a window that the source was asked for stands."""
    return _standings(await _COUNTED.rows(db, route))


async def uncounted(db: Executor, route: int) -> list[Standing]:
    """Where what lies in no such window stands."""
    return _standings(await _UNCOUNTED.rows(db, route))


async def by_route(db: Executor) -> list[RouteStanding]:
    """Where the documents of every route stand that have not come to an end."""
    return await _BY_ROUTE.rows(db)


async def deliveries(
    db: Executor, after: Instant, until: Instant, bounds_s: Sequence[float]
) -> list[Deliveries]:
    """What was delivered after a moment and up to another, by route and by how long it took."""
    return await _DELIVERIES.rows(db, after.to_stdlib(), until.to_stdlib(), bounds_s)


async def progress(db: Executor, route: int) -> dict[State, int]:
    """How many documents of a route stand in each state."""
    return {State(row.state): row.documents for row in await _PROGRESS.rows(db, route)}


async def keys(db: Executor, route: int, after: int, limit: int) -> list[StandingKey]:
    """At most `limit` documents of a route, by their numbers from beyond `after`."""
    return await _KEYS.rows(db, route, after, limit)


async def samples(db: Executor, route: int, states: Sequence[State], limit: int) -> list[Sample]:
    """Records of a route that stand so, those with the longest way first."""
    return await _SAMPLES.rows(db, route, [int(state) for state in states], limit)


def _standings(rows: Sequence[StandingRow]) -> list[Standing]:
    return [
        Standing(State(row.state), row.currency, row.documents, row.minor, row.pieces)
        for row in rows
    ]
