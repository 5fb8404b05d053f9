"""`route`: what moves where, under which promise; and the switch that only a person turns."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from counterfoil.surfaces.cli.leftout import left_out
from counterfoil.surfaces.cli.losses import losses
from counterfoil.surfaces.cli.opening import asker, staffed
from counterfoil.surfaces.cli.say import Say, Spoken
from counterfoil.surfaces.cli.trial import tried
from counterfoil.surfaces.desk import edits as editing
from counterfoil.surfaces.desk import routes
from counterfoil.surfaces.desk.edits import Edits
from counterfoil.surfaces.desk.exits import Exit
from counterfoil.surfaces.desk.figures import ago, amount, counted, iso
from counterfoil.surfaces.desk.opening import Desk, desk
from counterfoil.surfaces.desk.period import moment
from counterfoil.surfaces.desk.routes import RouteState, Standing, Switched
from counterfoil.values.clock import Instant, minute_of
from counterfoil.values.errors import Misconfigured

route = App(
    name="route", help="What moves where: list, try, losses, left-out, run, pause, shadow, on."
)
route.command(left_out, name="left-out")
route.command(losses)

Keys = Annotated[list[str] | None, Parameter(negative=())]


@route.command(name="list")
async def listed(*, say: Spoken) -> None:
    """List the routes: switch, promise, owner, last listing, and what is on its way or waits."""
    async with desk(asker(say)) as opened:
        answer = await routes.listing(opened)

    def show() -> None:
        if not answer:
            say.line("There are no routes yet; routes/NAME.toml declares one.")
            return
        heads = ("route", "from", "to", "switch", "mode", "promised", "owner", "listed", "moving")
        now = say.clock.now()
        say.table((*heads, "waiting"), [_line(state, now) for state in answer])
        for state in answer:
            for wait in state.awaited:
                say.line(f"{state.name}: {wait}")

    say.answer("route-list", answer, show)


@route.command
async def run(name: str, /, *, initial: bool = False, since: str = "", say: Spoken) -> None:
    """List the source now, whatever the interval; with --initial, everything that it has.

    Args:
        name: The route.
        initial: Ask for everything at once, behind live traffic.
        since: With --initial: only what was created since then, a day of UTC or a moment.
    """
    if since and not initial:
        raise Misconfigured(
            "--since says how far back an initial load goes, and none was asked for.",
            do="Add --initial, or leave --since out: a listing goes on from its own mark.",
            where="--since",
        )
    start = moment(since, "--since") if since else None
    async with staffed(say) as opened:
        with say.progress() as advance:
            if initial:
                answer = await routes.run_initial(opened, name, start, advance)
            else:
                answer = await routes.run(opened, name, advance)
    new = f"{counted(answer.new, 'document')} that were not here yet."
    say.answer("route-run", answer, lambda: say.line(new if answer.new else "Nothing new."))


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
    await tried(say, name, files, key or (), after=after)


@route.command
async def edits(name: str, /, *, say: Spoken) -> int:
    """Read back all that a route's target holds, and tell what is other there than it was sent.

    Args:
        name: The route.
    """
    async with staffed(say) as opened:
        answer = await editing.edits(opened, name)
    say.answer("route-edits", answer, lambda: _show_edits(say, answer))
    return Exit.DIFFERENCES if answer.edits else Exit.DONE


@route.command
async def pause(name: str, /, *, reason: str, say: Spoken) -> None:
    """Switch a route off: nothing of it moves; what arrives is kept.

    Args:
        name: The route.
        reason: Why; it stands in the route's history.
    """
    await _switch(say, routes.pause, name, reason)


@route.command
async def shadow(name: str, /, *, reason: str, say: Spoken) -> None:
    """Do everything but the write.

    Args:
        name: The route.
        reason: Why; it stands in the route's history.
    """
    await _switch(say, routes.shadow, name, reason)


@route.command
async def on(name: str, /, *, reason: str, say: Spoken) -> None:
    """Switch a route on; what waited in shadow is sent.

    Args:
        name: The route.
        reason: Why; it stands in the route's history.
    """
    await _switch(say, routes.on, name, reason)


Turn = Callable[[Desk, str, str], Awaitable[Switched]]


async def _switch(say: Say, turn: Turn, name: str, reason: str) -> None:
    routes.check_reason(reason)
    async with desk(asker(say)) as opened:
        answer = await turn(opened, name, reason)
    woken = counted(answer.woken_pages, "page")
    sentence = {
        "off": f"{name} is off. What arrives is kept, and nothing moves until you switch it on.",
        "shadow": f"{name} is in shadow: everything is done but the write.",
        "on": f"{name} is on. {woken} that waited in shadow will be sent.",
    }[answer.switch]
    say.answer("route-switch", answer, lambda: say.line(sentence))


def _line(state: RouteState, now: Instant) -> tuple[str, ...]:
    return (
        state.name,
        state.source,
        state.target,
        state.switch,
        state.mode,
        f"{state.promised_s:g} s",
        state.owner,
        _listed(state, now),
        _standing(state.in_flight),
        _standing(state.held),
    )


def _listed(state: RouteState, now: Instant) -> str:
    """When a listing last ended, and the newest change that any has seen: two moments."""
    when, newest = ago(state.listed_at, now), state.last_listing
    if newest is None:
        return when
    return f"{when}, changes up to {minute_of(newest)}"


def _standing(standing: Standing) -> str:
    return f"{standing.count:,} ({amount(standing.money)})" if standing.count else "none"


def _show_edits(say: Say, answer: Edits) -> None:
    if not answer.edits:
        say.line("Nothing was changed there since it was confirmed.")
    for edit in answer.edits:
        what = "it is not there any more" if edit.gone else _fields(edit.fields)
        say.line(f"{edit.number} (record {edit.record}): {what}")
    if answer.edits:
        say.line(f"{answer.owner} is asked; the next version meets what [on_edit] says.")
    for flag in answer.flagged:
        what = "it was not there any more" if "gone" in flag.fields else _fields(flag.fields)
        say.line(f"{iso(flag.at)} written over, {flag.number} (record {flag.record}): {what}")


def _fields(fields: Mapping[str, object]) -> str:
    """What differs; of a person's fields the names only."""
    masked = fields.get("differs_masked")
    return f"{fields.get('differs')}" + (f", and {masked}" if masked else "")
