"""What plays a world: an empty database of one process, and the judges after it."""

from __future__ import annotations

import asyncio
import gc
import random
import time
from collections import Counter
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import msgspec

from counterfoil.flows.route import HOUSE
from counterfoil.rehearse.cast import estate
from counterfoil.rehearse.temporary import temporary
from counterfoil.rehearse.worlds import behaviour, checkers, customer, goods, hanging, snapshot
from counterfoil.rehearse.worlds.look import look, seen_at, tables
from counterfoil.rehearse.worlds.loop import Deadlock, WorldLoop
from counterfoil.rehearse.worlds.recipe import Recipe
from counterfoil.rehearse.worlds.routes import routes
from counterfoil.rehearse.worlds.snapshot import Snapshot
from counterfoil.rehearse.worlds.verdict import Verdict
from counterfoil.rehearse.worlds.world import EPOCH, World
from counterfoil.store import schema
from counterfoil.store.postgres import Database
from counterfoil.store.server import Server
from counterfoil.values.clock import Instant, SystemClock

_KEPT_TABLES = ("schema_version",)
# Planning a statement takes longer than running it on so few rows.
_PLANNED_ONCE = {"plan_cache_mode": "force_generic_plan"}
_EVERY = 4  # one world in so many is asked the questions that take their time


class Result(msgspec.Struct):
    """What one seed came to; `wrong` are sentences, `documents` counts them by word."""

    seed: int
    orders: int
    virtual_s: float
    real_s: float
    drained_s: float
    digest: str
    reached: dict[str, int]
    fired: dict[str, int]
    wrong: list[str]
    losses: int = 0
    duplicates_ab: int = 0
    extras_shown: int = 0
    undetected: int = 0
    documents: dict[str, int] = {}


class Runner:
    """One database of one process, cleared between worlds."""

    def __init__(self, dsn: str) -> None:
        self.dsn = dsn
        self._order = ""

    def play(
        self, recipe: Recipe, *, prepare: Callable[[World], None] | None = None, asking: bool = True
    ) -> tuple[Result, Snapshot]:
        """Play one world to its end and judge it; `prepare` is shown the world before it begins.

        `asking`: one world in four goes on until every window must be closed, and one is sent all
        its messages again.
        """
        started = time.perf_counter()
        loop = WorldLoop(random.Random(f"loop|{recipe.seed}"))
        asyncio.set_event_loop(loop)
        gc.disable()  # a world is short, and when things are let go must not be up to the collector
        try:
            return _played(self, loop, recipe, started, prepare, asking)
        finally:
            loop.close()
            gc.enable()

    async def connect(self) -> list[asyncpg.Connection]:
        """The two connections of a world, to an empty database."""
        connections = [
            await asyncpg.connect(
                self.dsn, max_cached_statement_lifetime=0, server_settings=_PLANNED_ONCE
            )
            for _ in range(2)
        ]
        # Only here, and only on this connection, may the journal be emptied.
        await connections[0].execute("set session_replication_role = replica")
        self._order = self._order or await _emptying(connections[0])
        await connections[0].execute(self._order)
        return connections


def _played(
    runner: Runner,
    loop: WorldLoop,
    recipe: Recipe,
    started: float,
    prepare: Callable[[World], None] | None,
    asking: bool,
) -> tuple[Result, Snapshot]:
    main, aside = loop.run_until_complete(runner.connect())
    loop.begin()
    world = World(recipe, loop, runner.dsn)
    if prepare is not None:
        prepare(world)
    wrong: list[str] = []
    try:
        loop.run_until_complete(world.run(main, aside))
        if asking and world.drained_s >= 0:
            loop.run_until_complete(_afterwards(world, wrong))
    except Deadlock as error:
        wrong.append(f"p10_drained: {error}")
    virtual_s = loop.time()
    loop.run_until_complete(world.end())
    ended_at = world.clock.now().to_stdlib()
    loop.end()
    ending, verdict = loop.run_until_complete(_judged(world, ended_at, main, aside))
    _count(world)
    result = Result(
        seed=recipe.seed,
        orders=len(ending.sold),
        virtual_s=virtual_s,
        real_s=time.perf_counter() - started,
        drained_s=world.drained_s,
        digest=snapshot.digest(ending),
        reached=dict(world.reached),
        fired=dict(world.fired),
        wrong=wrong + verdict.wrong,
        losses=verdict.losses,
        duplicates_ab=verdict.duplicates_ab,
        extras_shown=verdict.extras_shown,
        undetected=verdict.undetected,
        documents=_documents(world, ending),
    )
    return result, ending


async def _afterwards(world: World, wrong: list[str]) -> None:
    """Where all is at rest: wait until every window must be closed, or send all messages again."""
    recipe = world.recipe
    if recipe.seed % _EVERY == 0:
        wrong += [f"p20_replay: {fault}" for fault in await world.replayed()]
    elif recipe.seed % _EVERY == 1:
        await asyncio.sleep(behaviour.count_s(recipe))


