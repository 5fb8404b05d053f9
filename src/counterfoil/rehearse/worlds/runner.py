"""What plays a world: an empty database of one process, and the judges after it."""

from __future__ import annotations

import asyncio
import gc
import random
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import msgspec

from counterfoil.rehearse.cast import estate
from counterfoil.rehearse.temporary import temporary
from counterfoil.rehearse.worlds import behaviour, checkers, hanging, snapshot, stock
from counterfoil.rehearse.worlds.look import look
from counterfoil.rehearse.worlds.loop import Deadlock, WorldLoop
from counterfoil.rehearse.worlds.recipe import Recipe
from counterfoil.rehearse.worlds.snapshot import Snapshot
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
    """What one seed came to; `wrong` are sentences."""

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
    ending, others = loop.run_until_complete(_judged(world, ended_at, main, aside))
    _count(world)
    wrong += others
    verdict = checkers.judge(ending)
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
) -> tuple[Snapshot, list[str]]:
    """What is judged; and of a world with two routes what is wrong beside it."""
    others: list[str] = []
    if world.stores is not None:
        ending, others = await _with_stock(world, main, ended_at)
    elif world.hanging is None and not world.recipe.despatches:
        ending = await look(world, main, ended_at)
    else:
        async with hanging.of_route(main, 2):
            second = await look(world, main, ended_at, second=True)
        verdict = checkers.judge(second, "fulfilment" if world.recipe.despatches else "order")
        others = [f"of the second route: {fault}" for fault in verdict.wrong]
        async with hanging.of_route(main, 1):
            ending = await look(world, main, ended_at)
        ending.beside = second if world.recipe.despatches else None
    if world.hanging is not None:
        others += hanging.p16_others_go_on(ending)
        world.reached["office.hangs"] = world.hanging.held_up
    await main.close()
    await aside.close()
    return ending, others


async def _with_stock(
    world: World, main: asyncpg.Connection, ended_at: datetime
) -> tuple[Snapshot, list[str]]:
    """What is judged of the orders of a world with stock; and what is wrong with its levels."""
    endings: dict[str, Snapshot] = {}
    for row in await main.fetch("select id, name from route order by id"):
        async with hanging.of_route(main, row["id"]):
            endings[row["name"]] = await look(world, main, ended_at)
    assert world.stock is not None
    shelves = stock.Shelves(world.stock.offering.shows(), world.stock.storing.free())
    orders, pools = endings[estate.ROUTE], endings[estate.POOLS]
    wrong = stock.judged(world.recipe, shelves, orders, pools)
    for name in (estate.LEVELS, estate.POOLS):
        wrong += [f"on {name}: {fault}" for fault in checkers.of_any_word(endings[name])]
    return orders, wrong


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
