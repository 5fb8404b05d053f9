"""Chaos: the house as real processes on a real database, killed, paused and cut off by chance.

A round is a rehearsal of its own: trade between the twins while the monkey plays, then calm until
everything is at rest, then a count by outcome. The count asks the twins and the database, never
the processes that were killed.

Run as `python -m counterfoil.rehearse.chaos --seed N` to see one round again. The plan of a round
(trade, faults, proxy, moments) comes from its seed; which process does what when it is struck is
the operating system's, so a round is repeated in kind and not to the byte.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import math
import os
import random
import shutil
import sys
import time
from collections import Counter
from collections.abc import AsyncGenerator, Generator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from datetime import date
from pathlib import Path

import aiohttp
import msgspec

from counterfoil.app import House, build
from counterfoil.config import Config, load
from counterfoil.config.shape import STATE
from counterfoil.rehearse.chaos import experiments
from counterfoil.rehearse.chaos.experiments import Cell
from counterfoil.rehearse.chaos.judge import judge
from counterfoil.rehearse.chaos.monkey import Monkey, Pace
from counterfoil.rehearse.chaos.prefork import Child
from counterfoil.rehearse.chaos.proxy import TOXICS, Proxy
from counterfoil.rehearse.demo import project
from counterfoil.rehearse.demo.demo import go_on, staged
from counterfoil.rehearse.demo.project import Rehearsal
from counterfoil.rehearse.demo.vendors import write_plan
from counterfoil.rehearse.layer import Layer
from counterfoil.rehearse.temporary import temporary
from counterfoil.rehearse.traffic.sales import Pace as Stretch
from counterfoil.rehearse.traffic.trade import trade
from counterfoil.store.server import Server
from counterfoil.values.clock import SystemClock
from counterfoil.values.errors import CounterfoilError, Retry

_DAY = date(2026, 11, 2)
_ROOM = 4 * 1024**3  # bytes
_EDGES = "reset_edges"  # of 64; the most that one round has struck
_ROUND_S = 120.0
_SHORTEST_S = 20.0
_AROUND_S = 35.0  # the start of a round, its calm and its count
_PLAY_SHARE = 0.35  # of a round at least, however short it is
_TRADE_SHARE = 0.8  # of the play; then the last sales are played with
_START_S = 8.0  # what comes before the play; what it takes longer is taken from the play
_PER_S = 40.0
_PROBE_S = 0.2
_LONGEST_CALM_S = 180.0
_READY_S = 60.0


class Plan(msgspec.Struct, frozen=True):
    """One round, as its seed draws it. `play_s` is how long the monkey plays."""

    seed: int
    orders: int
    workers: int
    play_s: float
    faults: str
    proxied: bool
    pace: Pace = Pace()
    toxics: tuple[str, ...] = TOXICS

    @classmethod
    def drawn(cls, seed: int, play_s: float, per_s: float, workers: int) -> Plan:
        """The round of `seed`."""
        chance = random.Random(f"chaos|{seed}")
        faults = chance.choice(("hostile", "none"))
        proxied = chance.random() < 0.75
        return cls(seed, max(1, int(per_s * play_s)), workers, play_s, faults, proxied)


class Found(msgspec.Struct, frozen=True):
    """What one round came to: the monkey's acts, the strikes, and each thing that is not so."""

    counts: Mapping[str, int]
    reached: Mapping[str, int]
    wrong: tuple[str, ...]


class Round(msgspec.Struct, frozen=True):
    """A round that was played: its seed, how long it was meant to be, what it came to, and how many
    orders a second were sold."""

    seed: int
    length_s: float
    found: Found
    per_s: float = 0.0


