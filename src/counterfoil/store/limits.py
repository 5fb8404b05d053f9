"""The shared book of rate budgets: one row per account and bucket, for all workers together."""

from __future__ import annotations

from collections.abc import Sequence

from counterfoil.store.postgres import Database
from counterfoil.values.bucket import Bucket
from counterfoil.values.clock import Instant, from_stdlib, seconds_between

_SHORTEST_WAIT_S = 0.002


def _named(bucket: Bucket) -> tuple[str, str]:
    return bucket.account, bucket.name


class Limits:
    """The book as `kit/throttle.py` asks for it."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._opened: set[Bucket] = set()

    async def take(self, bucket: Bucket, amount: float, share: float, now: Instant) -> float:
        """Take `amount` of the bucket, leaving its `share` (0 to 1) for more urgent work.

        A call that is larger than the rest of the bucket waits until the bucket is full.
        0.0 when it is taken, else how many seconds it is worth waiting.
        """
        if bucket.window_s:
            return await self._take_of_window(bucket, amount, share, now)
        moment = now.to_stdlib()
        if await self._database.rows(
            "take_budget", *_named(bucket), amount, bucket.size, bucket.per_s, share, moment
        ):
            return 0.0
        (row,) = await self._database.rows(
            "read_budget", *_named(bucket), bucket.size, bucket.per_s, moment
        )
        lacking = min(amount + bucket.size * share, bucket.size) - float(row["level"])
        if not bucket.per_s:
            return 1.0
        closed_s = max(0.0, seconds_between(now, from_stdlib(row["at"])))
        return max(_SHORTEST_WAIT_S, closed_s + lacking / bucket.per_s)

    async def level(self, bucket: Bucket, now: Instant) -> float:
        """What is left in a bucket that refills by the second."""
        values = (*_named(bucket), bucket.size, bucket.per_s, now.to_stdlib())
        rows = await self._database.rows("read_budget", *values)
        return float(rows[0]["level"]) if rows else float(bucket.size)

    async def _take_of_window(
        self, bucket: Bucket, amount: float, share: float, now: Instant
    ) -> float:
        moment, ends = now.to_stdlib(), bucket.window_end(now).to_stdlib()
        if await self._database.rows(
            "take_of_window", *_named(bucket), amount, bucket.size, share, moment, ends
        ):
            return 0.0
        (row,) = await self._database.rows("read_window", *_named(bucket))
        return max(_SHORTEST_WAIT_S, seconds_between(now, from_stdlib(row["at"])))

    async def correct(self, bucket: Bucket, level: float, unused: float, now: Instant) -> None:
        """Give back `unused` and what was regained until now, then lower the bucket to `level`."""
        if bucket.window_s:
            await self._correct_window(bucket, level, unused, now, bucket.window_end(now))
            return
        await self._database.run(
            "correct_budget",
            *_named(bucket),
            level,
            unused,
            bucket.size,
            bucket.per_s,
            now.to_stdlib(),
        )

    async def align(self, bucket: Bucket, left: float, ends: Instant, now: Instant) -> None:
        """The vendor's own window ends at `ends`, and at most `left` are left of it."""
        await self._correct_window(bucket, left, 0.0, now, ends, by_vendor=True)

    async def _correct_window(
        self,
        bucket: Bucket,
        level: float,
        unused: float,
        now: Instant,
        ends: Instant,
        *,
        by_vendor: bool = False,
    ) -> None:
        await self._database.run(
            "correct_window",
            *_named(bucket),
            level,
            unused,
            bucket.size,
            now.to_stdlib(),
            ends.to_stdlib(),
            by_vendor,
        )

    async def close(self, bucket: Bucket, until: Instant) -> None:
        """Let nobody take anything before `until`; a bucket that is closed for longer stays so."""
        await self._database.run("close_budget", *_named(bucket), until.to_stdlib())

    async def claim(
        self, bucket: Bucket, holder: str, held: Sequence[int], until: Instant, now: Instant
    ) -> int | None:
        """Claim one free slot of the bucket until `until`, or None where all are taken.

        Free is also what stands under `holder` and is not among the slots that it knows to hold.
        """
        if bucket not in self._opened:
            await self._database.run("open_slots", *_named(bucket), bucket.size)
            self._opened.add(bucket)
        rows = await self._database.rows(
            "claim_slot",
            *_named(bucket),
            bucket.size,
            holder,
            until.to_stdlib(),
            now.to_stdlib(),
            list(held),
        )
        return int(rows[0]["slot"]) if rows else None

    async def release(self, bucket: Bucket, slot: int, holder: str) -> None:
        """Give a slot back."""
        await self._database.run("release_slot", *_named(bucket), slot, holder)
