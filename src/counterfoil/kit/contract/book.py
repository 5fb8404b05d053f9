"""Books of budgets for tests: an open one, which only counts, and one that keeps its limits."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from counterfoil.values.bucket import Bucket
from counterfoil.values.clock import Instant, seconds_between

_SHORTEST_WAIT_S = 0.001  # less is lost in rounding, and the same moment is asked for ever


class Taken(NamedTuple):
    """What was taken from one bucket."""

    bucket: str
    amount: float


class OpenBook:
    """`kit.throttle.RateLimitStore` for one worker, which gives what it is asked for and counts it.

    `refusals` is how often it still says no, `wait_s` the seconds that it then asks for.
    """

    def __init__(self) -> None:
        self.taken: list[Taken] = []
        self.corrected: list[tuple[float, float]] = []
        self.closed: list[tuple[str, Instant]] = []
        self.claimed: Counter[str] = Counter()
        self.refusals = 0
        self.wait_s = 7.0
        self._busy: set[tuple[str, int]] = set()

    def total(self, bucket: str) -> float:
        """What was taken from one bucket in all."""
        return sum(taking.amount for taking in self.taken if taking.bucket == bucket)

    async def take(self, bucket: Bucket, amount: float, share: float, now: Instant) -> float:
        if self.refusals:
            self.refusals -= 1
            return self.wait_s
        self.taken.append(Taken(bucket.name, amount))
        return 0.0

    async def correct(self, bucket: Bucket, level: float, unused: float, now: Instant) -> None:
        self.corrected.append((level, unused))

    async def align(self, bucket: Bucket, left: float, ends: Instant, now: Instant) -> None:
        self.corrected.append((left, 0.0))

    async def close(self, bucket: Bucket, until: Instant) -> None:
        self.closed.append((bucket.name, until))

    async def claim(
        self, bucket: Bucket, holder: str, held: Sequence[int], until: Instant, now: Instant
    ) -> int | None:
        free = next(
            (slot for slot in range(bucket.size) if (bucket.name, slot) not in self._busy), None
        )
        if free is not None:
            self._busy.add((bucket.name, free))
            self.claimed[bucket.name] += 1
        return free

    async def release(self, bucket: Bucket, slot: int, holder: str) -> None:
        self._busy.discard((bucket.name, slot))


class StrictBook(OpenBook):
    """A book for one worker that keeps its buckets as a vendor does, by the time it is told.

    The moment beside a level is when it was so; of a window, when that ends.
    """

    def __init__(self) -> None:
        super().__init__()
        self._levels: dict[str, tuple[float, Instant]] = {}

    async def take(self, bucket: Bucket, amount: float, share: float, now: Instant) -> float:
        level, moment = self._now(bucket, now)
        if level < min(amount + bucket.size * share, bucket.size):
            return max(_SHORTEST_WAIT_S, self._wait_s(bucket, amount, share, now))
        wait_s = await super().take(bucket, amount, share, now)
        if not wait_s:
            self._levels[bucket.name] = (level - amount, moment)
        return wait_s

    async def correct(self, bucket: Bucket, level: float, unused: float, now: Instant) -> None:
        regained, moment = self._now(bucket, now)
        self._levels[bucket.name] = (min(level, bucket.size, regained + unused), moment)
        await super().correct(bucket, level, unused, now)

    async def align(self, bucket: Bucket, left: float, ends: Instant, now: Instant) -> None:
        level, _ = self._now(bucket, now)
        self._levels[bucket.name] = (min(level, left), ends)
        await super().align(bucket, left, ends, now)

    async def close(self, bucket: Bucket, until: Instant) -> None:
        _, moment = self._levels.get(bucket.name, (0.0, until))
        self._levels[bucket.name] = (0.0, max(moment, until))
        await super().close(bucket, until)

    def _now(self, bucket: Bucket, now: Instant) -> tuple[float, Instant]:
        """What is left now, with the moment to keep beside it."""
        if bucket.window_s:
            level, ends = self._levels.get(bucket.name, (0.0, now))
            return (bucket.size, bucket.window_end(now)) if ends <= now else (level, ends)
        level, moment = self._levels.get(bucket.name, (bucket.size, now))
        regained = bucket.per_s * max(0.0, seconds_between(moment, now))
        return min(bucket.size, level + regained), max(moment, now)

    def _wait_s(self, bucket: Bucket, amount: float, share: float, now: Instant) -> float:
        level, moment = self._now(bucket, now)
        if bucket.window_s:
            return seconds_between(now, moment)
        lacking = min(amount + bucket.size * share, bucket.size) - level
        return seconds_between(now, moment) + lacking / bucket.per_s
