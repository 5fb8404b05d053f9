"""The one wiring file: chooses database, clock, queue and connectors, and introduces them."""

from __future__ import annotations

import itertools
import os
import random
import secrets
from collections.abc import AsyncGenerator, Generator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from functools import partial
from importlib.metadata import version
from typing import Any

from counterfoil.config import Config, Connection, apart
from counterfoil.config.content import rules, since
from counterfoil.connectors import (
    bigcommerce,
    files,
    orderwise,
    peoplevox,
    shipstation,
    shopify,
    xero,
)
from counterfoil.flows import house as own_end
from counterfoil.flows.engine import Engine
from counterfoil.flows.home import Home, Lane
from counterfoil.flows.queue import Queue
from counterfoil.flows.route import HOUSE, Mask, Plan, Route, maskable, suit
from counterfoil.flows.rulebook import RULEBOOK
from counterfoil.flows.shared_queue import SharedQueue
from counterfoil.govern import erasure
from counterfoil.govern.ownership import Owners, Way, mask, ownership, unless_all
from counterfoil.kit.connector import Connector, Session, Source, Target
from counterfoil.kit.nowhere import NoBook, Nowhere
from counterfoil.kit.queue import Queued
from counterfoil.kit.registry import Registry
from counterfoil.kit.setup import (
    Means,
    called,
    hosts,
    limits,
    open_connection,
    own_limit,
    setting_errors,
    setting_misfits,
    settings,
)
from counterfoil.kit.sockets import Sockets
from counterfoil.kit.transport import Wire, allowed
from counterfoil.kit.vault import looked_up
from counterfoil.model.words import Word
from counterfoil.store import connections, estate, releases, routes, schema
from counterfoil.store.keys import Keys
from counterfoil.store.limits import Limits
from counterfoil.store.postgres import Database
from counterfoil.store.releases import New
from counterfoil.store.sequence import Sequence
from counterfoil.store.server import Server
from counterfoil.store.tokens import Tokens
from counterfoil.values.clock import Clock, Instant, SystemClock, instant
from counterfoil.values.errors import CounterfoilError, Hold, Misconfigured
from counterfoil.values.nearest import near


def registry() -> Registry:
    """Every connector that this house ships, and those that other packages offer."""
    ours = (shopify, orderwise, bigcommerce, shipstation, peoplevox, files, xero)
    return Registry([package.CONNECTOR for package in ours])


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

    async def close(self) -> None:
        """Let everything go that this process opened; the last one ends our own server."""
        try:
            await self.wire.close()
        finally:
            await _let_go(self.engine.database, self.server)


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
        estate_keys = await erasure.gone_on(database, config.key_file, clock)
        new = as_release(config, clock, role)
        process = ProcessContext(
            holder=f"{role}-{os.getpid()}-{secrets.token_hex(3)}",
            clock=clock,
            chance=chance or random.Random(secrets.randbits(64)),
            queue=queue or SharedQueue(database.dsn),
            wire=wire or Sockets(),
            keys=estate_keys,
            release=await releases.begin(database, new, partial(since, new.content)),
        )
        house = await furnish(config, database, server, process)
        await releases.stand_at(database, process.release, [*config.routes])
        return house
    except BaseException:
        await _let_go(database, server)
        raise


def as_release(config: Config, clock: Clock, role: str) -> New:
    """What `config` is as a release that begins now, by a process of this `role`."""
    return New(rules(config), version("counterfoil"), clock.now(), role)


@dataclass(frozen=True)
class ProcessContext:
    """One process: its name as a holder of leases, and what it lives by. `keys` seal its secrets,
    `release` numbers its configuration (0: it has none)."""

    holder: str
    clock: Clock
    chance: random.Random
    queue: Queue
    wire: Wire
    keys: Keys
    release: int = 0


