"""The one wiring file: chooses database, clock, queue and connectors, and introduces them."""

from __future__ import annotations

import math
import os
import random
import secrets
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import msgspec

from counterfoil.config import Config, Connection
from counterfoil.config.fit import near
from counterfoil.connectors import orderwise, shopify
from counterfoil.flows.engine import Engine
from counterfoil.flows.queue import PgQueue, Queue
from counterfoil.flows.route import Plan, Route
from counterfoil.kit.connector import Connector, Opening, Session, Source, Target
from counterfoil.kit.manifest import Limit
from counterfoil.kit.nowhere import NoBook, Nowhere
from counterfoil.kit.registry import Registry
from counterfoil.kit.sockets import Sockets
from counterfoil.kit.throttle import PATIENT, UNHURRIED, Book, Throttle
from counterfoil.kit.transport import Transport, Wire
from counterfoil.mapping.valuemap import ValueMap
from counterfoil.store import schema
from counterfoil.store.limits import Limits
from counterfoil.store.postgres import Database
from counterfoil.store.sequence import Sequence
from counterfoil.store.server import Server
from counterfoil.values.clock import Clock, Instant, SystemClock, instant
from counterfoil.values.errors import Hold, Misconfigured, SignIn


def registry() -> Registry:
    """Every connector that this house ships, and those that other packages offer."""
    return Registry([shopify.CONNECTOR, orderwise.CONNECTOR])


@dataclass(frozen=True)
class Connected:
    """A connection that is open: who it is, what it can do, and its number in the store."""

    id: int
    name: str
    config: Connection
    connector: Connector
    session: Session
    secret: dict[str, str] = field(default_factory=dict[str, str], repr=False)


@dataclass
class House:
    """The whole house, wired."""

    config: Config
    engine: Engine
    connections: dict[str, Connected]
    wire: Wire
    server: Server
    started: bool

    async def close(self) -> None:
        """Let everything go that this process opened, and stop the server if it started it."""
        await self.wire.close()
        await self.engine.database.close()
        if self.started:
            await self.server.stop()


async def connect(config: Config) -> tuple[Database, Server, bool]:
    """The estate's database: DATABASE_URL, else our own private server beside the project.

    The last member says whether this call had to start it.
    """
    server = Server.at(config.state)
    started = not await server.alive()
    await server.ensure()
    return await Database.open(server.dsn), server, started


async def build(
    config: Config,
    *,
    clock: Clock | None = None,
    chance: random.Random | None = None,
    queue: Queue | None = None,
    wire: Wire | None = None,
    role: str = "worker",
) -> House:
    """Open the database, bring its schema up to date, and open every connection and route.

    Raises `Misconfigured` for what the configuration gets wrong, `Retry` where the database is
    away. Nothing is called at any vendor.
    """
    clock = clock or SystemClock()
    database, server, started = await connect(config)
    await schema.upgrade(database, clock)
    house = await furnish(
        config,
        database,
        server,
        clock=clock,
        chance=chance or random.Random(secrets.randbits(64)),
        queue=queue or PgQueue(database.dsn),
        wire=wire or Sockets(),
        holder=f"{role}-{os.getpid()}-{secrets.token_hex(3)}",
    )
    house.started = started
    return house


async def furnish(
    config: Config,
    database: Database,
    server: Server,
    *,
    clock: Clock,
    chance: random.Random,
    queue: Queue,
    wire: Wire,
    holder: str,
) -> House:
    """Open every connection and route of `config` on a database whose schema is up to date."""
    connections = await _connections(config, database, clock, wire, Limits(database), holder)
    engine = Engine(
        database=database,
        clock=clock,
        chance=chance,
        numbers=Sequence(database),
        queue=queue,
        routes=await _routes(config, database, clock, connections),
        holder=holder,
    )
    return House(config, engine, connections, wire, server, started=False)


@dataclass(frozen=True)
class Ends:
    """The two ends of one route, opened without a database."""

    name: str
    plan: Plan
    begins: Instant | None
    source: Source[Any]
    target: Target[Any]


