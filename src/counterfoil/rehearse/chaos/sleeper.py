"""The sleeper: a worker stopped in the middle of sending, and continued long after its lease.

Everything that leaves the worker for the target passes a line of its own, which writes down what
it hears. So what the worker posts after it woke is read from the wire, and not from what the house
says of itself.

Run as `python -m counterfoil.rehearse.chaos.sleeper --seconds 60`.
"""

from __future__ import annotations

import argparse
import asyncio
import re
import shutil
import sys
from collections.abc import Mapping, Sequence
from random import Random

import asyncpg
import msgspec

from counterfoil.app import House, build
from counterfoil.config import PROJECT_FILE, Config, load
from counterfoil.config.shape import STATE
from counterfoil.ledger.account import State
from counterfoil.rehearse.cast.estate import landing
from counterfoil.rehearse.chaos import chaos
from counterfoil.rehearse.chaos.chaos import Plan
from counterfoil.rehearse.chaos.experiments import answer
from counterfoil.rehearse.chaos.judge import FENCES, judge
from counterfoil.rehearse.chaos.prefork import Child
from counterfoil.rehearse.chaos.proxy import LATENCY, Proxy
from counterfoil.rehearse.demo import project
from counterfoil.rehearse.demo.demo import go_on, staged
from counterfoil.rehearse.demo.latency import landed_s, now_s, watch
from counterfoil.store import pages, records, workers
from counterfoil.store.pages import LEASE_S
from counterfoil.store.server import Server
from counterfoil.values.clock import SystemClock

ASKED_S = 60.0
"""How long past its lease the worker sleeps."""

_ORDERS = 150
_LATE_S = (0.08, 0.12)  # a call of the sleeper lasts, so that it is caught in the middle of a page
_LOOK_S = 0.02
_LOOKS = 1500
_RELIEF_S = 0.1
_AFTER_S = 6.0  # what it would write, it would have written by then; and its guards are noted
_LEFT = 4  # records of the page, at least, that are not at the target yet
_SETTLED_S = 1.0
_REQUEST = re.compile(rb"(?:GET|POST|PUT) \S+ HTTP/1\.1\r\n")


class Slept(msgspec.Struct, frozen=True):
    """What one sleep came to.

    It is woken at `seconds` past its lease, or when another worker has finished its page, whichever
    is later. `unsent`: records of its page that the target did not have when it was stopped.
    `posted`: orders of that page that left the worker after it woke. `landed_later`: orders of it
    that the target took after the worker woke, from whomever. `fence` is the page's own counter
    when the worker was stopped and when it woke, `fenced` how often the guard spoke meanwhile.
    """

    seconds: float
    unsent: int = 0
    posted: int = 0
    landed_later: int = 0
    fence: tuple[int, int] = (0, 0)
    fenced: int = 0
    counts: Mapping[str, int] = {}
    wrong: tuple[str, ...] = ()


class _Caught(msgspec.Struct, frozen=True):
    """The page that the worker had in its hands: its number, its fence, its orders' own names."""

    page: int
    fence: int
    keys: tuple[str, ...]
    unsent: int


async def sleep(seed: int, past_s: float) -> Slept:
    """Stop a worker with a page half sent, let it sleep `past_s` past its lease, and look."""
    plan = Plan(seed, _ORDERS, 1, 1.0, "none", proxied=False)
    with chaos.place() as room:
        config = chaos.planned(plan, room)
        try:
            return await _sleep(config, seed, past_s)
        finally:
            await Server.at(config.state).erase()


async def _sleep(config: Config, seed: int, past_s: float) -> Slept:
    rehearsal = project.rehearsal(config)
    assert rehearsal is not None
    target = rehearsal.target
    line = Proxy(
        target, Random(seed), toxics=(LATENCY,), fuse_bytes=(0, 0), late_s=_LATE_S, hear=True
    )
    await line.open()
    there = _by_the_line(config, target, line.port)
    database = {"DATABASE_URL": Server.at(config.state).dsn}
    hands = (
        Child(config, "up", "up"),
        Child(there, "sleeper", "worker", surroundings=database),
    )
    try:
        async with staged(config, SystemClock()):
            watch(config)
            house = await build(config, role="chaos")
            try:
                return await _watch(house, hands, line, past_s)
            finally:
                await house.close()
    finally:
        for hand in hands:
            if hand.alive:
                hand.kill()
        await line.close()


def _by_the_line(config: Config, target: int, line: int) -> Config:
    """The same project as the sleeper has it: its calls to the target pass the line."""
    there = config.folder / "sleeper"
    shutil.copytree(config.folder, there, ignore=shutil.ignore_patterns(STATE, "secrets"))
    (there / STATE).mkdir()
    # One estate has one key file, whoever of its machines makes it first.
    (there / "secrets").symlink_to(config.folder / "secrets")
    file = there / PROJECT_FILE
    direct, text = f'url = "http://127.0.0.1:{target}"', file.read_text("utf-8")
    assert direct in text
    file.write_text(text.replace(direct, f'url = "http://127.0.0.1:{line}"'), "utf-8")
    return load(there)


