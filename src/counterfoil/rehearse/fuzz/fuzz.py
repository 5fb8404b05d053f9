"""Hostile bytes: a million damaged bodies at every target, forged messages, and the hand-made ones.

One seed is one share of work over every fuzz target; seeds follow each other until the time is up.
So the seed of a failure, given to `counterfoil prove --layer bytes --seed`, is worked first.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import random
import re
import time
import traceback
from collections import Counter, deque
from collections.abc import Iterator, Mapping
from multiprocessing.pool import AsyncResult
from pathlib import Path
from typing import Final

import msgspec

from counterfoil.kit import webhook
from counterfoil.kit.manifest import Webhook
from counterfoil.rehearse.cast.estate import SOURCE
from counterfoil.rehearse.fuzz.corpus import cases
from counterfoil.rehearse.fuzz.forgery import FORGERIES, OLD_SECRET, SECRET, forged, signature
from counterfoil.rehearse.fuzz.mutate import MUTATIONS, Base, base, mutated
from counterfoil.rehearse.fuzz.samples import Samples, samples
from counterfoil.rehearse.fuzz.stub import connector
from counterfoil.rehearse.fuzz.targets import Targets
from counterfoil.rehearse.layer import Layer
from counterfoil.values.errors import Refuse

SPLIT: Final[Mapping[str, int]] = {
    "wire": 4000, "hook": 640, "listing": 200, "read": 120, "census": 160, "shop-probe": 80,
    "bulk": 100, "bulk-run": 100, "grant": 100, "office-token": 100, "office-values": 160,
    "office-write": 240, "office-orders": 200, "office-lines": 200, "money": 800, "time": 400,
    "quantity": 240, "retry-after": 160,
}  # fmt: skip
"""Of one seed, how many damaged bodies go to each target."""
FORGED: Final = 1000
"""Of one seed, how many messages are forged."""
SLOW_S: Final = 1.0
MOST_GROWN_KB: Final = 64 * 1024

_SMALL = 20_000  # bytes; what is larger meets its own target only
_MOST_TOLD = 20  # failures that are told; the rest are counted
_PATIENCE_S = 120.0  # for the answer of one seed, which takes less than one
_STATUS, _CLEAR = Path("/proc/self/status"), Path("/proc/self/clear_refs")
_AGAIN = "counterfoil prove --layer bytes --minutes 0.2 --seed"


class Tally(msgspec.Struct):
    """What one share of the work came to; `grown_kb` is the most that the process has grown,
    `cpu_s` what the share took of a processor."""

    counts: dict[str, int]
    reached: dict[str, int]
    failures: list[str]
    grown_kb: int
    cpu_s: float = 0.0


def run(seed: int, budget_s: float, cores: int) -> Layer:
    """Work seeds from `seed` on for `budget_s` seconds of wall time, in `cores` processes.

    The hand-made inputs come first, whatever the budget, and at least one seed is worked.
    """
    start = time.monotonic()
    total, faults = _Total(), list[str]()
    true = asyncio.run(samples())
    with multiprocessing.get_context("spawn").Pool(cores, _begin, (true,)) as pool:
        by_hand = pool.apply_async(_hand_made, (seed,))
        work = deque[tuple[int, AsyncResult[Tally]]]()
        for number in _seeds(seed, start + budget_s):
            work.append((number, pool.apply_async(_worked, (number,))))
            if len(work) > 2 * cores:
                total.take(*work.popleft())
        for number, result in [*work, (seed, by_hand)]:
            total.take(number, result)
    faults += total.failures + total.too_much() + total.not_reached()
    return Layer(
        name="bytes",
        seconds=time.monotonic() - start,
        cores=cores,
        counts={
            **total.counts,
            "grown_mb": -(-total.grown_kb // 1024),
            "core_seconds": round(total.cpu_s),
        },
        reached=dict(total.reached),
        failures=tuple(faults[:_MOST_TOLD]),
        notes=_notes(),
    )


def _seeds(first: int, end: float) -> Iterator[int]:
    yield first
    while time.monotonic() < end:
        first += 1
        yield first


class _Total:
    """The sum of the tallies."""

    def __init__(self) -> None:
        self.counts = Counter[str](dict.fromkeys(_COUNTED, 0))
        self.reached = Counter[str]()
        self.failures: list[str] = []
        self.grown_kb = 0
        self.cpu_s = 0.0

    def take(self, seed: int, result: AsyncResult[Tally]) -> None:
        try:
            tally = result.get(_PATIENCE_S)
        except multiprocessing.TimeoutError:
            self.counts["crashed"] += 1
            self.failures.append(f"A process died over seed {seed}, or hangs: {_AGAIN} {seed}")
            return
        self.counts.update(tally.counts)
        self.reached.update(tally.reached)
        self.failures += [f"{failure}: {_AGAIN} {seed}" for failure in tally.failures]
        self.grown_kb = max(self.grown_kb, tally.grown_kb)
        self.cpu_s += tally.cpu_s

    def too_much(self) -> list[str]:
        """The failure of a process that grew beyond its bound."""
        if self.grown_kb <= MOST_GROWN_KB:
            return []
        return [f"A process grew by {self.grown_kb // 1024} MB; at most 64 are allowed: {_AGAIN} 1"]

    def not_reached(self) -> list[str]:
        """A target, a mutation or a forgery that was never tried proves nothing."""
        names = [*SPLIT, *MUTATIONS, *(f"forged: {name}" for name in FORGERIES)]
        return [f"Never tried: {name}: {_AGAIN} 1" for name in names if not self.reached[name]]


_COUNTED = (
    "seeds", "inputs", "accepted", "held", "refused", "again", "crashed", "slow",
    "forged_tried", "forged_accepted", "by_hand",
)  # fmt: skip


def _notes() -> tuple[str, ...]:
    deep = sum(count for target, count in SPLIT.items() if target != "wire")
    return (
        f"Of each seed {SPLIT['wire']} damaged bodies meet the JSON parser alone, {deep} a whole "
        f"reader of one of {len(SPLIT) - 1} kinds, and {FORGED} messages are forged.",
    )


# --- in the processes ---


class Workshop:
    """What one process works with: the targets, the true bodies taken apart, what it began with."""

    def __init__(self, true: Samples) -> None:
        self.true = true
        self.targets = Targets(true)
        self.bases: dict[str, list[Base]] = {
            target: [base(body) for body in self.targets.true(target)] for target in SPLIT
        }
        hook = connector(SOURCE).manifest.webhook
        assert hook is not None
        self.hook: Webhook = hook
        self._began_kb = 0

    async def warmed(self) -> None:
        """Let every true body through once, so that what is built on first use is there."""
        for target in SPLIT:
            for body in self.targets.true(target):
                await self.targets.problem(target, body)
        self._began_kb = _began_kb()

    async def worked(self, seed: int) -> Tally:
        """One seed's share."""
        chance = random.Random(seed)
        self.targets.reopen()
        tally = Tally({"seeds": 1}, {}, [], 0)
        counts = Counter(tally.counts)
        reached = Counter[str]()
        for target, count in SPLIT.items():
            reached[target] += count
            bases = self.bases[target]
            for _ in range(count):
                base_, other = bases[_at(chance, bases)], bases[_at(chance, bases)]
                mutation, body = mutated(chance, base_, other)
                reached[mutation] += 1
                counts[await self._tried(target, body, tally)] += 1
        counts["inputs"] += sum(SPLIT.values())
        self._forge(chance, counts, reached, tally)
        return self._ended(tally, counts, reached)

    async def hand_made(self) -> Tally:
        """Every case at its own target, and those that are bytes at every other one as well."""
        tally, counts = Tally({}, {}, [], 0), Counter[str]()
        corpus = cases(self.true)
        self._began_kb = _began_kb()  # the corpus is ours, and no growth of the house
        for case in corpus:
            got = await self._tried(case.target, case.body, tally, case.name)
            counts[got if got in ("crashed", "slow") else "by_hand"] += 1
            if got != case.fate and (case.fate != "stopped" or got == "accepted"):
                tally.failures.append(f"{case.name!r} at {case.target} is {got}, not {case.fate}")
        for case in corpus:
            for target in SPLIT:
                if case.target in ("wire", "hook") and len(case.body) < _SMALL:
                    await self._tried(target, case.body, tally, case.name)
        return self._ended(tally, counts, Counter())

    async def _tried(self, target: str, body: bytes, tally: Tally, name: str = "") -> str:
        """The verdict; "crashed" or "slow" where it had to end in neither."""
        for tell in (time.perf_counter, time.thread_time):  # a busy machine is no slow target
            start = tell()
            try:
                got = await self.targets.enter(target, body)
            except Exception as error:  # noqa: BLE001 - a crash is what is looked for here
                if len(tally.failures) < _MOST_TOLD:  # where it broke is dear to find out
                    tally.failures.append(_crash(target, name, body, error))
                return "crashed"
            if tell() - start < SLOW_S:
                return got
        tally.failures.append(f"{target} took more than a second over {_shown(name, body)}")
        return "slow"

    def _forge(
        self, chance: random.Random, counts: Counter[str], reached: Counter[str], tally: Tally
    ) -> None:
        bodies_ = self.targets.true("hook")
        for index in range(FORGED):
            true = bodies_[index % len(bodies_)]
            name, signed, body = forged(chance, true)
            reached[f"forged: {name}"] += 1
            counts["forged_tried"] += 1
            if self._accepts(signed, body):
                counts["forged_accepted"] += 1
                tally.failures.append(f"A forged message was accepted ({name})")
        if not self._accepts(signature(bodies_[0]), bodies_[0]):
            tally.failures.append("A true message was refused")

    def _accepts(self, given: str | None, body: bytes) -> bool:
        headers = {self.hook.topic_header: "orders/create"}
        if given is not None:
            headers[self.hook.header] = given
        try:
            webhook.verify(self.hook, (SECRET, OLD_SECRET), headers, body)
        except Refuse:
            return False
        return True

    def _ended(self, tally: Tally, counts: Counter[str], reached: Counter[str]) -> Tally:
        return Tally(
            dict(counts), dict(reached), tally.failures[:_MOST_TOLD], _most_kb() - self._began_kb
        )