@asynccontextmanager
async def ends(
    config: Config, name: str, *, clock: Clock, online: bool = False
) -> AsyncGenerator[Ends]:
    """The ends of the route `name`, for one who only tries: unless `online` no call can leave, and
    no secret is asked for. Raises `Misconfigured` for what the configuration gets wrong."""
    if name not in config.routes:
        raise Misconfigured(f"There is no route named {name!r}.", do=near(name, config.routes))
    plan, wire = config.routes[name], Sockets() if online else Nowhere()
    opened = {
        side: _alone(config, side, clock, wire, secrets=online and side == plan.source)
        for side in dict.fromkeys((plan.source, plan.target))
        if side in config.file.connections
    }
    try:
        route = _route(0, name, plan, opened)
        yield Ends(name, plan, route.begins, route.source, route.target)
    finally:
        await wire.close()


def _alone(config: Config, name: str, clock: Clock, wire: Wire, *, secrets: bool) -> Connected:
    one = config.file.connections[name]
    connector = registry().get(one.system, where=f"connections.{name}.system")
    given = resolve(config, name, one, connector) if secrets else {}
    maps = {named: value.named(named) for named, value in config.file.maps.items()}
    session = _opened(name, one, connector, given, clock, wire, NoBook(), "trial", maps)
    return Connected(0, name, one, connector, session, given)


def _opened(  # noqa: PLR0917 - handed on whole
    name: str, one: Connection, connector: Connector, given: Mapping[str, str], clock: Clock,
    wire: Wire, book: Book, holder: str, maps: Mapping[str, ValueMap],
) -> Session:  # fmt: skip
    """The session of one connection; nothing is called."""
    timeout_s = one.timeout_s or connector.manifest.timeout_s
    throttle = Throttle(name, budgets(name, one, connector), book, clock, holder, timeout_s)
    transport = Transport(
        one.url,
        hosts=connector.manifest.hosts + one.hosts,
        elsewhere=connector.manifest.elsewhere,
        wire=wire,
        throttle=throttle,
        clock=clock,
        timeout_s=timeout_s,
        where=name,
    )
    return connector.open(
        Opening(
            name=name,
            settings=settings(name, one, connector),
            secret=_secret(name, given),
            transport=transport,
            clock=clock,
            maps=maps,
        )
    )


async def _connections(
    config: Config, database: Database, clock: Clock, wire: Wire, limits: Limits, holder: str
) -> dict[str, Connected]:
    known = registry()
    for name in config.file.connections:
        await database.run("name_connection", name)
    ids = {row["name"]: row["id"] for row in await database.rows("connections")}
    maps = {name: one.named(name) for name, one in config.file.maps.items()}
    opened: dict[str, Connected] = {}
    for name, one in config.file.connections.items():
        connector = known.get(one.system, where=f"connections.{name}.system")
        given = resolve(config, name, one, connector)
        session = _opened(name, one, connector, given, clock, wire, limits, holder, maps)
        opened[name] = Connected(ids[name], name, one, connector, session, given)
    return opened


def settings(name: str, one: Connection, connector: Connector) -> dict[str, object]:
    """The manifest's defaults under the connection's own values."""
    declared = connector.manifest.settings
    for key in one.settings:
        if key not in declared:
            raise Misconfigured(
                f"{connector.manifest.title} has no setting {key!r}.",
                do=f"It has: {', '.join(sorted(declared))}.",
                where=f"connections.{name}.settings",
            )
    for key, setting in declared.items():
        if setting.required and key not in one.settings:
            raise Misconfigured(
                f"{connector.manifest.title} needs the setting {key!r}: {setting.text}",
                do=f"Add it under [connections.{name}.settings].",
                where=f"connections.{name}.settings",
            )
    defaults = {key: setting.default for key, setting in declared.items()}
    return {**defaults, **one.settings}


def budgets(name: str, one: Connection, connector: Connector) -> dict[str, Limit]:
    """The manifest's limits and ours for what can wait, with this account's own where it has other
    ones. Raises `Misconfigured` for a bucket that is not known, or would let nothing through."""
    found = {**connector.manifest.limits, PATIENT: UNHURRIED}
    for bucket, own in one.limits.items():
        where = f"connections.{name}.limits.{bucket}"
        if bucket not in found:
            raise Misconfigured(
                f"{connector.manifest.title} has no limit {bucket!r}.",
                do=near(bucket, found),
                where=where,
            )
        if found[bucket].shape == "slots":
            fits, do = own.per_s == 0, "Slots have a size of 1 or more and no per_s."
        else:
            fits = 0 < own.per_s < math.inf
            do = "It has a size of 1 or more, and more than 0 comes back a second."
        if own.size < 1 or not fits:
            raise Misconfigured(
                f"The limit {bucket!r} of {own.size} at {own.per_s:g} a second is no limit.",
                do=do,
                where=where,
            )
        found[bucket] = msgspec.structs.replace(
            found[bucket], size=own.size, per_s=own.per_s, source="this account's own"
        )
    return found


