"""The limits of an account, counted where they hold: at the vendor, over all callers together."""

from __future__ import annotations

from collections import deque

import msgspec

_EPSILON = 1e-9


class Figures(msgspec.Struct):
    """What the meter has counted. A call that is refused for a limit is counted as a call too."""

    calls: int = 0
    over_limit: int = 0
    over_slots: int = 0
    peak_concurrency: int = 0
    peak_calls_per_s: int = 0


class Meter:
    """A leaky bucket of `burst` calls that leaks `calls_per_s`, and `slots` calls at once.

    Times are seconds that never run backwards. A refused call fills nothing and holds nothing.
    """

    def __init__(self, calls_per_s: float, burst: int, slots: int, figures: Figures) -> None:
        self.figures = figures
        self._per_s = calls_per_s
        self._burst = burst
        self._slots = slots
        self._level = 0.0
        self._levelled_s = 0.0
        self._inside = 0
        self._last_second: deque[float] = deque()

    def enter(self, now_s: float) -> int:
        """Let a call in: 0, and it must `leave`; else the whole seconds after which to retry."""
        self._count(now_s)
        self._inside += 1
        self.figures.peak_concurrency = max(self.figures.peak_concurrency, self._inside)
        wait_s = self._over_slots() or self._over_limit(now_s)
        if wait_s:
            self._inside -= 1
        return wait_s

    def leave(self) -> None:
        """A call that was let in is over."""
        self._inside -= 1

    def _count(self, now_s: float) -> None:
        figures, window = self.figures, self._last_second
        figures.calls += 1
        window.append(now_s)
        while window[0] <= now_s - 1.0:
            window.popleft()
        figures.peak_calls_per_s = max(figures.peak_calls_per_s, len(window))

    def _over_slots(self) -> int:
        if self._inside <= self._slots:
            return 0
        self.figures.over_slots += 1
        return 1

    def _over_limit(self, now_s: float) -> int:
        leaked = (now_s - self._levelled_s) * self._per_s
        self._level = max(0.0, self._level - leaked)
        self._levelled_s = now_s
        over = self._level + 1 - self._burst
        if over <= _EPSILON:
            self._level += 1
            return 0
        self.figures.over_limit += 1
        return max(1, -int(-over // self._per_s))
