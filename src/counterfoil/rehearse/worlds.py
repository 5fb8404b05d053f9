"""The layer of worlds: seed after seed on every core, each judged, each repeatable alone.

`python -m counterfoil.rehearse.worlds --seed N` plays one seed and tells what was found.
"""

from __future__ import annotations

import argparse
import asyncio
import multiprocessing
import random
import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Generator
from contextlib import contextmanager
from multiprocessing.queues import SimpleQueue
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import msgspec

from counterfoil.rehearse import checkers
from counterfoil.rehearse.layer import Layer
from counterfoil.rehearse.loop import Deadlock, WorldLoop
from counterfoil.rehearse.recipe import Recipe, drawn
from counterfoil.rehearse.world import EPOCH, World
from counterfoil.store import schema
from counterfoil.store.postgres import Database
from counterfoil.store.server import Server
from counterfoil.values.clock import Instant, SystemClock

_KEPT_TABLES = ("schema_version",)
_SHOWN = 3


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


class Ground:
    """One database of one process, cleared between worlds."""

    def __init__(self, dsn: str) -> None:
        self.dsn = dsn
        self._order = ""

    def play(self, recipe: Recipe, *, prepare: Any = None) -> tuple[Result, checkers.Seen]:
        """Play one world to its end and judge it; `prepare` is shown the world before it begins."""
        started = time.perf_counter()
        loop = WorldLoop(random.Random(f"loop|{recipe.seed}"))
        asyncio.set_event_loop(loop)
        try:
            return _played(self, loop, recipe, started, prepare)
        finally:
            loop.close()

    async def connect(self) -> list[asyncpg.Connection]:
        """The line's two connections, to an empty database."""
        found = [await asyncpg.connect(self.dsn, max_cached_statement_lifetime=0) for _ in range(2)]
        # Only here, and only on this connection, may the journal be emptied.
        await found[0].execute("set session_replication_role = replica")
        self._order = self._order or await _emptying(found[0])
        await found[0].execute(self._order)
        return found


def _played(
    ground: Ground, loop: WorldLoop, recipe: Recipe, started: float, prepare: Any
) -> tuple[Result, checkers.Seen]:
    main, aside = loop.run_until_complete(ground.connect())
    loop.begin()
    world = World(recipe, loop, ground.dsn)
    if prepare is not None:
        prepare(world)
    wrong: list[str] = []
    try:
        loop.run_until_complete(world.run(main, aside))
        if world.drained_s >= 0 and recipe.seed % 4 == 0:
            found = loop.run_until_complete(world.replayed())
            wrong += [f"p20_replay: {said}" for said in found]
    except Deadlock as error:
        wrong.append(f"p10_drained: {error}")
    virtual_s = loop.time()
    seen_shop, seen_office = world.shop, world.office
    loop.run_until_complete(world.end())
    loop.end()

    async def judged() -> checkers.Seen:
        seen = await checkers.look(
            recipe, seen_shop, seen_office, main, world.drained_s, world.broke
        )
        await main.close()
        await aside.close()
        return seen

    world.reached.update(
        {f"shop.{k}": v for k, v in _counts(seen_shop.report()["faults"]).items() if v}
    )
    world.reached.update({f"office.{k}": v for k, v in seen_office.report().faults.items() if v})
    seen = loop.run_until_complete(judged())
    seen_shop.close()
    seen_office.close()
    verdict = checkers.judge(seen)
    result = Result(
        seed=recipe.seed,
        orders=len(seen.sold),
        virtual_s=virtual_s,
        real_s=time.perf_counter() - started,
        drained_s=world.drained_s,
        digest=checkers.digest(seen),
        reached=dict(world.reached),
        fired=dict(world.fired),
        wrong=wrong + verdict.wrong,
        losses=verdict.losses,
        duplicates_ab=verdict.duplicates_ab,
        extras_shown=verdict.extras_shown,
        undetected=verdict.undetected,
    )
    return result, seen


def _counts(found: Any) -> dict[str, int]:
    return msgspec.convert(found, dict[str, int])