def resolve(config: Config, name: str, one: Connection, connector: Connector) -> dict[str, str]:
    """The secrets that the connection refers to. Raises `SignIn` where one cannot be read."""
    found: dict[str, str] = {}
    for key, reference in one.secrets.items():
        kind, _, place = reference.partition(":")
        where = f"connections.{name}.secrets.{key}"
        if key not in connector.manifest.secrets:
            raise Misconfigured(
                f"{connector.manifest.title} has no secret {key!r}.",
                do=f"It has: {', '.join(sorted(connector.manifest.secrets))}.",
                where=where,
            )
        if kind == "env":
            value = config.environment.get(place)
        elif kind == "file":
            path = config.folder / "secrets" / place
            value = path.read_text("utf-8").strip() if path.is_file() else None
        else:
            raise Misconfigured(
                "A secret stands in the configuration itself, or its reference is not known.",
                do='Write "env:NAME" or "file:NAME" (a file in secrets/).',
                where=where,
            )
        if not value:
            raise SignIn(
                f"The secret {reference!r} is not there.",
                do=f"Set {place} in the environment."
                if kind == "env"
                else f"Write it to secrets/{place}.",
                where=where,
            )
        found[key] = value
    return found


def _secret(name: str, given: Mapping[str, str]) -> Callable[[str], str]:
    def secret(key: str) -> str:
        if key not in given:
            raise SignIn(
                f"The secret {key!r} is not configured.",
                do=f'Add {key} = "file:NAME" under [connections.{name}.secrets].',
                where=f"connections.{name}.secrets",
            )
        return given[key]

    return secret


async def _routes(
    config: Config, database: Database, clock: Clock, connections: Mapping[str, Connected]
) -> dict[int, Route]:
    at = clock.now().to_stdlib()
    for name, plan in config.routes.items():
        await database.run("name_route", name, plan.switch, at)
    ids = {row["name"]: row["id"] for row in await database.rows("routes")}
    return {
        ids[name]: _route(ids[name], name, plan, connections)
        for name, plan in config.routes.items()
    }


def _route(number: int, name: str, plan: Plan, connections: Mapping[str, Connected]) -> Route:
    source = _end(name, "source", plan.source, connections)
    target = _end(name, "target", plan.target, connections)
    reading, writing = source.connector.manifest, target.connector.manifest
    if not reading.carries(plan.document, "since"):
        raise _cannot(name, reading.title, "listed", plan)
    if not writing.carries(plan.document, "write"):
        raise _cannot(name, writing.title, "written", plan)
    return Route(
        id=number,
        name=name,
        plan=plan,
        source=source.session.sources[plan.document],
        target=target.session.targets[plan.document],
        carries=writing.documents[plan.document],
        source_connection=source.id,
        target_connection=target.id,
        begins=_begins(name, plan),
        refill_s=_refill_s(source),
    )


def _refill_s(source: Connected) -> float:
    limits = budgets(source.name, source.config, source.connector)
    return max(limit.refill_s for limit in limits.values())


def _begins(route: str, plan: Plan) -> Instant | None:
    try:
        return instant(plan.begins) if plan.begins else None
    except Hold as error:
        raise Misconfigured(error.said, do=error.do, where=f"routes/{route}.toml, begins") from None


def _end(route: str, side: str, name: str, connections: Mapping[str, Connected]) -> Connected:
    if name not in connections:
        raise Misconfigured(
            f"There is no connection named {name!r}.",
            do=f"Connections: {', '.join(sorted(connections)) or 'none yet'}.",
            where=f"routes/{route}.toml, {side}",
        )
    return connections[name]


def _cannot(route: str, title: str, what: str, plan: Plan) -> Misconfigured:
    return Misconfigured(
        f"{title} has no {plan.document} that can be {what} by this connector.",
        do="`counterfoil connector list` shows what each connector carries.",
        where=f"routes/{route}.toml",
    )
