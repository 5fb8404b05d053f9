"""`route`: what moves where, under which promise; and the switch that only a person turns."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import msgspec
from cyclopts import App, Parameter

from counterfoil.flows.route import Plan, Switch
from counterfoil.flows.switch import turn
from counterfoil.surfaces.cli.leftout import left_out
from counterfoil.surfaces.cli.losses import losses
from counterfoil.surfaces.cli.opening import house, store
from counterfoil.surfaces.cli.period import moment
from counterfoil.surfaces.cli.person import ago, amount, counted, iso, sums, who
from counterfoil.surfaces.cli.say import Say, Spoken
from counterfoil.values.errors import Misconfigured
from counterfoil.values.money import Money
from counterfoil.values.nearest import near

if TYPE_CHECKING:
    from collections.abc import Sequence

    from counterfoil.store.routes import RouteRow
    from counterfoil.store.standings import RouteStanding
    from counterfoil.store.tasks import TaskRow

route = App(
    name="route", help="What moves where: list, try, losses, left-out, run, pause, shadow, on."
)
route.command(left_out, name="left-out")
route.command(losses)

Keys = Annotated[list[str] | None, Parameter(negative=())]

_MOVING = frozenset({1, 2, 3})
_WAITING = frozenset({6, 7, 8})


class Standing(msgspec.Struct, frozen=True):
    """How many documents, and their money by currency."""

    count: int
    money: tuple[Money, ...]


class Known(msgspec.Struct, frozen=True):
    """One route: its ends, its promise, its switch, and what is on its way or waits.

    Times are ISO 8601. `listed_at` is when a listing last came to its end, `last_listing` the
    newest change at the source that it has seen.
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
    last_listing: str | None
    next_listing: str | None
    in_flight: Standing
    held: Standing
    listed_at: str | None = None


@route.command(name="list")
async def listed(*, say: Spoken) -> None:
    """List the routes: switch, promise, owner, last listing, and what is on its way or waits."""
    from counterfoil.store import routes, standings, tasks

    async with store(say) as (config, database):
        rows = {row.name: row for row in await routes.every(database)}
        marks = {(task.route, task.task): task for task in await tasks.every(database)}
        standing = await standings.by_route(database)
    found = [
        _known(name, plan, rows.get(name), marks, standing) for name, plan in config.routes.items()
    ]

    def show() -> None:
        if not found:
            say.line("There are no routes yet; routes/NAME.toml declares one.")
            return
        heads = ("route", "from", "to", "switch", "mode", "promised", "owner", "listed", "moving")
        lines = [_line(one, marks, say) for one in found]
        say.table((*heads, "waiting"), lines)

    say.answer("route-list", found, show)


@route.command
async def run(name: str, /, *, initial: bool = False, since: str = "", say: Spoken) -> None:
    """List the source now, whatever the interval; with --initial, everything that it has.

    Args:
        name: The route.
        initial: Ask for everything at once, behind live traffic.
        since: With --initial: only what was created since then, a day of UTC or a moment.
    """
    from counterfoil.flows import load

    if since and not initial:
        raise Misconfigured(
            "--since says how far back an initial load goes, and none was asked for.",
            do="Add --initial, or leave --since out: a listing goes on from its own mark.",
            where="--since",
        )
    start = moment(since, "--since") if since else None
    async with house(say) as opened:
        engine = opened.engine
        names = {one.name: one for one in engine.routes.values()}
        if name not in names:
            raise _unknown(name, names)
        with say.progress() as advance:
            if initial:
                new = await load.initial(
                    engine, names[name], start, lambda seen, _: advance("Listed", seen, 0)
                )
            else:
                advance("Listing", 0, 0)
                new = await load.listing_now(engine, names[name])
    said = f"{counted(new, 'document')} that were not here yet." if new else "Nothing new."
    say.answer("route-run", {"route": name, "new": new}, lambda: say.line(said))


