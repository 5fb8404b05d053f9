"""Processes that play worlds side by side, each in a database of its own, and what they tell.

What is told comes in while they play. None of them outlives its time: one that is still inside a
world when the grace is over, or inside one world for longer than any may take, is ended; and one
that ends by itself in the middle of its work is told of, never passed over.
"""

from __future__ import annotations

import multiprocessing
import time
from collections.abc import Callable, Iterator, Sequence
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from typing import Final, Protocol

import msgspec

from counterfoil.rehearse.layer import Layer
from counterfoil.rehearse.worlds.runner import Runner, runners

GRACE_S: Final = 10.0
"""How long after the deadline a process may still be inside what it has begun."""
LONGEST_S: Final = 90.0
"""How long a process may be silent: the real time that a world may take."""


class Share(msgspec.Struct, frozen=True):
    """What one process is to play: number `at` of `of`, until the moment `deadline` (epoch, s)."""

    seed: int
    at: int
    of: int
    deadline: float

    def room_for(self, seconds: float) -> bool:
        """Whether something that takes so long can still end in time."""
        return time.time() + seconds <= self.deadline


class Ended(msgspec.Struct, frozen=True):
    """A process is gone, after `silent_s` seconds without a word. `cut` says that it was ended
    because its time was over; `code` is its exit status; `last` is what it told last."""

    at: int
    cut: bool
    code: int
    silent_s: float
    last: bytes

    @property
    def hung(self) -> bool:
        """Whether it was in one thing for longer than anything may take."""
        return self.silent_s >= LONGEST_S


_TIDYING_S = 1.5  # of a budget: for the databases to go
_ENDED: Final = b"!"  # no JSON begins so

Player = Callable[[Runner, Share], Iterator[bytes]]
"""What a process does: a function of a module, since the process imports it by name."""


def play(places: Sequence[Runner], player: Player, seed: int, deadline: float) -> Iterator[bytes]:
    """What the processes tell, as it comes, and at last what became of each that broke off."""
    hands = [
        _Hand(place, player, Share(seed, number, len(places), deadline))
        for number, place in enumerate(places)
    ]
    try:
        yield from _heard(hands, deadline + GRACE_S)
    finally:
        for hand in hands:
            hand.end()


class Tally(Protocol):
    """What a run comes to, as it comes in."""

    def hear(self, told: bytes) -> None:
        """Take in what a process says."""
        ...

    def layer(self, seconds: float, cores: int) -> Layer:
        """The layer, once every process has ended."""
        ...


def layer_of(tally: Tally, player: Player, seed: int, budget_s: float, cores: int) -> Layer:
    """What `player` comes to from `seed` on, on every core, until `budget_s` seconds are over."""
    started = time.perf_counter()
    with runners(cores) as places:
        deadline = time.time() + budget_s - (time.perf_counter() - started) - _TIDYING_S
        for line in play(places, player, seed, deadline):
            tally.hear(line)
    return tally.layer(time.perf_counter() - started, cores)


def ended(told: bytes) -> Ended | None:
    """What `play` says of a process that broke off; None where a process itself speaks."""
    mark = len(_ENDED)
    return msgspec.json.decode(told[mark:], type=Ended) if told[:mark] == _ENDED else None


def told_of(gone: Ended) -> bytes:
    """What `ended` reads."""
    return _ENDED + msgspec.json.encode(gone)


class _Hand:
    """One process and the way on which it speaks."""

    def __init__(self, place: Runner, player: Player, share: Share) -> None:
        spawn = multiprocessing.get_context("spawn")
        ours, theirs = spawn.Pipe(duplex=False)
        self.way: Connection = ours
        self._at = share.at
        self._last = b""
        self._heard_at = time.time()
        self.process: BaseProcess = spawn.Process(
            target=_work, args=(place.dsn, player, share, theirs)
        )
        self.process.start()
        theirs.close()

    def until(self, latest: float) -> float:
        """The moment (epoch, s) until which it may be silent."""
        return min(latest, self._heard_at + LONGEST_S)

    def word(self) -> bytes | None:
        """What it says next; None where it has gone."""
        try:
            self._last = self.way.recv_bytes()
        except EOFError:
            self.process.join()
            return None
        self._heard_at = time.time()
        return self._last

    def end(self) -> None:
        """End it, where it has not ended by itself."""
        if self.process.is_alive():
            self.process.kill()
        self.process.join()
        self.way.close()

    def gone(self, *, cut: bool) -> bytes:
        """What there is to say of its end."""
        silent_s = time.time() - self._heard_at
        code = self.process.exitcode or 0
        return told_of(Ended(self._at, cut, code, silent_s, self._last))


def _heard(hands: Sequence[_Hand], latest: float) -> Iterator[bytes]:
    at_work = {id(hand.way): hand for hand in hands}
    while at_work:
        first = min(hand.until(latest) for hand in at_work.values())
        ways = [hand.way for hand in at_work.values()]
        ready = [at_work[id(way)] for way in wait(ways, max(0.0, first - time.time()))]
        late = [] if ready else [hand for hand in at_work.values() if hand.until(latest) <= first]
        for hand in ready:
            line = hand.word()
            if line is not None:
                yield line
                continue
            del at_work[id(hand.way)]
            if hand.process.exitcode:
                yield hand.gone(cut=False)
        for hand in late:
            del at_work[id(hand.way)]
            hand.process.kill()
            yield hand.gone(cut=True)


def _work(dsn: str, player: Player, share: Share, way: Connection) -> None:
    for line in player(Runner(dsn), share):
        way.send_bytes(line)
