"""The monkey: kills, pauses and stops, at moments that nobody chose.

It has four hands that do not wait for one another: one kills workers, one kills the house with
its door, one pauses a worker in the middle of a page until its lease is over, and one stops the
database the hard way. What it kills it starts again at once; the database it leaves to the house.
"""

from __future__ import annotations

import asyncio
import os
import random
import signal
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence

import msgspec

from counterfoil.app import House
from counterfoil.rehearse.chaos.prefork import Child
from counterfoil.store import pages
from counterfoil.store.pages import LEASE_S
from counterfoil.values.errors import Retry

PAST_LEASE_S = LEASE_S + 1.0
"""How long a paused worker sleeps: its lease is over when it wakes."""

_ORDERS = (signal.SIGQUIT, signal.SIGKILL)  # an immediate stop, and worse
_AT_WORK = 0.7  # the others are killed wherever they are, many of them while they start
_LOOK_S = 0.02
_LOOKS = 250
_WAITED_S = 30.0


class Pace(msgspec.Struct, frozen=True):
    """The mean seconds between two acts of each of the monkey's hands; 0 ties a hand.

    It plays for `fury_s` and rests for `rest_s`, so that it finds the house at work when it begins
    again.
    """

    worker_s: float = 0.18
    door_s: float = 4.0
    pause_s: float = 3.0
    database_s: float = 1.2
    fury_s: float = 5.0
    rest_s: float = 2.5


class Monkey:
    """Harasses one rehearsal. `did` counts its acts: kills (of them kills_at_work, with a page in
    hand, and door_kills), pauses, database_stops."""

    def __init__(
        self, house: House, door: Child, workers: Sequence[Child], chance: random.Random, pace: Pace
    ) -> None:
        self.did: Counter[str] = Counter()
        self._house = house
        self._door = door
        self._workers = list(workers)
        self._chance = chance
        self._pace = pace
        self._asleep: set[asyncio.Task[None]] = set()
        self._furious = asyncio.Event()

    async def play(self, seconds: float) -> None:
        """Play for so long; then everything runs, and nothing is paused."""
        pace = self._pace
        hands = [
            asyncio.create_task(self._again(act, mean_s))
            for act, mean_s in (
                (self.kill_worker, pace.worker_s),
                (self.kill_door, pace.door_s),
                (self.pause, pace.pause_s),
                (self.stop_database, pace.database_s),
            )
            if mean_s
        ]
        hands.append(asyncio.create_task(self._breathe()))
        ending = asyncio.create_task(asyncio.sleep(seconds))
        done, _ = await asyncio.wait([ending, *hands], return_when="FIRST_COMPLETED")
        for hand in hands:
            hand.cancel()
        await asyncio.gather(*hands, *self._asleep, return_exceptions=True)
        for hand in done:
            hand.result()  # a hand plays on for ever, or tells why not
        for process in (self._door, *self._workers):
            process.go_on()

    async def _again(self, act: Callable[[], Awaitable[None]], mean_s: float) -> None:
        while True:
            await asyncio.sleep(self._chance.expovariate(1 / mean_s))
            await self._furious.wait()
            await act()

    async def _breathe(self) -> None:
        """Play for a while, rest for a while."""
        while True:
            self._furious.set()
            await asyncio.sleep(self._pace.fury_s)
            if self._pace.rest_s:
                self._furious.clear()
                await asyncio.sleep(self._pace.rest_s)

    async def kill_worker(self) -> None:
        """SIGKILL a worker, and start it again at once."""
        awake = [worker for worker in self._workers if not worker.stopped]
        busy = set(await self._busy())
        at_work = [worker for worker in awake if worker.alive and worker.pid in busy]
        chosen = at_work if at_work and self._chance.random() < _AT_WORK else awake
        if chosen:
            victim = self._chance.choice(chosen)
            self.did["kills_at_work"] += victim in at_work
            self._kill(victim)

    async def kill_door(self) -> None:
        """SIGKILL the house with its door, and start it again at once."""
        self._kill(self._door)
        self.did["door_kills"] += 1

    def _kill(self, victim: Child) -> None:
        if victim.alive:
            victim.kill()
            self.did["kills"] += 1
        victim.start()

    async def pause(self) -> None:
        """SIGSTOP a worker that has a page in hand; it goes on when its lease is over."""
        victim = await self._at_work()
        if victim is not None:
            victim.pause()
            self.did["pauses"] += 1
            waking = asyncio.create_task(_wake(victim))
            self._asleep.add(waking)
            waking.add_done_callback(self._asleep.discard)

    async def _at_work(self) -> Child | None:
        """A worker that is working on a page at this moment."""
        awake = {w.pid: w for w in self._workers if w.alive and not w.stopped}
        if len(awake) < 2:
            return None  # somebody must be left to do the work
        for _ in range(_LOOKS):
            for pid in await self._busy():
                if pid in awake and awake[pid].alive and not awake[pid].stopped:
                    return awake[pid]
            await asyncio.sleep(_LOOK_S)
        return None

    async def _busy(self) -> list[int]:
        """The workers with a page in their hands, the one with the longest lease first."""
        engine = self._house.engine
        try:
            busy = await pages.in_hand(engine.database, engine.clock.now())
        except Retry:
            return []
        return [int(page.holder.split("-")[1]) for page in busy]

    async def stop_database(self) -> None:
        """Stop the database at once, in the middle of everything, and wait for its return."""
        pid = self._house.server.pid
        if pid is None:
            return
        os.kill(pid, self._chance.choice(_ORDERS))
        self.did["database_stops"] += 1
        for _ in range(int(_WAITED_S / _LOOK_S)):
            await asyncio.sleep(_LOOK_S)
            if self._house.server.pid not in (None, pid) and await self._house.server.alive():
                return


async def _wake(sleeper: Child) -> None:
    try:
        await asyncio.sleep(PAST_LEASE_S)
    finally:
        sleeper.go_on()