async def _judged(
    world: World, ended_at: datetime, main: asyncpg.Connection, aside: asyncpg.Connection
) -> tuple[Snapshot, Verdict]:
    """What is judged of the orders of a world, with its other routes beside them; and what is
    wrong."""
    ending = await look(world, main, ended_at)
    if len(routes(world.recipe)) > 1:
        ending = await _by_route(world, main, ending)
    verdict = checkers.judge(ending)
    for name, beside in ending.beside.items():
        word = routes(world.recipe)[name].document
        others = checkers.judge(beside, word)
        verdict.add(others, f", on {name}")
    if world.telling is not None:
        await goods.judged(world.telling, main, ending, verdict)
    if world.clientele is not None:
        books = world.clientele.books()
        customer.judged(books, ending.beside[estate.CUSTOMERS], verdict)
    second = world.depot or world.outlet
    if second is not None:
        world.reached["office.hangs" if world.depot else "shop.hangs"] = second.held_up
        verdict.wrong += _slowed(world, ending)
    await main.close()
    await aside.close()
    return ending, verdict


def _slowed(world: World, ending: Snapshot) -> Iterator[str]:
    """What the target that hangs has slowed, of the routes to others."""
    if not hanging.nothing_else_slows(world.recipe):
        return
    plans = routes(world.recipe)
    for name, of_route in {estate.ROUTE: ending, **ending.beside}.items():
        way = plans[name]
        if way.target not in (estate.SECOND, estate.OUTLET, HOUSE):
            live = way.source == HOUSE or (way.source == estate.SOURCE and world.recipe.listening)
            yield from hanging.p16_others_go_on(of_route, 0.0 if live else 2 * way.cadence_s)


async def _by_route(world: World, main: asyncpg.Connection, whole: Snapshot) -> Snapshot:
    """The same ending with the tables of the orders' route alone, and with the others beside it."""
    numbers = {row["name"]: row["id"] for row in await main.fetch("select id, name from route")}
    endings: dict[str, Snapshot] = {}
    for name in routes(world.recipe):
        async with hanging.of_route(main, numbers[name]):
            endings[name] = msgspec.structs.replace(whole, tables=await tables(main))
    orders = [write for write in whole.writes if write.word == "order"]
    endings[estate.ROUTE] = msgspec.structs.replace(endings[estate.ROUTE], writes=orders)
    if world.depot is not None:
        twin, wiretap = world.depot.twin, world.depot.wiretap
        endings[estate.SECOND_ROUTE] = seen_at(endings[estate.SECOND_ROUTE], twin, wiretap)
    return msgspec.structs.replace(endings.pop(estate.ROUTE), beside=endings)


def _documents(world: World, ending: Snapshot) -> dict[str, int]:
    """How many documents of each word there were."""
    counts = Counter[str]()
    endings = {estate.ROUTE: ending, **ending.beside}
    for name, way in routes(world.recipe).items():
        counts[way.document] += len(endings[name].tables["thread"])
    return dict(counts)


def _count(world: World) -> None:
    """Add what the twins met, and let them go."""
    for twin in (world.source, world.target):
        world.reached.update({name: n for name, n in twin.figures().reached.items() if n})
        twin.close()


async def _emptying(database: asyncpg.Connection) -> str:
    rows = await database.fetch(
        "select tablename from pg_tables where schemaname = 'public'"
        " and tablename not like 'pgqueuer%' and tablename <> all ($1::text[])"
        " order by tablename",
        list(_KEPT_TABLES),
    )
    return ";".join(f"delete from {row['tablename']}" for row in rows)  # noqa: S608


class _Morning(SystemClock):
    """The clock by which a database is laid out: the morning of every world."""

    def now(self) -> Instant:
        return EPOCH


async def new_database(server: Server, name: str) -> str:
    """A database of its own with the house's schema: its address."""
    admin = await asyncpg.connect(server.dsn)
    await admin.execute(f"create database {name}")
    await admin.close()
    dsn = urlunsplit(urlsplit(server.dsn)._replace(path=f"/{name}"))
    database = await Database.open(dsn)
    await schema.upgrade(database, _Morning())
    await database.close()
    return dsn


@contextmanager
def runners(count: int) -> Generator[list[Runner]]:
    """As many databases as there are processes, on one private server that is gone afterwards."""
    memory = Path("/dev/shm")  # noqa: S108 - a place, not a file
    place = memory if memory.is_dir() else None
    with temporary("counterfoil-worlds-", ".", place) as folder:
        folder.chmod(0o755)
        server = Server.private(folder, fast=True)
        asyncio.run(server.ensure())
        yield [
            Runner(asyncio.run(new_database(server, f"world_{number}"))) for number in range(count)
        ]
