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
from counterfoil.store import loads, people, standings
from counterfoil.store.loads import LoadRow
from counterfoil.surfaces.desk.acts import Advance, asks, changes, moves_money, unheard
from counterfoil.surfaces.desk.figures import instant_of
from counterfoil.surfaces.desk.opening import StaffedDesk
from counterfoil.surfaces.desk.users import checked
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
    about how many seconds it still takes, by how it went until now. `signed_by` is who signed what
    was found, and `signed_why` why where it differs: until then its listings wait.
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
    signed_by: str = ""
    signed_at: Instant | None = None
    signed_why: str = ""


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
    desk: StaffedDesk, names: Sequence[str] = (), advance: Advance = unheard, signer: str = ""
) -> list[LoadStatus]:
    """Load all that each route answers for, in sequence, or go on where a load was interrupted.

    Where counts, sums and the sample agree, that is signed by who asks, or by the `signer`; whom
    the duties do not know signs nothing. Raises `Misconfigured` where there is no such route, or
    nobody of the signer's name.
    """
    by = await _signer(desk, signer)
    for route in load.ordered(_routes(desk, names)):

        def seen(count: int, _: int, name: str = route.name) -> None:
            advance(f"Loading {name}", count, 0)

        await load.run(desk.engine, route, seen, by)
    return await status(desk, names)


@changes("load sign", undo="It stays signed; `route pause` stops the listings.", reversible=False)
async def sign(
    desk: StaffedDesk, names: Sequence[str], why: str = "", signer: str = ""
) -> list[LoadStatus]:
    """Sign what the load of each route came to, in your own name or the signer's: listings go on.

    Raises `Misconfigured` where there is no such route or nobody of the name, and `Refuse` where a
    load is not over, is signed already, or differs and nobody says why that is borne.
    """
    by = await _signer(desk, signer)
    if not by:
        raise _nobody(desk, desk.person)
    for route in load.ordered(_routes(desk, names)):
        await load.sign(desk.engine, route, by, why)
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
    if row.ended is None:
        state = "listing"
    elif not load.agrees(row) and row.signed_at is None:
        state = "differs"
    else:
        state = "arriving" if pending else "done"
    return LoadStatus(
        route=route.name, state=state, expected=row.expected,
        money=msgspec.json.decode(row.money, type=dict[str, int]),
        listed=row.listed, standing=standing, arrived=arrived, open=pending,
        unaccounted=row.unaccounted, sampled=row.sampled, different=row.different,
        left_s=_left_s(row.began, row.expected, standing - pending, now),
        signed_by=row.signed_by, signed_at=instant_of(row.signed_at), signed_why=row.signed_why,
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


async def _signer(desk: StaffedDesk, name: str) -> str:
    """Who signs: somebody who is named, else who asks; "" where duties name people and they are
    none of them. Raises `Misconfigured` where who is named is nobody here, or it is no name."""
    name = checked(name) if name else ""
    dutiful = desk.config.file.duties.people.keys()
    users = {row.name for row in await people.every(desk.database)}
    if name and (dutiful or users) and name not in dutiful | users:
        raise _nobody(desk, name)
    if not name and dutiful and desk.person not in dutiful | users:
        return ""
    return name or desk.person


def _nobody(desk: StaffedDesk, name: str) -> Misconfigured:
    return Misconfigured(
        f"{name[:60]!r} is nobody here, and so cannot sign.",
        do=f"{near(name, desk.config.file.duties.people)} Name somebody with --as; people stand in"
        " duties.toml, or are added with `counterfoil user add`.",
        where="--as",
    )


def _routes(desk: StaffedDesk, names: Sequence[str]) -> list[Route]:
    routes = {route.name: route for route in desk.engine.routes.values()}
    for name in names:
        if name not in routes:
            raise Misconfigured(f"There is no route named {name!r}.", do=near(name, routes))
    return [route for name, route in routes.items() if not names or name in names]
