"""A clock that moves only when someone waits, and a memory of its own for each test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from counterfoil.twins.kit.memory import Memory
from counterfoil.values.clock import Instant, later

START = Instant.from_utc(2026, 10, 5, 9, 0, 0)


class HandClock:
    """A clock that moves only when someone waits."""

    def __init__(self) -> None:
        self.elapsed_s = 0.0

    def now(self) -> Instant:
        return later(START, self.elapsed_s)

    def monotonic(self) -> float:
        return self.elapsed_s

    async def sleep(self, seconds: float) -> None:
        self.elapsed_s += seconds


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def memory() -> Iterator[Memory]:
    opened = Memory()
    yield opened
    opened.close()
