"""The one wiring file: chooses database, clock, queue and connectors, and introduces them."""

from __future__ import annotations

import itertools
import math
import os
import random
import secrets
from collections.abc import AsyncGenerator, Callable, Generator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from typing import Any

import msgspec

from counterfoil.config import Config, Connection
from counterfoil.config.fit import near
from counterfoil.connectors import orderwise, shopify
from counterfoil.flows.engine import Engine
from counterfoil.flows.queue import PgQueue, Queue
from counterfoil.flows.route import Plan, Route
from counterfoil.flows.rulebook import RULEBOOK
from counterfoil.kit.connector import Connector, Opening, Session, Source, Target
from counterfoil.kit.manifest import Limit
from counterfoil.kit.nowhere import NoBook, Nowhere
from counterfoil.kit.registry import Registry
from counterfoil.kit.sockets import Sockets
from counterfoil.kit.throttle import PATIENT, UNHURRIED, Book, Throttle
from counterfoil.kit.transport import Transport, Wire, allowed
from counterfoil.store import estate, schema
from counterfoil.store.limits import Limits
from counterfoil.store.postgres import Database
from counterfoil.store.sequence import Sequence
from counterfoil.store.server import Server
from counterfoil.values.clock import Clock, Instant, SystemClock, instant
from counterfoil.values.errors import CounterfoilError, Hold, Misconfigured, SignIn


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


@dataclass(frozen=True)
class Means:
    """What a connection works with: the time, the way out, the book of budgets, the worker."""

    clock: Clock
    wire: Wire
    book: Book
    holder: str


@dataclass
class House:
    """The whole house, wired."""

    config: Config
    engine: Engine
    connections: dict[str, Connected]
    wire: Wire
    server: Server

    async def close(self) -> None:
        """Let everything go that this process opened; the last one ends our own server."""
        try:
            await self.wire.close()
            await self.engine.database.close()
        finally:
            await self.server.leave()


@asynccontextmanager
async def store(
    config: Config, *, whosoever: bool = False
) -> AsyncGenerator[tuple[Database, Server]]:
    """The estate's database: DATABASE_URL, else our own private server beside the project.

    Raises `Misconfigured` where it is another estate's, unless it may be `whosoever`'s.
    """
    database, server = await connect(config, whosoever=whosoever)
    try:
        yield database, server
    finally:
        await _let_go(database, server)


async def connect(config: Config, *, whosoever: bool = False) -> tuple[Database, Server]:
    """What `store` gives, for those who let it go themselves: `close` and `leave`."""
    server = Server.at(config.state)
    await server.enter()
    try:
        database = await Database.open(server.dsn)
    except BaseException:
        await server.leave()
        raise
    try:
        if not whosoever:
            await estate.keep_out(database, config.file.estate.name)
    except BaseException:
        await _let_go(database, server)
        raise
    return database, server


async def _let_go(database: Database, server: Server) -> None:
    try:
        await database.close()
    finally:
        await server.leave()


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
    for error in itertools.chain(*check(config, clock).values()):
        raise error
    database, server = await connect(config)
    try:
        await schema.upgrade(database, clock)
        await estate.claim(database, config.file.estate.name, clock)
        return await furnish(
            config,
            database,
            server,
            clock=clock,
            chance=chance or random.Random(secrets.randbits(64)),
            queue=queue or PgQueue(database.dsn),
            wire=wire or Sockets(),
            holder=f"{role}-{os.getpid()}-{secrets.token_hex(3)}",
        )
    except BaseException:
        await _let_go(database, server)
        raise


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
    means = Means(clock, wire, Limits(database), holder)
    connections = await _connections(config, database, means)
    engine = Engine(
        database=database,
        clock=clock,
        chance=chance,
        numbers=Sequence(database),
        queue=queue,
        routes=await _routes(config, database, clock, connections),
        holder=holder,
    )
    return House(config, engine, connections, wire, server)


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
    means = Means(clock, wire, NoBook(), "trial")
    opened = {
        side: _alone(config, side, means, secrets=online and side == plan.source)
        for side in dict.fromkeys((plan.source, plan.target))
        if side in config.file.connections
    }
    try:
        route = _route(0, name, plan, opened)
        yield Ends(name, plan, route.begins, route.source, route.target)
    finally:
        await wire.close()


