"""Checks: everything that can be checked, each with what was found and what mends it."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from typing import Literal

import msgspec

from counterfoil.app import check, owners_of, registry
from counterfoil.config import Config, Several
from counterfoil.flows.route import Plan
from counterfoil.govern.gap import Gap
from counterfoil.govern.ownership import Way, gaps
from counterfoil.kit.mark import shown
from counterfoil.kit.setup import called
from counterfoil.store import (
    breakers,
    entries,
    holds,
    instance,
    kept_beside,
    keys,
    routes,
    tasks,
    workers,
)  # fmt: skip
from counterfoil.store.postgres import Database
from counterfoil.store.routes import RouteRow
from counterfoil.store.tasks import TaskRow
from counterfoil.surfaces.desk import releases
from counterfoil.surfaces.desk.acts import asks
from counterfoil.surfaces.desk.connections import test
from counterfoil.surfaces.desk.duties import uncovered
from counterfoil.surfaces.desk.exits import Exit, code
from counterfoil.surfaces.desk.figures import ago, counted, instant_of
from counterfoil.surfaces.desk.opening import Asker, Desk, desk
from counterfoil.surfaces.desk.releases import Release
from counterfoil.surfaces.listening import listening
from counterfoil.values.clock import Instant, from_stdlib, seconds_between
from counterfoil.values.errors import CounterfoilError, Misconfigured, Refuse, Retry

_ROOM = 1024**3  # bytes that should be free
_ALIVE_S = 10.0


class Finding(msgspec.Struct, frozen=True):
    """One thing that was checked: what was found, what mends it, and the exit code it asks for."""

    what: str
    state: Literal["fine", "note", "wrong"]
    said: str
    do: str = ""
    exit: int = 0


@asks("doctor", money="shown")
async def findings(read: Callable[[], Asker], *, offline: bool) -> list[Finding]:
    """Check everything: configuration, secrets, database, connections, routes, clock, disk.

    `read` reads the configuration, and may raise what is wrong with it. With `offline` nobody
    outside this machine is called.
    """
    try:
        asker = read()
    except Several as error:
        return [_wrong("configuration", problem) for problem in error.found]
    except CounterfoilError as error:
        return [_wrong("configuration", error)]
    return await _examined(asker, offline=offline)


async def _examined(asker: Asker, *, offline: bool) -> list[Finding]:
    config = asker.config
    file = config.file
    findings = [
        Finding(
            "configuration",
            "fine",
            f"{counted(len(file.connections), 'connection')},"
            f" {counted(len(config.routes), 'route')}.",
        )
    ]
    if not config.routes:
        findings.append(
            Finding("routes", "note", "There are no routes yet.", "Write routes/NAME.toml.")
        )
    findings += _wired(asker)
    refused = {finding.what for finding in findings if finding.state == "wrong"}
    findings += _owned(config)
    findings += _dutiful(config)
    findings += _door(config)
    findings += _disk(config)
    try:
        async with desk(asker) as opened:
            findings += await _stored(opened)
            for name in file.connections if not offline else ():
                if f"connection {name}" not in refused:
                    findings.append(await _connection(asker, name))
    except CounterfoilError as error:
        findings.append(_wrong("database", error))
    return _with_scopes(config, findings)


def _with_scopes(config: Config, findings: Sequence[Finding]) -> list[Finding]:
    """The findings, each connection called by the part of its system that it is of too."""
    systems = registry()
    named = {
        f"connection {name}": f"connection {called(connection.account(name), connector.manifest)}"
        for name, connection in config.file.connections.items()
        if (connector := systems.known(connection.system)) is not None
    }
    return [
        msgspec.structs.replace(finding, what=named.get(finding.what, finding.what))
        for finding in findings
    ]


def _wired(asker: Asker) -> list[Finding]:
    """What `counterfoil up` would refuse, and what is no more than sketched; nobody is called."""
    refused = check(asker.config, asker.clock)
    findings = [_wrong(what, error) for what, wrong in refused.items() for error in wrong]
    connectors = registry()
    for name, connection in asker.config.file.connections.items():
        what = f"connection {name}"
        if refused[what]:
            continue
        manifest = connectors.get(connection.system).manifest
        if manifest.rung == "sketched":
            findings.append(
                Finding(what, "note", f"{manifest.title} is sketched: {manifest.rung_source}",
                        "Stay in shadow until what it writes has been looked at.")
            )  # fmt: skip
    return findings


def _owned(config: Config) -> list[Finding]:
    """What nobody masters, or two routes write."""
    ways = [
        Way(name, plan.document, plan.source, plan.target, _apart(config, plan))
        for name, plan in config.routes.items()
    ]
    try:
        found_gaps = [*gaps(owners_of(config), ways)]
    except Misconfigured as error:
        return [_wrong("ownership", error)]
    return [_gap(config, "ownership", gap) for gap in found_gaps]


def _apart(config: Config, plan: Plan) -> str:
    """What sets the documents of a route apart at their target from those of others: a prefix, or
    that their source's vendor gives no identity twice."""
    source = config.file.connections.get(plan.source)
    connector = registry().known(source.system) if source is not None else None
    by_vendor = connector is not None and connector.manifest.keys == "vendor"
    return plan.reference_prefix or (plan.source if by_vendor else "")


def _dutiful(config: Config) -> list[Finding]:
    """What is nobody's duty, or two people's."""
    return [_gap(config, "duties", gap) for gap in uncovered(config)]


