"""`doctor`: everything that can be checked, each with what was found and what mends it."""

from __future__ import annotations

import shutil
from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, Literal

import msgspec

from counterfoil.config import Config, Several
from counterfoil.surfaces.cli.connection import probe
from counterfoil.surfaces.cli.exits import Exit, code
from counterfoil.surfaces.cli.opening import project, store
from counterfoil.surfaces.cli.person import ago, counted
from counterfoil.surfaces.cli.say import Say, Spoken
from counterfoil.surfaces.listening import listening
from counterfoil.values.clock import from_stdlib, seconds_between
from counterfoil.values.errors import CounterfoilError, Misconfigured, Refuse, Retry

if TYPE_CHECKING:
    from counterfoil.store.postgres import Database
    from counterfoil.store.routes import RouteRow
    from counterfoil.store.tasks import TaskRow

_ROOM = 1024**3  # bytes that should be free
_ALIVE_S = 10.0
_MARKS = {"fine": "ok   ", "note": "note ", "wrong": "WRONG"}
_GRAVEST = (Exit.BROKE, Exit.WRONG, Exit.SIGN_IN, Exit.AWAY, Exit.REFUSED, Exit.DIFFERENCES)


class Finding(msgspec.Struct, frozen=True):
    """One thing that was checked: what was found, what mends it, and the exit code it asks for."""

    what: str
    state: Literal["fine", "note", "wrong"]
    said: str
    do: str = ""
    exit: int = 0


Check = Callable[[], Awaitable[list[Finding]]]


async def doctor(*, offline: bool = False, say: Spoken) -> int:
    """Check everything: configuration, secrets, database, connections, routes, clock, disk.

    Args:
        offline: Call nobody outside this machine.
    """
    found: list[Finding] = []
    try:
        config = project(say)
    except Several as error:
        found += [_wrong("configuration", one) for one in error.found]
    except CounterfoilError as error:
        found.append(_wrong("configuration", error))
    else:
        found += await _examined(say, config, offline=offline)
    say.answer("doctor", found, lambda: _show(say, found))
    asked = {one.exit for one in found}
    return next((exit_ for exit_ in _GRAVEST if exit_ in asked), Exit.DONE)


async def _examined(say: Say, config: Config, *, offline: bool) -> list[Finding]:
    file = config.file
    found = [
        Finding(
            "configuration",
            "fine",
            f"{counted(len(file.connections), 'connection')},"
            f" {counted(len(config.routes), 'route')}.",
        )
    ]
    if not config.routes:
        found.append(
            Finding("routes", "note", "There are no routes yet.", "Write routes/NAME.toml.")
        )
    found += _wired(say, config)
    refused = {one.what for one in found if one.state == "wrong"}
    found += _door(config)
    found += _disk(config)
    try:
        async with store(say) as (_, database):
            found += await _stored(say, config, database)
            for name in file.connections if not offline else ():
                if f"connection {name}" not in refused:
                    found.append(await _connection(say, config, name))
    except CounterfoilError as error:
        found.append(_wrong("database", error))
    return found


def _wired(say: Say, config: Config) -> list[Finding]:
    """What `counterfoil up` would refuse, and what is no more than sketched; nobody is called."""
    from counterfoil.app import check, registry

    refused = check(config, say.clock)
    found = [_wrong(what, error) for what, wrong in refused.items() for error in wrong]
    known = registry()
    for name, one in config.file.connections.items():
        what = f"connection {name}"
        if refused[what]:
            continue
        its = known.get(one.system).manifest
        if its.rung == "sketched":
            found.append(
                Finding(what, "note", f"{its.title} is sketched: {its.rung_source}",
                        "Stay in shadow until what it writes has been looked at.")
            )  # fmt: skip
    return found


def _door(config: Config) -> list[Finding]:
    """Whether the door can listen where it is to; the port may be in use, by `counterfoil up`."""
    web = config.file.web
    try:
        with listening(web.host, web.port):
            return []
    except Misconfigured as error:
        if error.code != "port-taken":
            return [_wrong("door", error)]
        return [
            Finding("door", "note", error.said, "That is in order while `counterfoil up` runs.")
        ]


def _disk(config: Config) -> list[Finding]:
    free = shutil.disk_usage(config.folder).free
    said = f"{free / 1024**3:,.1f} GiB free in {config.folder}."
    if free >= _ROOM:
        return [Finding("disk", "fine", said)]
    return [Finding("disk", "wrong", said, "Make room: the journal only grows.", Exit.DIFFERENCES)]