def _alone(config: Config, name: str, means: Means, *, secrets: bool) -> Connected:
    one = config.file.connections[name]
    connector = registry().get(one.system, where=f"connections.{name}.system")
    given = resolve(config, name, one, connector) if secrets else {}
    return _connected(config, name, 0, connector, given, means)


def check(config: Config, clock: Clock | None = None) -> dict[str, list[CounterfoilError]]:
    """Everything in `config` that `build` would refuse, by the connection or route that it is
    about; an empty list where one is in order. No database is needed, and nobody is called.
    """
    means, known = Means(clock or SystemClock(), Nowhere(), NoBook(), "check"), registry()
    found: dict[str, list[CounterfoilError]] = {}
    opened: dict[str, Connected] = {}
    for name in config.file.connections:
        wrong, one = _checked(config, name, known, means)
        found[f"connection {name}"] = wrong
        if one is not None:
            opened[name] = one
    for name, plan in config.routes.items():
        wrong = found[f"route {name}"] = []
        # An end that could not be opened is told of already.
        if {plan.source, plan.target} <= opened.keys():
            with _noted(wrong):
                _route(0, name, plan, opened)
    return found


def _checked(
    config: Config, name: str, known: Registry, means: Means
) -> tuple[list[CounterfoilError], Connected | None]:
    """What is wrong with a connection, part by part; and as it opens, its secrets apart."""
    one, wrong = config.file.connections[name], list[CounterfoilError]()
    with _noted(wrong):
        connector = known.get(one.system, where=f"connections.{name}.system")
        wrong += _misset(name, one, connector)
        with _noted(wrong):
            allowed(one.url, _hosts(one, connector), where=f"connections.{name}.url")
        for bucket in one.limits:
            with _noted(wrong):
                _budget(name, bucket, one, connector)
        whole, given = not wrong, dict[str, str]()
        for key in one.secrets:
            with _noted(wrong):
                given[key] = _resolved(config, name, key, connector)
        if whole:
            return wrong, _connected(config, name, 0, connector, given, means)
    return wrong, None


@contextmanager
def _noted(wrong: list[CounterfoilError]) -> Generator[None]:
    """Note what is wrong, and go on."""
    try:
        yield
    except CounterfoilError as error:
        wrong.append(error)


async def _connections(config: Config, database: Database, means: Means) -> dict[str, Connected]:
    known = registry()
    for name in config.file.connections:
        await database.run("name_connection", name)
    ids = {row["name"]: row["id"] for row in await database.rows("connections")}
    opened: dict[str, Connected] = {}
    for name, one in config.file.connections.items():
        connector = known.get(one.system, where=f"connections.{name}.system")
        given = resolve(config, name, one, connector)
        opened[name] = _connected(config, name, ids[name], connector, given, means)
    return opened


def _connected(
    config: Config,
    name: str,
    number: int,
    connector: Connector,
    given: dict[str, str],
    means: Means,
) -> Connected:
    one = config.file.connections[name]
    timeout_s = one.timeout_s or connector.manifest.timeout_s
    limits = budgets(name, one, connector)
    throttle = Throttle(name, limits, means.book, means.clock, means.holder, timeout_s)
    transport = Transport(
        one.url,
        hosts=_hosts(one, connector),
        elsewhere=connector.manifest.elsewhere,
        keeps=connector.manifest.keeps,
        wire=means.wire,
        throttle=throttle,
        clock=means.clock,
        timeout_s=timeout_s,
        where=name,
    )
    opening = Opening(
        name=name,
        settings=settings(name, one, connector),
        secret=_secret(name, given),
        transport=transport,
        clock=means.clock,
        maps={name: one.named(name) for name, one in config.file.maps.items()},
    )
    return Connected(number, name, one, connector, connector.open(opening), given)


