"""The limits of an account, counted where they hold: at the vendor, over all callers together."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Sequence
from typing import Protocol

from counterfoil.twins.kit.memory import Memory
from counterfoil.values.clock import Clock

_EPSILON = 1e-6  # of a call or a point; what adding up small times may lose


class Limit(Protocol):
    """One limit of an account; `name` is what its refusals are counted as."""

    name: str

    def wait_s(self, inside: int) -> float:
        """Let a call in: 0; else the seconds after which to retry. `inside` counts those that are
        being served, this one among them."""
        ...


class Bucket:
    """A leaky bucket: `size` at most, `per_s` back each second.

    The caller's own spending is reckoned apart, so that a call which was refused because somebody
    else drained the bucket is not held against the caller.
    """

    def __init__(self, size: float, per_s: float, clock: Clock, name: str = "over_limit") -> None:
        self.name = name
        self.size = size
        self.per_s = per_s
        self._clock = clock
        self._level = self._own = float(size)
        self._restored_s = clock.monotonic()

    @property
    def level(self) -> float:
        """What is left now."""
        self._restore()
        return self._level

    def take(self, cost: float) -> bool:
        """Spend `cost`, or say no."""
        self._restore()
        if self._level < cost - _EPSILON:
            return False
        self._spend(cost)
        return True

    def wait_s(self, inside: int) -> float:
        """Let a call in, or say in how many whole seconds one fits."""
        if self.take(1):
            return 0
        return max(1, math.ceil((1 - self._level) / self.per_s))

    def overdrawn(self, cost: float) -> bool:
        """Whether the caller asks for more than its own spending has left it."""
        self._restore()
        return self._own < cost - _EPSILON

    def give_back(self, cost: float) -> None:
        """Return what was reserved and not used."""
        self._spend(-cost)

    def drain(self, cost: float) -> None:
        """Somebody else spends so much that `cost` cannot be paid for about a second."""
        self._restore()
        self._level = min(self._level, max(0.0, cost - self.per_s))

    def _spend(self, cost: float) -> None:
        self._level = min(self.size, self._level - cost)
        self._own = min(self.size, self._own - cost)

    def _restore(self) -> None:
        now_s = self._clock.monotonic()
        back = (now_s - self._restored_s) * self.per_s
        self._restored_s = now_s
        self._spend(-back)


class Window:
    """So many calls in each window of fixed length; the next window begins where one has ended."""

    def __init__(self, most: int, length_s: float, clock: Clock, name: str = "over_limit") -> None:
        self.name = name
        self.most = most
        self.length_s = length_s
        self._clock = clock
        self._began_s = clock.monotonic()
        self._used = 0

    def wait_s(self, inside: int) -> float:
        """Let a call in, or say in how many seconds the window ends."""
        self._turn()
        if self._used >= self.most:
            return self.resets_s
        self._used += 1
        return 0

    def drain(self) -> None:
        """Somebody else uses up the window."""
        self._turn()
        self._used = self.most

    @property
    def left(self) -> int:
        """The calls that are left in the window."""
        self._turn()
        return self.most - self._used

    @property
    def resets_s(self) -> float:
        """In how many seconds the window ends."""
        self._turn()
        return self._began_s + self.length_s - self._clock.monotonic()

    def _turn(self) -> None:
        passed = (self._clock.monotonic() - self._began_s) // self.length_s
        if passed >= 1:
            self._began_s += passed * self.length_s
            self._used = 0


class Slots:
    """So many calls at once."""

    def __init__(self, most: int, name: str = "over_slots") -> None:
        self.name = name
        self._most = most

    def wait_s(self, inside: int) -> float:
        """Let a call in, or say to come back in a second."""
        return 1 if inside > self._most else 0


class Meter:
    """Counts the calls of an account and their peaks, and asks each limit in turn.

    A call that is refused for a limit is counted as a call too; it fills nothing and holds
    nothing. The figures rest in the memory under "calls:".
    """

    def __init__(self, memory: Memory, clock: Clock, limits: Sequence[Limit] = ()) -> None:
        self._memory = memory
        self._clock = clock
        self._limits = limits
        self._inside = 0
        self._last_second: deque[float] = deque()
        self._peaks = dict(memory.counts("calls:peak_"))

    def enter(self) -> float:
        """Let a call in: 0, and it must `leave`; else the seconds after which to retry."""
        self._count()
        self._inside += 1
        self._peak("concurrency", self._inside)
        for limit in self._limits:
            wait_s = limit.wait_s(self._inside)
            if wait_s:
                self._memory.count(f"calls:{limit.name}")
                self._inside -= 1
                return wait_s
        return 0

    def leave(self) -> None:
        """A call that was let in is over."""
        self._inside -= 1

    def _count(self) -> None:
        self._memory.count("calls:all")
        now_s, window = self._clock.monotonic(), self._last_second
        window.append(now_s)
        while window[0] <= now_s - 1.0:
            window.popleft()
        self._peak("calls_per_s", len(window))

    def _peak(self, name: str, value: int) -> None:
        if value > self._peaks.get(name, 0):
            self._peaks[name] = value
            self._memory.peak(f"calls:peak_{name}", value)
