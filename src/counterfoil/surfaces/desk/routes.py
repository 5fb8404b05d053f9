"""Routes: what moves where, under which promise; and the switch that only a person turns."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import msgspec

from counterfoil.flows import load
from counterfoil.flows.route import Plan, Switch
from counterfoil.flows.switch import turn
from counterfoil.kit.mark import shown
from counterfoil.store import routes as store
from counterfoil.store import standings, tasks
from counterfoil.store.postgres import Database
from counterfoil.store.routes import RouteRow
from counterfoil.store.standings import RouteStanding
from counterfoil.store.tasks import TaskRow
from counterfoil.surfaces.desk.acts import Advance, asks, changes, moves_money, unheard
from counterfoil.surfaces.desk.awaited import Awaited, awaited
from counterfoil.surfaces.desk.figures import instant_of, sums
from counterfoil.surfaces.desk.opening import Desk, StaffedDesk
from counterfoil.values.clock import Instant, from_stdlib
from counterfoil.values.errors import Misconfigured
from counterfoil.values.money import Money
from counterfoil.values.nearest import near

_SWITCHES: Mapping[str, Switch] = {"on": "on", "shadow": "shadow", "off": "off"}
_MOVING = frozenset({1, 2, 3})
_WAITING = frozenset({6, 7, 8})


class Standing(msgspec.Struct, frozen=True):
    """How many documents, and their money by currency."""

    count: int
    money: tuple[Money, ...]


class RouteState(msgspec.Struct, frozen=True):
    """One route: its ends, its promise, its switch, and what is on its way or waits.

    `listed_at` is when a listing last came to its end, `last_listing` the newest change at the
    source that it has seen (null where the source's own marks tell no time). `awaited` says for
    which other documents some wait.
    """

    name: str
    document: str
    source: str
    target: str
    owner: str
    mode: str
    promised_s: float
    switch: str
    switched_by: str
    why: str
    last_listing: Instant | None
    next_listing: Instant | None
    in_flight: Standing
    held: Standing
    listed_at: Instant | None = None
    awaited: tuple[Awaited, ...] = ()


class SwitchState(msgspec.Struct, frozen=True):
    """How a route's switch stands: since when, by whom and why."""

    route: str
    switch: Switch
    moment: Instant
    by: str
    why: str


class Listed(msgspec.Struct, frozen=True):
    """How many documents a listing brought that were not here yet."""

    route: str
    new: int


class Switched(msgspec.Struct, frozen=True):
    """Where a route stands now, why, and how many pages that rested in shadow are woken."""

    route: str
    switch: Switch
    why: str
    woken_pages: int


@asks("route list", money="shown")
async def listing(desk: Desk) -> list[RouteState]:
    """List the routes: switch, promise, owner, last listing, and what is on its way or waits."""
    rows = {row.name: row for row in await store.every(desk.database)}
    marks = {(task.route, task.task): task for task in await tasks.every(desk.database)}
    counts = await standings.by_route(desk.database)
    states = [
        _state(name, plan, rows.get(name), marks, counts)
        for name, plan in desk.config.routes.items()
    ]
    waits = await awaited(desk)
    return [
        msgspec.structs.replace(
            state, awaited=tuple(wait for wait in waits if wait.route == state.name)
        )
        for state in states
    ]


@asks("route switch")
async def switch(desk: Desk, name: str) -> SwitchState:
    """Show how a route's switch stands, and who turned it.

    Raises `Misconfigured` where there is no such route.
    """
    rows = await store.every(desk.database)
    for row in rows:
        if row.name == name:
            moment = from_stdlib(row.switched_at)
            return SwitchState(name, _SWITCHES[row.switch], moment, row.switched_by, row.why)
    raise unknown(name, [row.name for row in rows])


@moves_money("route run", undo="What the target took is corrected there.")
async def run(desk: StaffedDesk, name: str, advance: Advance = unheard) -> Listed:
    """List the source of a route now, whatever the interval; what is new goes on its way.

    Raises `Misconfigured` where there is no such route.
    """
    route = _route(desk, name)
    advance("Listing", 0, 0)
    return Listed(name, await load.listing_now(desk.engine, route))


@moves_money("route run initial", undo="What the target took is corrected there.")
async def run_initial(
    desk: StaffedDesk, name: str, start: Instant | None, advance: Advance = unheard
) -> Listed:
    """Ask the source of a route for all that was created from `start` on, behind live traffic.

    Raises `Misconfigured` where there is no such route.
    """
    route = _route(desk, name)

    def seen(count: int, _: int) -> None:
        advance("Listed", count, 0)

    return Listed(name, await load.initial(desk.engine, route, start, seen))


@changes("route pause", reversible=True, undo="`route on` or `route shadow`; what arrived is kept.")
async def pause(desk: Desk, name: str, why: str) -> Switched:
    """Switch a route off: nothing of it moves; what arrives is kept.

    Raises `Misconfigured` where there is no such route, or no reason.
    """
    return await _turned(desk, name, "off", why)


@changes("route shadow", reversible=True, undo="`route on` or `route pause`.")
async def shadow(desk: Desk, name: str, why: str) -> Switched:
    """Do everything of a route but the write.

    Raises `Misconfigured` where there is no such route, or no reason.
    """
    return await _turned(desk, name, "shadow", why)


@moves_money("route on", undo="`route pause` stops it; what has left is corrected at the target.")
async def on(desk: Desk, name: str, why: str) -> Switched:
    """Switch a route on; what waited in shadow is sent.

    Raises `Misconfigured` where there is no such route, or no reason, and `Refuse` where the
    source has not been counted since the database was restored.
    """
    return await _turned(desk, name, "on", why)


async def check_route(database: Database, name: str | None) -> None:
    """Raise `Misconfigured` where `name` names no route that the journal knows."""
    names = [route.name for route in await store.every(database)]
    if name is not None and name not in names:
        raise unknown(name, names)


def check_reason(why: str) -> None:
    """Raise `Misconfigured` where `why` says nothing."""
    if not why.strip():
        raise Misconfigured("A switch is turned with a reason.", do="Say why with --reason.")


def unknown(name: str, names: Iterable[str]) -> Misconfigured:
    """The error that no route is named so."""
    return Misconfigured(f"There is no route named {name!r}.", do=near(name, names))


async def _turned(desk: Desk, name: str, switch: Switch, why: str) -> Switched:
    check_reason(why)
    moment = desk.clock.now()
    if name not in desk.config.routes:
        raise unknown(name, desk.config.routes)
    await store.add(desk.database, name, desk.config.routes[name].switch, moment)
    woken = await turn(desk.database, name, switch, moment, desk.person, why)
    return Switched(name, switch, why, woken)


Marks = Mapping[tuple[str, str], TaskRow]
"""How far each task has come, by route and task."""


def _state(
    name: str, plan: Plan, row: RouteRow | None, marks: Marks, counts: Sequence[RouteStanding]
) -> RouteState:
    mark, ended = marks.get((name, "listing")), marks.get((name, "listed"))
    rows = [count for count in counts if count.route == name]
    return RouteState(
        name=name,
        document=plan.document,
        source=plan.source,
        target=plan.target,
        owner=plan.owner,
        mode=plan.mode,
        promised_s=plan.latency_s,
        switch=row.switch if row else plan.switch,
        switched_by=row.switched_by if row else "configuration",
        why=row.why if row else "not started yet",
        last_listing=shown(mark.mark) if mark else None,
        next_listing=instant_of(mark.due) if mark else None,
        in_flight=_standing(rows, _MOVING),
        held=_standing(rows, _WAITING),
        listed_at=instant_of(ended.noted) if ended else None,
    )


def _standing(rows: Sequence[RouteStanding], states: frozenset[int]) -> Standing:
    within = [row for row in rows if row.state in states]
    money = [Money(row.minor, row.currency) for row in within if row.currency]
    return Standing(sum(row.documents for row in within), tuple(sums(money)))


def _route(desk: StaffedDesk, name: str) -> load.Route:
    routes = {route.name: route for route in desk.engine.routes.values()}
    if name not in routes:
        raise unknown(name, routes)
    return routes[name]