def _hosts(one: Connection, connector: Connector) -> tuple[str, ...]:
    return connector.manifest.hosts + one.hosts


def settings(name: str, one: Connection, connector: Connector) -> dict[str, object]:
    """The manifest's defaults under the connection's own values."""
    for error in _misset(name, one, connector):
        raise error
    defaults = {key: setting.default for key, setting in connector.manifest.settings.items()}
    return {**defaults, **one.settings}


def _misset(name: str, one: Connection, connector: Connector) -> Iterator[Misconfigured]:
    """Every setting that the connector does not have, or must have and was not given."""
    declared = connector.manifest.settings
    for key in one.settings:
        if key not in declared:
            yield Misconfigured(
                f"{connector.manifest.title} has no setting {key!r}.",
                do=f"It has: {', '.join(sorted(declared))}.",
                where=f"connections.{name}.settings",
            )
    for key, setting in declared.items():
        if setting.required and key not in one.settings:
            yield Misconfigured(
                f"{connector.manifest.title} needs the setting {key!r}: {setting.text}",
                do=f"Add it under [connections.{name}.settings].",
                where=f"connections.{name}.settings",
            )


def budgets(name: str, one: Connection, connector: Connector) -> dict[str, Limit]:
    """The manifest's limits and ours for what can wait, with this account's own where it has other
    ones. Raises `Misconfigured` for a bucket that is not known, or would let nothing through."""
    own = {bucket: _budget(name, bucket, one, connector) for bucket in one.limits}
    return {**_published(connector), **own}


def _published(connector: Connector) -> dict[str, Limit]:
    return {**connector.manifest.limits, PATIENT: UNHURRIED}


def _budget(name: str, bucket: str, one: Connection, connector: Connector) -> Limit:
    """One bucket as this account has it."""
    own, found, where = one.limits[bucket], _published(connector), f"connections.{name}.limits"
    if bucket not in found:
        raise Misconfigured(
            f"{connector.manifest.title} has no limit {bucket!r}.",
            do=near(bucket, found),
            where=f"{where}.{bucket}",
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
            where=f"{where}.{bucket}",
        )
    return msgspec.structs.replace(
        found[bucket], size=own.size, per_s=own.per_s, source="this account's own"
    )


def resolve(config: Config, name: str, one: Connection, connector: Connector) -> dict[str, str]:
    """The secrets that the connection refers to. Raises `SignIn` where one cannot be read."""
    return {key: _resolved(config, name, key, connector) for key in one.secrets}


def _resolved(config: Config, name: str, key: str, connector: Connector) -> str:
    """One secret, by its reference."""
    reference = config.file.connections[name].secrets[key]
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
        value = _written(config, place, where)
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
    if any("\ud800" <= sign <= "\udfff" for sign in value):
        raise SignIn(
            f"The secret {reference!r} is not UTF-8.", do="Set it again as UTF-8.", where=where
        )
    return value


def _written(config: Config, place: str, where: str) -> str | None:
    """What stands in a file of secrets/; None where there is no such file."""
    path = config.folder / "secrets" / place
    try:
        return path.read_text("utf-8").strip() if path.is_file() else None
    except (OSError, UnicodeDecodeError):
        raise SignIn(
            f"The file secrets/{place} cannot be read by this account, or is not text.",
            do="Let this account read it; save it as UTF-8.",
            where=where,
        ) from None


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
    if plan.document not in RULEBOOK:
        raise Misconfigured(
            f"Nothing here moves a {plan.title.one} yet.",
            do=f"It moves: {', '.join(RULEBOOK)}.",
            where=f"routes/{name}.toml, document",
        )
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