async def furnish(
    config: Config, database: Database, server: Server, process: ProcessContext
) -> House:
    """Open every connection and route of `config` on a database whose schema is up to date."""
    clock, wire, holder = process.clock, process.wire, process.holder
    means = Means(clock, wire, Limits(database), holder, Tokens(database, process.keys))
    connections = await _connections(config, database, means)
    engine = Engine(
        database=database,
        clock=clock,
        chance=process.chance,
        keys=process.keys,
        numbers=Sequence(database),
        queue=process.queue,
        routes=await _routes(config, database, clock, connections),
        holder=holder,
        release=process.release,
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
        home = own_end.home_of(config.routes, clock)
        route = _route(0, name, plan, opened, _mask(config, name, plan), home)
        yield Ends(name, plan, route.begins, route.source, route.target)
    finally:
        await wire.close()


def _alone(config: Config, name: str, means: Means, *, secrets: bool) -> Connected:
    connection = config.file.connections[name]
    connector = registry().get(connection.system, where=f"connections.{name}.system")
    secrets_ = config.vault.resolve(name, connection.secrets, connector.manifest) if secrets else {}
    return _connected(config, name, 0, connector, secrets_, means)


def check(config: Config, clock: Clock | None = None) -> dict[str, list[CounterfoilError]]:
    """Everything in `config` that `build` would refuse, by the connection or route that it is
    about; an empty list where one is in order. No database is needed, and nobody is called.
    """
    means, connectors = Means(clock or SystemClock(), Nowhere(), NoBook(), "check"), registry()
    faults: dict[str, list[CounterfoilError]] = {}
    opened: dict[str, Connected] = {}
    for name in config.file.connections:
        wrong, session = _checked(config, name, connectors, means)
        faults[f"connection {name}"] = wrong
        if session is not None:
            opened[name] = session
    for name, plan in config.routes.items():
        wrong = faults[f"route {name}"] = []
        # An end that could not be opened is told of already.
        if {plan.source, plan.target} <= {*opened, HOUSE}:
            with _noted(wrong):
                home = own_end.home_of(config.routes, means.clock)
                _route(0, name, plan, opened, _mask(config, name, plan), home)
        for rule in (apart.written_once, apart.references_apart):
            with _noted(wrong):
                rule(name, config, connectors)
    return faults


def _checked(
    config: Config, name: str, known: Registry, means: Means
) -> tuple[list[CounterfoilError], Connected | None]:
    """What is wrong with a connection, part by part; and as it opens, its secrets apart."""
    connection, wrong = config.file.connections[name], list[CounterfoilError]()
    with _noted(wrong):
        connector = known.get(connection.system, where=f"connections.{name}.system")
        account, manifest = connection.account(name), connector.manifest
        wrong += setting_errors(account, manifest)
        with _noted(wrong):
            allowed(connection.url, hosts(account, manifest), where=f"connections.{name}.url")
        for bucket in connection.limits:
            with _noted(wrong):
                own_limit(account, manifest, bucket)
        misfits = [*setting_misfits(account, manifest)]
        whole, values = not wrong and not misfits, dict[str, str]()
        for key, reference in connection.secrets.items():
            with _noted(wrong):
                values[key] = config.vault.secret(name, key, reference, manifest)
        wrong += misfits
        if whole:
            return wrong, _connected(config, name, 0, connector, values, means)
    return wrong, None


@contextmanager
def _noted(wrong: list[CounterfoilError]) -> Generator[None]:
    """Note what is wrong, and go on."""
    try:
        yield
    except CounterfoilError as error:
        wrong.append(error)


async def _connections(config: Config, database: Database, means: Means) -> dict[str, Connected]:
    connectors = registry()
    for name in config.file.connections:
        await connections.add(database, name)
    ids = await connections.ids(database)
    opened: dict[str, Connected] = {}
    for name, connection in config.file.connections.items():
        connector = connectors.get(connection.system, where=f"connections.{name}.system")
        secrets = config.vault.resolve(name, connection.secrets, connector.manifest)
        opened[name] = _connected(config, name, ids[name], connector, secrets, means)
    return opened


def _connected(
    config: Config,
    name: str,
    number: int,
    connector: Connector,
    given: dict[str, str],
    means: Means,
) -> Connected:
    connection = config.file.connections[name]
    maps = {word: words.named(word) for word, words in config.file.maps.items()}
    secret = looked_up(name, given)
    session = open_connection(connector, connection.account(name), means, secret=secret, maps=maps)
    return Connected(number, name, connection, connector, session, given)


async def _routes(
    config: Config, database: Database, clock: Clock, connections: Mapping[str, Connected]
) -> dict[int, Route]:
    moment = clock.now()
    for name, plan in config.routes.items():
        await routes.add(database, name, plan.switch, moment)
    ids = {route.name: route.id for route in await routes.every(database)}
    home = await own_end.moved_in(own_end.home_of(config.routes, clock), database, ids)
    return {
        ids[name]: _route(ids[name], name, plan, connections, _mask(config, name, plan), home)
        for name, plan in config.routes.items()
    }


def owners_of(config: Config) -> Mapping[Word, Owners]:
    """Who masters which fields. Raises `Misconfigured` for what there is not."""
    return ownership(config.file.ownership, config.file.connections)


def _mask(config: Config, name: str, plan: Plan) -> Mask:
    return mask(owners_of(config), Way(name, plan.document, plan.source, plan.target))


def _route(
    number: int, name: str, plan: Plan, connections: Mapping[str, Connected], may: Mask, home: Home
) -> Route:
    if HOUSE in (plan.source, plan.target):
        session = own_end.opened(home, Lane.of(name, plan))
        connector = Connector(own_end.MANIFEST, lambda opening: session)
        house = home.numbers.get(HOUSE, 0), HOUSE, Connection(HOUSE, ""), connector, session
        connections = {**connections, HOUSE: Connected(*house)}
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
    budgets = limits(source.config.account(source.name), reading)
    account = target.config.account(target.name)
    carries = writing.documents[plan.document].under(settings(account, writing))
    may = may if carries.masks else unless_all(plan.document, may)
    maskable(name, plan, may, carries, writing.title)
    suit(name, plan, carries, writing.title)
    return Route(
        id=number,
        name=name,
        plan=plan,
        source=source.session.source(plan.document),
        target=target.session.target(plan.document),
        carries=carries,
        source_connection=source.id,
        target_connection=target.id,
        begins=_begins(name, plan),
        refill_s=max(limit.refill_s for limit in budgets.values()),
        probe=target.session.probe,
        mask=may,
        source_carries=reading.documents[plan.document],
        queue=source.session.queues.get(plan.document),
        queued=reading.queues.get(plan.document, Queued("")),
        target_called=called(target.config.account(target.name), writing),
        claims=own_end.claims(home, plan),
    )


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