async def _watch(house: House, hands: tuple[Child, Child], line: Proxy, past_s: float) -> Slept:
    """The sleeper works alone until it is caught; while it sleeps, the other does its work."""
    other, sleeper = hands
    rehearsal = project.rehearsal(house.config)
    assert rehearsal is not None
    sleeper.start()
    caught = await _catch(house, sleeper)
    if caught is None:
        return Slept(past_s, wrong=("no worker was caught in the middle of sending",))
    other.start()
    before = await _fenced(house)
    await SystemClock().sleep(LEASE_S + past_s)
    # Only what another worker has finished is no longer the sleeper's: a page that nobody took it
    # may take afresh, and send.
    if not await _relieved(house, caught):
        return Slept(past_s, caught.unsent, wrong=("no other worker finished the page",))
    woke_s, woke = now_s(), asyncio.get_running_loop().time()
    sleeper.go_on()
    await SystemClock().sleep(_AFTER_S)
    outcome = await go_on(house, chaos.silent)
    counts, wrong = await judge(house, rehearsal, outcome)
    slept = Slept(
        seconds=past_s,
        unsent=caught.unsent,
        posted=len(posted(line.heard, woke, caught.keys)),
        landed_later=sum(landed >= woke_s for key, landed in landed_s(house.config).items()
                         if key in {_short(key) for key in caught.keys}),
        fence=(caught.fence, await _fence(house, caught.page)),
        fenced=await _fenced(house) - before,
        counts=counts,
    )  # fmt: skip
    return msgspec.structs.replace(slept, wrong=(*wrong, *_wrong(slept)))


def _wrong(slept: Slept) -> list[str]:
    """What must not be: a write after the wake, or a fence that did not move."""
    faults: list[str] = []
    if slept.posted:
        faults.append(f"{slept.posted} orders were posted by a worker whose lease had ended")
    if slept.fence[1] <= slept.fence[0]:
        faults.append(f"the fence of the sleeper's page stayed at {slept.fence[0]}")
    if slept.fenced <= 0:
        faults.append("no fence turned the sleeper away")
    if slept.landed_later:
        faults.append(f"{slept.landed_later} orders of its page landed after it woke")
    return faults


async def _catch(house: House, sleeper: Child) -> _Caught | None:
    """Stop the sleeper when it has a page in its hands of which much is still to be sent."""
    for _ in range(_LOOKS):
        await SystemClock().sleep(_LOOK_S)
        if await _half_sent(house, sleeper) is None:
            continue
        sleeper.pause()
        await SystemClock().sleep(_SETTLED_S)  # what it had said before is there by then
        caught = await _half_sent(house, sleeper)
        if caught is not None:
            return caught
        sleeper.go_on()
    return None


async def _relieved(house: House, caught: _Caught) -> bool:
    """Wait until every order of the page is at the target, by the hand of another."""
    keys = {_short(key) for key in caught.keys}
    for _ in range(_LOOKS):
        if keys <= set(await asyncio.to_thread(landed_s, house.config)):
            return True
        await SystemClock().sleep(_RELIEF_S)
    return False


async def _half_sent(house: House, sleeper: Child) -> _Caught | None:
    """The page that the sleeper is sending, where enough of it is not at the target yet."""
    engine = house.engine
    now = engine.clock.now()
    landed = await asyncio.to_thread(landed_s, house.config)
    for page in await pages.in_hand(engine.database, now):
        if page.holder.split("-")[1] != str(sleeper.pid):
            continue
        due = await records.due(engine.database, page.id, now)
        sending = [record.key for record in due if State(record.state) is State.SENDING]
        unsent = [key for key in sending if _short(key) not in landed]
        if _LEFT <= len(unsent) < len(sending):
            return _Caught(page.id, page.fence, tuple(sending), len(unsent))
    return None


def posted(
    heard: Sequence[tuple[float, int, bytes]], since: float, keys: Sequence[str]
) -> set[str]:
    """The orders among `keys` in a request for a write of which a part was said from `since` on."""
    orders: set[str] = set()
    for line in {number for _, number, _ in heard}:
        pieces = [(heard_at, data) for heard_at, number, data in heard if number == line]
        early = sum(len(data) for heard_at, data in pieces if heard_at < since)
        stream = b"".join(data for _, data in pieces)
        starts = [match.start() for match in _REQUEST.finditer(stream)]
        for start, end in zip(starts, [*starts[1:], len(stream)], strict=True):
            request = stream[start:end]
            if end > early and _writes(request):
                orders |= {key for key in keys if _names(request, key)}
    return orders


def _writes(request: bytes) -> bool:
    """Whether the request line says that a document is written."""
    method, _, target = request.decode("latin-1").partition(" ")
    path = target.partition(" ")[0].partition("?")[0]
    return landing(method, path) is not None


def _names(request: bytes, key: str) -> bool:
    return re.search(re.escape(key.encode()) + rb"(?![0-9])", request) is not None


def _short(key: str) -> str:
    """The shop's own number of an order."""
    return key.rsplit("/", 1)[-1]


async def _fence(house: House, page: int) -> int:
    """The page's fence now."""
    connection = await asyncpg.connect(house.engine.database.dsn)
    try:
        return int(await connection.fetchval("select fence from page where id = $1", page))
    finally:
        await connection.close()


async def _fenced(house: House) -> int:
    """How often a fence has turned a worker away."""
    guards = await workers.guards(house.engine.database)
    return sum(fired for name, fired in guards.items() if name in FENCES)


def main(words: Sequence[str]) -> int:
    """Let one worker sleep, from the command line; 0 where it wrote nothing."""
    parser = argparse.ArgumentParser(description="A worker that sleeps past its lease.")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=ASKED_S, help="past its lease")
    arguments = parser.parse_args(words)
    with chaos.own_database():
        slept = asyncio.run(sleep(arguments.seed, arguments.seconds))
    tally = {
        "pauses": 1,
        "unsent": slept.unsent,
        "posted_after_waking": slept.posted,
        "fences": slept.fenced,
        "fence_rose_by": slept.fence[1] - slept.fence[0],
        "seconds_past_lease": int(slept.seconds),
    }
    sys.stdout.buffer.write(answer(slept, tally, slept.wrong))
    return 1 if slept.wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
