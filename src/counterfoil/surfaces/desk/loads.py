"""Loads: what there is to load and in which sequence, how far it has come, and whether it is all
here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Literal

import msgspec

from counterfoil.flows import load
from counterfoil.flows.route import Route
from counterfoil.kit.setup import limits
from counterfoil.ledger.account import IN_FLIGHT, NEEDS_A_PERSON, State
from counterfoil.store import loads, standings
from counterfoil.store.loads import LoadRow
from counterfoil.surfaces.desk.acts import Advance, asks, moves_money, unheard
from counterfoil.surfaces.desk.opening import StaffedDesk
from counterfoil.values.clock import Instant, from_stdlib, seconds_between
from counterfoil.values.errors import Misconfigured
from counterfoil.values.nearest import near

_OURS = 0.5  # of every budget, which a load leaves to live documents by half


class PlannedLoad(msgspec.Struct, frozen=True):
    """One route to be loaded, in its turn: what its source counts (minor units by currency), and
    how long its target's limits make it last, in seconds; None where they do not say."""

    route: str
    document: str
    documents: int
    money: Mapping[str, int]
    seconds: float | None


class LoadStatus(msgspec.Struct, frozen=True):
    """How far the load of a route has come.

    `listed` of `expected` documents; `standing` are on the route, `arrived` of them at the target,
    and `open` wait or are on their way; of one that is over, how many are on one side only, and how
    many of those that were drawn and read again at the source are not the same here. `left_s`:
    about how many seconds it still takes, by how it went until now.
    """

    route: str
    state: Literal["not begun", "listing", "arriving", "done", "differs"]
    expected: int = 0
    money: Mapping[str, int] = {}
    listed: int = 0
    standing: int = 0
    arrived: int = 0
    open: int = 0
    unaccounted: int | None = None
    sampled: int | None = None
    different: int | None = None
    left_s: float | None = None


@asks("load plan", money="shown")
async def plan(desk: StaffedDesk, names: Sequence[str] = ()) -> list[PlannedLoad]:
    """Count what there is to load at each source, and say in which sequence and about how long.

    Raises `Misconfigured` where there is no such route.
    """
    planned: list[PlannedLoad] = []
    for route in load.ordered(_routes(desk, names)):
        count = await load.counted(desk.engine, route)
        seconds = _seconds(desk, route, count.documents)
        planned.append(
            PlannedLoad(route.name, route.plan.document, count.documents, count.money, seconds)
        )
    return planned


@moves_money("load run", undo="What the target took is corrected there.")
async def run(
    desk: StaffedDesk, names: Sequence[str] = (), advance: Advance = unheard
) -> list[LoadStatus]:
    """Load all that each route answers for, in sequence, or go on where a load was interrupted.

    Raises `Misconfigured` where there is no such route.
    """
    for route in load.ordered(_routes(desk, names)):

        def seen(count: int, _: int, name: str = route.name) -> None:
            advance(f"Loading {name}", count, 0)

        await load.run(desk.engine, route, seen)
    return await status(desk, names)


@asks("load status", money="shown")
async def status(desk: StaffedDesk, names: Sequence[str] = ()) -> list[LoadStatus]:
    """Say how far the load of each route has come, and whether counts, sums and samples agree.

    Raises `Misconfigured` where there is no such route.
    """
    rows = {row.route: row for row in await loads.every(desk.database)}
    now = desk.clock.now()
    return [
        await _status(desk, route, rows.get(route.name), now)
        for route in load.ordered(_routes(desk, names))
    ]


async def _status(desk: StaffedDesk, route: Route, row: LoadRow | None, now: Instant) -> LoadStatus:
    if row is None:
        return LoadStatus(route.name, "not begun")
    states = await standings.progress(desk.database, route.id)
    standing, arrived = sum(states.values()), states.get(State.CONFIRMED, 0)
    still = (*IN_FLIGHT, *NEEDS_A_PERSON, State.WAITING)
    pending = sum(states.get(state, 0) for state in still)
    agrees = not (row.unaccounted or row.different)
    if row.ended is None:
        state = "listing"
    elif not agrees:
        state = "differs"
    else:
        state = "arriving" if pending else "done"
    return LoadStatus(
        route=route.name, state=state, expected=row.expected,
        money=msgspec.json.decode(row.money, type=dict[str, int]),
        listed=row.listed, standing=standing, arrived=arrived, open=pending,
        unaccounted=row.unaccounted, sampled=row.sampled, different=row.different,
        left_s=_left_s(row.began, row.expected, standing - pending, now),
    )  # fmt: skip


def _left_s(began: datetime, expected: int, done: int, now: Instant) -> float | None:
    """How long the rest takes at the pace until now."""
    passed_s = seconds_between(from_stdlib(began), now)
    return None if done <= 0 else max(0, expected - done) * passed_s / done


def _seconds(desk: StaffedDesk, route: Route, documents: int) -> float | None:
    """How long so many documents last by the target's limit of calls; a load takes half of it."""
    target = desk.house.connections[route.plan.target]
    allowed = limits(target.config.account(target.name), target.connector.manifest)
    rates = [limit.per_s for limit in allowed.values() if limit.shape == "rate" and limit.per_s]
    calls = documents / max(1, route.carries.batch)
    return calls / (_OURS * min(rates)) if rates else None


def _routes(desk: StaffedDesk, names: Sequence[str]) -> list[Route]:
    routes = {route.name: route for route in desk.engine.routes.values()}
    for name in names:
        if name not in routes:
            raise Misconfigured(f"There is no route named {name!r}.", do=near(name, routes))
    return [route for name, route in routes.items() if not names or name in names]