@route.command(name="try")
async def try_(
    name: str, /, *files: Path, key: Keys = None, after: bool = False, say: Spoken
) -> None:
    """Say what bodies from files would become on a route; nothing is written, nobody is called.

    Args:
        name: The route.
        files: Messages or answers of the source, each in a file of its own.
        key: Ask the source for this document instead, by the source's own identity.
        after: Two files: what the second would do once the first was sent.
    """
    from counterfoil.surfaces.cli.trial import trial

    await trial(say, name, files, key or (), after=after)


@route.command
async def pause(name: str, /, *, reason: str, say: Spoken) -> None:
    """Switch a route off: nothing of it moves; what arrives is kept.

    Args:
        name: The route.
        reason: Why; it stands in the route's history.
    """
    await _switch(say, name, "off", reason)


@route.command
async def shadow(name: str, /, *, reason: str, say: Spoken) -> None:
    """Do everything but the write.

    Args:
        name: The route.
        reason: Why; it stands in the route's history.
    """
    await _switch(say, name, "shadow", reason)


@route.command
async def on(name: str, /, *, reason: str, say: Spoken) -> None:
    """Switch a route on; what waited in shadow is sent.

    Args:
        name: The route.
        reason: Why; it stands in the route's history.
    """
    await _switch(say, name, "on", reason)


async def _switch(say: Say, name: str, switch: Switch, reason: str) -> None:
    if not reason.strip():
        raise Misconfigured("A switch is turned with a reason.", do="Say why with --reason.")
    from counterfoil.store import routes

    at = say.clock.now()
    async with store(say) as (config, database):
        if name not in config.routes:
            raise _unknown(name, config.routes)
        await routes.add(database, name, config.routes[name].switch, at)
        woken = await turn(database, name, switch, at, who(), reason)
    said = {
        "off": f"{name} is off. What arrives is kept, and nothing moves until you switch it on.",
        "shadow": f"{name} is in shadow: everything is done but the write.",
        "on": f"{name} is on. {counted(woken, 'page')} that waited in shadow will be sent.",
    }[switch]
    data = {"route": name, "switch": switch, "why": reason, "woken_pages": woken}
    say.answer("route-switch", data, lambda: say.line(said))


Marks = dict[tuple[str, str], "TaskRow"]
"""How far each task has come, by route and task."""


def _known(
    name: str, plan: Plan, row: RouteRow | None, marks: Marks, standing: Sequence[RouteStanding]
) -> Known:
    mark, ended = marks.get((name, "listing")), marks.get((name, "listed"))
    return Known(
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
        last_listing=iso(mark.mark) if mark else None,
        next_listing=iso(mark.due) if mark else None,
        in_flight=_standing([one for one in standing if one.route == name], _MOVING),
        held=_standing([one for one in standing if one.route == name], _WAITING),
        listed_at=iso(ended.mark) if ended else None,
    )


def _standing(rows: Sequence[RouteStanding], states: frozenset[int]) -> Standing:
    mine = [row for row in rows if row.state in states]
    money = [Money(row.minor, row.currency) for row in mine if row.currency]
    return Standing(sum(row.documents for row in mine), tuple(sums(money)))


def _line(one: Known, marks: Marks, say: Say) -> tuple[str, ...]:
    return (
        one.name,
        one.source,
        one.target,
        one.switch,
        one.mode,
        f"{one.promised_s:g} s",
        one.owner,
        _listed(one, marks, say),
        _said(one.in_flight),
        _said(one.held),
    )


def _listed(one: Known, marks: Marks, say: Say) -> str:
    """When a listing last ended, and the newest change that any has seen: two moments."""
    mark, ended = marks.get((one.name, "listing")), marks.get((one.name, "listed"))
    when = ago(ended.mark if ended else None, say.clock.now())
    upto = mark.mark if mark else None
    return f"{when}, changes up to {upto:%Y-%m-%d %H:%M} UTC" if upto is not None else when


def _said(standing: Standing) -> str:
    return f"{standing.count:,} ({amount(standing.money)})" if standing.count else "none"


def _unknown(name: str, known: Any) -> Misconfigured:
    return Misconfigured(f"There is no route named {name!r}.", do=near(name, known))