async def _stored(say: Say, config: Config, database: Database) -> list[Finding]:
    from counterfoil.store import holds, instance, routes, tasks

    size = await instance.size(database)
    said = f"PostgreSQL {size.version} answers, {size.bytes / 2**20:,.1f} MiB."
    found = [Finding("database", "fine", said), await _clock(say, database)]
    found += await _workers(say, database)
    switches = {route.name: route for route in await routes.every(database)}
    listings = {task.route: task for task in await tasks.every(database) if task.task == "listing"}
    for name in config.routes:
        found.append(_route(say, config, name, switches.get(name), listings.get(name)))
    found += await _away(say, database)
    held = sum(count.held for count in await holds.counts(database))
    if held:
        found.append(
            Finding("holds", "wrong", f"{counted(held, 'record')} waiting for a person.",
                    "See `counterfoil hold list`.", Exit.DIFFERENCES)
        )  # fmt: skip
    return found


async def _away(say: Say, database: Database) -> list[Finding]:
    """The connections to which nothing is sent, because they do not answer."""
    from counterfoil.store import breakers

    now = say.clock.now()
    return [
        Finding(
            f"connection {breaker.connection}",
            "wrong",
            f"It is away since {ago(breaker.since, now)}, and what is to be sent there waits:"
            f" {breaker.said}",
            "Look at that system. It is asked again by itself every minute, and everything that"
            " waits goes on when it answers.",
            Exit.AWAY,
        )
        for breaker in await breakers.every(database)
    ]


async def _clock(say: Say, database: Database) -> Finding:
    """The journal's last line cannot be later than now."""
    from counterfoil.store import entries

    last = await entries.last_seen(database)
    now = say.clock.now()
    ahead_s = seconds_between(now, last) if last else 0.0
    if ahead_s <= 1:
        return Finding("clock", "fine", f"{now.format_iso()[:19]} UTC.")
    return Finding(
        "clock",
        "wrong",
        f"This machine's clock is {ahead_s:,.0f} s behind the journal's last line.",
        "Set the clock by a time server.",
        Exit.DIFFERENCES,
    )


async def _workers(say: Say, database: Database) -> list[Finding]:
    from counterfoil.store import workers

    now = say.clock.now()
    alive = [
        worker
        for worker in await workers.every(database)
        if seconds_between(from_stdlib(worker.seen_at), now) < _ALIVE_S
    ]
    if alive:
        return [
            Finding("workers", "fine", f"{counted(len(alive), 'process', 'processes')} at work.")
        ]
    return [Finding("workers", "note", "Nobody is at work.", "Start `counterfoil up`.")]


def _route(
    say: Say, config: Config, name: str, row: RouteRow | None, listing: TaskRow | None
) -> Finding:
    what, now = f"route {name}", say.clock.now()
    if row is None or listing is None:
        return Finding(what, "note", "It has not been listed yet.", "Start `counterfoil up`.")
    said = f"It is {row.switch}; listed up to {ago(listing.mark, now)}."
    if row.switch == "off":
        return Finding(what, "note", f"{said} ({row.why})", f"`counterfoil route on {name}`.")
    late_s = seconds_between(from_stdlib(listing.due), now) if listing.due else 0.0
    if late_s > 2 * config.routes[name].cadence_s:
        return Finding(
            what, "wrong", f"{said} Its next listing is {late_s:,.0f} s late.",
            "Start `counterfoil up`, and read its log.", Exit.DIFFERENCES,
        )  # fmt: skip
    return Finding(what, "fine", said)


async def _connection(say: Say, config: Config, name: str) -> Finding:
    what = f"connection {name}"
    try:
        return Finding(what, "fine", await probe(say, config, name))
    except Refuse as error:  # it answered what we do not know: to us it is away
        return _wrong(what, Retry(error.said, do=error.do, where=error.where, code=error.code))
    except CounterfoilError as error:
        return _wrong(what, error)


def _wrong(what: str, error: CounterfoilError) -> Finding:
    place = f"{error.where}: " if error.where else ""
    return Finding(what, "wrong", f"{place}{error.said}", error.do, code(error))


def _show(say: Say, found: Sequence[Finding]) -> None:
    for one in found:
        say.line(f"{_MARKS[one.state]}  {one.what}: {one.said}")
        if one.do:
            say.line(f"       {one.do}")
