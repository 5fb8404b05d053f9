"""The shared book of rate budgets: one row per account and bucket, for all workers together."""

from __future__ import annotations

from collections.abc import Sequence

from counterfoil.store.postgres import Database
from counterfoil.values.bucket import Bucket
from counterfoil.values.clock import Instant

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
        moment = now.to_stdlib()
        if await self._database.rows(
            "take_budget", *_named(bucket), amount, bucket.size, bucket.per_s, share, moment
        ):
            return 0.0
        (row,) = await self._database.rows(
            "read_budget", *_named(bucket), bucket.size, bucket.per_s, moment
        )
        lacking = min(amount + bucket.size * share, bucket.size) - float(row["level"])
        return max(_SHORTEST_WAIT_S, lacking / bucket.per_s) if bucket.per_s else 1.0

    async def correct(self, bucket: Bucket, level: float, unused: float, now: Instant) -> None:
        """Give back `unused` and what was regained until now, then lower the bucket to `level`."""
        await self._database.run(
            "correct_budget",
            *_named(bucket),
            level,
            unused,
            bucket.size,
            bucket.per_s,
            now.to_stdlib(),
        )

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