_SHOP: list[Workshop] = []  # of this process


def _begin(true: Samples) -> None:
    workshop = Workshop(true)
    asyncio.run(workshop.warmed())
    _SHOP.append(workshop)


def _worked(seed: int) -> Tally:
    began_s = time.process_time()
    tally = asyncio.run(_SHOP[0].worked(seed))
    tally.cpu_s = time.process_time() - began_s
    return tally


def _hand_made(seed: int) -> Tally:
    return asyncio.run(_SHOP[0].hand_made())


def _at(chance: random.Random, things: list[Base]) -> int:
    return int(chance.random() * len(things))


def _crash(target: str, name: str, body: bytes, error: Exception) -> str:
    frame = traceback.extract_tb(error.__traceback__)[-1]
    place = f"{Path(frame.filename).name}:{frame.lineno}"
    return f"{target} broke with {type(error).__name__} at {place} over {_shown(name, body)}"


def _shown(name: str, body: bytes) -> str:
    return name or f"{len(body)} bytes, {body[:40]!r}"


def _began_kb() -> int:
    """What this process has in memory now; from here on the kernel notes its peak anew."""
    _CLEAR.write_text("5")  # resets the peak, see proc(5)
    return _most_kb()


def _most_kb() -> int:
    """The most that this process has had in memory, in kB."""
    match = re.search(r"^VmHWM:\s+(\d+) kB", _STATUS.read_text("ascii"), re.MULTILINE)
    return int(match[1]) if match else 0