def _gap(config: Config, what: str, gap: Gap) -> Finding:
    """A gap, with the line that it stands on."""
    origin = config.settled.get((what, *gap.place)) if gap.place else None
    place = f"{origin}: " if origin is not None else ""
    sentence = f"{place}{gap.sentence}"
    if gap.harmless:
        return Finding(what, "note", sentence, gap.do)
    return Finding(what, "wrong", sentence, gap.do, Exit.WRONG)


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
    sentence = f"{free / 1024**3:,.1f} GiB free in {config.folder}."
    if free >= _ROOM:
        return [Finding("disk", "fine", sentence)]
    return [
        Finding("disk", "wrong", sentence, "Make room: the journal only grows.", Exit.DIFFERENCES)
    ]


async def _stored(desk_: Desk) -> list[Finding]:
    database, now = desk_.database, desk_.clock.now()
    size = await instance.size(database)
    sentence = f"PostgreSQL {size.version} answers, {size.bytes / 2**20:,.1f} MiB."
    findings = [Finding("database", "fine", sentence), await _clock(database, now)]
    findings += await _workers(database, now)
    findings.append(await _key(desk_))
    switches = {route.name: route for route in await routes.every(database)}
    listings = {task.route: task for task in await tasks.every(database) if task.task == "listing"}
    for name, plan in desk_.config.routes.items():
        findings.append(_route(name, plan, switches.get(name), listings.get(name), now))
    findings += _release(desk_, await releases.releases(desk_))
    findings += await _away(database, now)
    waiting = sum(count.records for count in await holds.counts(database))
    if waiting:
        findings.append(
            Finding("holds", "wrong", f"{counted(waiting, 'record')} waiting for a person.",
                    "See `counterfoil hold list`.", Exit.DIFFERENCES)
        )  # fmt: skip
    return findings


async def _key(desk_: Desk) -> Finding:
    """Where the master key lies, and that it belongs to this database."""
    file = desk_.config.key_file
    if not file.exists() and not await keys.made(desk_.database):
        return Finding(
            "key", "note", f"{file} is not there yet.", "The first `counterfoil up` makes it."
        )
    try:
        await keys.keys(desk_.database, file, desk_.clock)
    except Misconfigured as error:
        return _wrong("key", error)
    sentence = f"{file} is the one of this database."
    beside = kept_beside.place(file).name
    do = f"Keep a copy of it and of {beside} where your backups are, but not in them."
    return Finding("key", "fine", sentence, do)


async def _away(database: Database, now: Instant) -> list[Finding]:
    """The connections to which nothing is sent, because they do not answer."""
    return [
        Finding(
            f"connection {breaker.connection}",
            "wrong",
            f"It is away since {ago(instant_of(breaker.since), now)}, and what is to be sent there"
            f" waits: {breaker.said}",
            "Look at that system. It is asked again by itself every minute, and everything that"
            " waits goes on when it answers.",
            Exit.AWAY,
        )
        for breaker in await breakers.every(database)
    ]


async def _clock(database: Database, now: Instant) -> Finding:
    """The journal's last line cannot be later than now."""
    last = await entries.last_seen(database)
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


async def _workers(database: Database, now: Instant) -> list[Finding]:
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


def _release(desk_: Desk, known: Sequence[Release]) -> list[Finding]:
    """Whether what the folder says is what its routes stand at."""
    folder = desk_.config.routes.keys()
    standing = [release for release in known if not folder.isdisjoint(release.routes)]
    if all(release.of_folder for release in standing):
        return []
    numbers = " and ".join(str(release.number) for release in standing if not release.of_folder)
    return [
        Finding(
            "configuration",
            "note",
            f"{desk_.config.folder} says something else than release {numbers}, which is in force.",
            "Start `counterfoil up` and each worker again. See `counterfoil config releases`.",
        )
    ]


def _route(
    name: str, plan: Plan, row: RouteRow | None, listing: TaskRow | None, now: Instant
) -> Finding:
    what = f"route {name}"
    if row is None or listing is None:
        return Finding(what, "note", "It has not been listed yet.", "Start `counterfoil up`.")
    moment, mark = shown(listing.mark), listing.mark
    upto = ago(moment, now) if moment or mark is None else f"the mark {mark[:40]}"
    sentence = f"It is {row.switch}; listed up to {upto}."
    if row.switch == "off":
        return Finding(what, "note", f"{sentence} ({row.why})", f"`counterfoil route on {name}`.")
    late_s = seconds_between(from_stdlib(listing.due), now) if listing.due else 0.0
    if late_s > 2 * plan.cadence_s:
        return Finding(
            what, "wrong", f"{sentence} Its next listing is {late_s:,.0f} s late.",
            "Start `counterfoil up`, and read its log.", Exit.DIFFERENCES,
        )  # fmt: skip
    return Finding(what, "fine", sentence)


async def _connection(asker: Asker, name: str) -> Finding:
    what = f"connection {name}"
    try:
        return Finding(what, "fine", (await test(asker, name)).said)
    except Refuse as error:  # it answered what we do not know: to us it is away
        return _wrong(what, Retry(error.said, do=error.do, where=error.where, code=error.code))
    except CounterfoilError as error:
        return _wrong(what, error)


def _wrong(what: str, error: CounterfoilError) -> Finding:
    place = f"{error.where}: " if error.where else ""
    return Finding(what, "wrong", f"{place}{error.said}", error.do, code(error))
