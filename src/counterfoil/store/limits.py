"""The shared book of rate budgets: one row per account and bucket, for all workers together."""

from __future__ import annotations

from collections.abc import Sequence

from counterfoil.store.postgres import Database
from counterfoil.values.clock import Instant

_SHORTEST_WAIT_S = 0.002


class Limits:
    """The book as `kit/throttle.py` asks for it."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._opened: set[tuple[str, str, int]] = set()

    async def take(
        self,
        account: str,
        bucket: str,
        amount: float,
        size: float,
        per_s: float,
        reserve: float,
        now: Instant,
    ) -> float:
        """Take `amount` of a bucket of `size` that regains `per_s`, leaving the share `reserve`.

        A call that is larger than the rest of the bucket waits until the bucket is full.
        0.0 when it is taken, else how many seconds it is worth waiting.
        """
        moment = now.to_stdlib()
        if await self._database.rows(
            "take_budget", account, bucket, amount, size, per_s, reserve, moment
        ):
            return 0.0
        (row,) = await self._database.rows("read_budget", account, bucket, size, per_s, moment)
        lacking = min(amount + size * reserve, size) - float(row["level"])
        return max(_SHORTEST_WAIT_S, lacking / per_s) if per_s else 1.0

    async def correct(
        self,
        account: str,
        bucket: str,
        level: float,
        unused: float,
        size: float,
        per_s: float,
        now: Instant,
    ) -> None:
        """Give back `unused` and what was regained until now, then lower the bucket to `level`."""
        await self._database.run(
            "correct_budget", account, bucket, level, unused, size, per_s, now.to_stdlib()
        )

    async def claim(
        self,
        account: str,
        bucket: str,
        size: int,
        holder: str,
        held: Sequence[int],
        until: Instant,
        now: Instant,
    ) -> int | None:
        """Claim one free slot of `size` until `until`, or None where all are taken.

        Free is also what stands under `holder` and is not among the slots that it knows to hold.
        """
        if (account, bucket, size) not in self._opened:
            await self._database.run("open_slots", account, bucket, size)
            self._opened.add((account, bucket, size))
        rows = await self._database.rows(
            "claim_slot",
            account,
            bucket,
            size,
            holder,
            until.to_stdlib(),
            now.to_stdlib(),
            list(held),
        )
        return int(rows[0]["slot"]) if rows else None

    async def release(self, account: str, bucket: str, slot: int, holder: str) -> None:
        """Give a slot back."""
        await self._database.run("release_slot", account, bucket, slot, holder)