def run(
    seed: int,
    budget_s: float,
    cores: int,
    *,
    per_s: float = 0.0,
    workers: int | None = None,
    beside: bool = True,
) -> Layer:
    """Rounds of chaos within `budget_s` seconds, from `seed` on; at least one. `beside` them, each
    in processes of its own, those cells of the layer for which there is time. `per_s` orders a
    second; 0: as many as the machine can bear at the moment."""
    start = time.monotonic()
    rounds: list[Round] = []
    logging.getLogger("asyncpg").setLevel(logging.CRITICAL)  # that it is away is our own doing
    with own_database(), experiments.beside(seed, budget_s if beside else 0.0) as played:
        longer = 1.0  # than planned: what a round has taken on this machine
        while True:
            left_s = budget_s - (time.monotonic() - start)
            length_s = left_s / max(1, math.ceil(left_s / _ROUND_S)) / longer
            if rounds and length_s < _SHORTEST_S:
                break
            began = time.monotonic()
            crowded = crowd()
            play_s = max(length_s * _PLAY_SHARE, length_s - _AROUND_S * crowded)
            rate = per_s or _PER_S / crowded
            plan = Plan.drawn(seed + len(rounds), play_s, rate, workers or cores + 2)
            rounds.append(Round(plan.seed, length_s, asyncio.run(play(plan)), rate))
            longer = max(longer, (time.monotonic() - began) / length_s)
        cells = played.told(start + budget_s - time.monotonic())
    return layer(rounds, time.monotonic() - start, cores, cells)


def crowd() -> float:
    """How many times as long as alone our work takes, for the others that this machine has."""
    wall_s, own_s = time.monotonic(), time.process_time()
    while time.process_time() - own_s < _PROBE_S:
        pass
    return max(1.0, (time.monotonic() - wall_s) / _PROBE_S)


async def play(plan: Plan) -> Found:
    """Play one round in a folder of its own, which goes with it."""
    with place() as room:
        config = planned(plan, room)
        try:
            return await _play(plan, config)
        finally:
            await Server.at(config.state).erase()


def planned(plan: Plan, room: Path) -> Config:
    """A rehearsal's folder in `room`, with the plan's trade before it."""
    sales = trade(_DAY, orders=plan.orders, seed=plan.seed, pace=Stretch(spread_s=1.0))
    with sales:
        config = project.write(room, seed=plan.seed, faults=plan.faults, traffic=sales.traffic)
        write_plan(config, sales, plan.play_s * _TRADE_SHARE)
        return config


async def _play(plan: Plan, config: Config) -> Found:
    chance = random.Random(f"chaos|{plan.seed}|moments")
    ending = time.monotonic() + _START_S + plan.play_s
    rehearsal = project.rehearsal(config)
    assert rehearsal is not None
    async with _proxy(plan, rehearsal, chance) as proxy:
        config = _few_at_once(config, rehearsal, proxy)
        async with staged(config, SystemClock()), company(config, plan.workers) as cast:
            house, door, workers = cast
            monkey = Monkey(house, door, workers, chance, plan.pace)
            await monkey.play(max(plan.play_s / 2, ending - time.monotonic()))
            proxy.calm = True
            await _calm(rehearsal)
            try:
                async with asyncio.timeout(_LONGEST_CALM_S):
                    outcome = await go_on(house, silent)
            except TimeoutError:
                words = "; ".join(process.last_words()[-300:] for process in (door, *workers))
                return _found(monkey, proxy, {}, [f"did not come to rest: {words}"])
            counts, wrong = await judge(house, rehearsal, outcome)
            return _found(monkey, proxy, counts, wrong)


def _found(monkey: Monkey, proxy: Proxy, counts: dict[str, int], wrong: Sequence[str]) -> Found:
    edges = Counter({_EDGES: len(proxy.edges)})
    return Found({**monkey.did, **counts}, proxy.reached + edges, tuple(wrong))


# --- the company ---


@asynccontextmanager
async def company(config: Config, count: int) -> AsyncGenerator[tuple[House, Child, list[Child]]]:
    """The house with its door, its workers, and a house of our own that only looks."""
    door = Child(config, "up", "up")
    workers = [Child(config, f"worker{number}", "worker") for number in range(1, count + 1)]
    hands = [door, *workers]
    try:
        door.start()
        await ready(config, door)
        for worker in workers:
            worker.start()
        house = await build(config, role="chaos")
        try:
            yield house, door, workers
        finally:
            await house.close()
    finally:
        for hand in hands:
            if hand.alive:
                hand.kill()


async def ready(config: Config, door: Child) -> None:
    """Wait until the door is open. Raises its last words where it died."""
    clock = SystemClock()
    deadline = clock.monotonic() + _READY_S
    async with aiohttp.ClientSession() as client:
        while clock.monotonic() < deadline:
            if not door.alive:
                raise CounterfoilError(f"The house did not start: {door.last_words()}")
            try:
                async with client.get(f"http://127.0.0.1:{config.file.web.port}/ready") as answer:
                    if answer.status == 200:
                        return
            except aiohttp.ClientError:
                pass
            await clock.sleep(0.05)
    raise Retry(f"The house did not open its door within {_READY_S:g} s.")


