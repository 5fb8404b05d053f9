"""A clock for tests: it stands still until somebody waits, so that no test does."""

from __future__ import annotations

import asyncio

from counterfoil.values.clock import Instant, instant, later


class StoppedClock:
    """`values.clock.Clock` that moves only when somebody sleeps, or moves it."""

    def __init__(self, start: str = "2026-11-02T12:00:00Z") -> None:
        self.slept_s = 0.0
        self._start = instant(start)

    def now(self) -> Instant:
        return later(self._start, self.slept_s)

    def monotonic(self) -> float:
        return self.slept_s

    def move(self, seconds: float) -> None:
        """Let `seconds` pass."""
        self.slept_s += max(0.0, seconds)

    async def sleep(self, seconds: float) -> None:
        self.move(seconds)
        await asyncio.sleep(0)  # others have their turn, as they have while time passes