async def _emptying(door: asyncpg.Connection) -> str:
    rows = await door.fetch(
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


async def lay_out(server: Server, name: str) -> str:
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
def grounds(count: int) -> Generator[list[Ground]]:
    """As many databases as there are processes, on one private server that is gone afterwards."""
    memory = Path("/dev/shm")  # noqa: S108 - a place, not a file
    place = str(memory) if memory.is_dir() else None
    folder = Path(tempfile.mkdtemp(prefix="counterfoil-worlds-", dir=place))
    folder.chmod(0o755)
    server = asyncio.run(Server.start(folder, fast=True))
    try:
        yield [Ground(asyncio.run(lay_out(server, f"world_{at}"))) for at in range(count)]
    finally:
        asyncio.run(server.erase())
        shutil.rmtree(folder, ignore_errors=True)


def run(seed: int, budget_s: float, cores: int) -> Layer:
    """Worlds from `seed` on, until the time is up."""
    started = time.perf_counter()
    with grounds(cores) as places:
        deadline = time.time() + budget_s - (time.perf_counter() - started) - 1.0
        results = _spread(places, seed, deadline)
    return _layer(results, time.perf_counter() - started, cores)


def _spread(places: list[Ground], seed: int, deadline: float) -> list[Result]:
    spawn = multiprocessing.get_context("spawn")
    box: SimpleQueue[bytes] = spawn.SimpleQueue()
    step = len(places)
    actors = [
        spawn.Process(target=_serve, args=(place.dsn, seed + at, step, deadline, box))
        for at, place in enumerate(places)
    ]
    for actor in actors:
        actor.start()
    results: list[Result] = []
    ended = 0
    while ended < len(actors):
        told = box.get()
        if told:
            results.append(msgspec.json.decode(told, type=Result))
        else:
            ended += 1
    for actor in actors:
        actor.join()
    return sorted(results, key=lambda one: one.seed)


def _serve(dsn: str, seed: int, step: int, deadline: float, box: SimpleQueue[bytes]) -> None:
    """One process: every `step`-th seed until the deadline; an empty word says that it ended."""
    ground = Ground(dsn)
    try:
        while time.time() < deadline:
            result, _ = ground.play(drawn(seed))
            box.put(msgspec.json.encode(result))
            seed += step
    finally:
        box.put(b"")


def _layer(results: list[Result], seconds: float, cores: int) -> Layer:
    reached: Counter[str] = Counter()
    fired: Counter[str] = Counter()
    for one in results:
        reached.update(one.reached)
        fired.update(one.fired)
    orders = sum(one.orders for one in results)
    busy_s = sum(one.real_s for one in results)
    counts = {
        "seeds": len(results),
        "orders": orders,
        "virtual_minutes": round(sum(one.virtual_s for one in results) / 60),
        "faults": reached.total(),
        "losses": sum(one.losses for one in results),
        "duplicates_ab": sum(one.duplicates_ab for one in results),
        "extras_shown_cd": sum(one.extras_shown for one in results),
        "undetected": sum(one.undetected for one in results),
        "slowest_drain_s": round(max((one.drained_s for one in results), default=0)),
    }
    failures = tuple(
        f"Seed {one.seed}: {'; '.join(one.wrong[:_SHOWN])}"
        f" (python -m counterfoil.rehearse.worlds --seed {one.seed})"
        for one in results
        if one.wrong
    )
    rate = f"{1000 * busy_s / max(1, orders):.1f} ms of core time an order"
    guards = {f"guard.{name}": count for name, count in fired.items() if count}
    return Layer("worlds", seconds, cores, counts, {**reached, **guards}, failures, (rate,))


def main(words: list[str]) -> int:
    """Play one seed, twice where asked, and print what was found."""
    parser = argparse.ArgumentParser(prog="counterfoil.rehearse.worlds")
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--times", type=int, default=1)
    parser.add_argument("--many", type=int, default=1, help="seeds from --seed on")
    asked = parser.parse_args(words)
    failed = False
    with grounds(1) as (ground,):
        for seed in range(asked.seed, asked.seed + asked.many):
            for _ in range(asked.times):
                result, _ = ground.play(drawn(seed))
                sys.stdout.write(msgspec.json.encode(result).decode() + "\n")
                failed |= bool(result.wrong)
    return int(failed)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