def _few_at_once(config: Config, known: Rehearsal, proxy: Proxy) -> Config:
    """Few pages in each pair of hands, so that most work is the workers'; calls by the proxy."""
    file = config.folder / "counterfoil.toml"
    text = file.read_text("utf-8") + "\n[worker]\nat_once = 2\n"
    if proxy.port:
        direct = f'url = "http://127.0.0.1:{known.target}"'
        assert direct in text
        text = text.replace(direct, f'url = "http://127.0.0.1:{proxy.port}"')
    file.write_text(text, "utf-8")
    return load(config.folder)


@asynccontextmanager
async def _proxy(plan: Plan, known: Rehearsal, chance: random.Random) -> AsyncGenerator[Proxy]:
    proxy = Proxy(known.target, random.Random(chance.getrandbits(64)), toxics=plan.toxics)
    if plan.proxied:
        await proxy.open()
    try:
        yield proxy
    finally:
        await proxy.close()


async def _calm(known: Rehearsal) -> None:
    async with aiohttp.ClientSession() as client:
        for port in known.ports.values():
            async with client.post(f"http://127.0.0.1:{port}/_twin/calm"):
                pass


@contextmanager
def place(state: str = STATE) -> Generator[Path]:
    """A folder in the machine's memory where it has the room: SIGKILL loses nothing from there."""
    memory = Path("/dev/shm")  # noqa: S108
    roomy = memory.is_dir() and shutil.disk_usage(memory).free > _ROOM
    with temporary("counterfoil-chaos-", state, memory if roomy else None) as room:
        room.chmod(0o755)  # the database may run as another account
        yield room


@contextmanager
def own_database() -> Generator[None]:
    """A database that may be killed is our own, never the one that is given."""
    dsn = os.environ.pop("DATABASE_URL", None)
    try:
        yield
    finally:
        if dsn is not None:
            os.environ["DATABASE_URL"] = dsn


def silent(said: str, done: int, all_: int) -> None:
    """Nobody watches."""


# --- the layer ---


def layer(rounds: Sequence[Round], seconds: float, cores: int, told: Sequence[Cell] = ()) -> Layer:
    """The rounds and cells together; a failure ends with the command that plays it again."""
    counts = Counter[str]()
    reached = Counter[str](dict.fromkeys(TOXICS, 0))
    failures: list[str] = []
    edges = 0
    for round_ in rounds:
        counts.update(round_.found.counts)
        reached.update({**round_.found.reached, _EDGES: 0})
        edges = max(edges, round_.found.reached.get(_EDGES, 0))
        again = f"--seed {round_.seed} --seconds {round_.length_s:.0f} --rate {round_.per_s:.1f}"
        failures += [
            f"Chaos of seed {round_.seed}: {fault}. "
            f"See it again: python -m counterfoil.rehearse.chaos {again}"
            for fault in round_.found.wrong
        ]
    for cell in told:
        counts.update(cell.counts)
        failures += cell.failures
    reached[_EDGES] = edges
    counts["rounds"] = len(rounds)
    return Layer(
        "chaos",
        seconds,
        cores,
        dict(counts),
        dict(reached),
        tuple(failures),
        (
            "processes and the database die; the disk does not: a power cut is not played here",
            *(note for cell in told for note in cell.notes),
        ),
    )


def main(words: Sequence[str]) -> int:
    """Play one round from the command line; 0 where nothing is wrong."""
    parser = argparse.ArgumentParser(description="One round of chaos.")
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--seconds", type=float, default=_ROUND_S)
    parser.add_argument("--rate", type=float, default=0.0, help="orders a second")
    parser.add_argument("--workers", type=int)
    arguments = parser.parse_args(words)
    outcome = run(
        arguments.seed,
        arguments.seconds,
        os.cpu_count() or 1,
        per_s=arguments.rate,
        workers=arguments.workers,
        beside=False,
    )
    sys.stdout.buffer.write(msgspec.json.format(msgspec.json.encode(outcome)) + b"\n")
    return 0 if outcome.sound else 1
