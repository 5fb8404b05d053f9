"""Nowhere: a connector opened without a network. What reads and composes must call nobody."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from counterfoil.kit.transport import Answer
from counterfoil.values.bucket import Bucket
from counterfoil.values.clock import Instant
from counterfoil.values.errors import Halt, Misconfigured
from counterfoil.values.token import Token


class Nowhere:
    """A `kit.transport.Wire` on which a call is a fault of ours."""

    async def send(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes, timeout_s: float
    ) -> Answer:
        """Raise `Halt` (code "called-nowhere")."""
        raise Halt(
            f"A {method} to {url} was to leave where nothing may.",
            do="Reading and composing call nobody; tell the connector's keepers.",
            code="called-nowhere",
        )

    async def close(self) -> None:
        """Nothing is open."""


class NoBook:
    """A `kit.throttle.RateLimitStore` for one who asks alone: nothing is shared or refused."""

    async def take(self, bucket: Bucket, amount: float, share: float, now: Instant) -> float:
        """Taken."""
        return 0.0

    async def correct(self, bucket: Bucket, level: float, unused: float, now: Instant) -> None:
        """Nothing is kept."""

    async def align(self, bucket: Bucket, left: float, ends: Instant, now: Instant) -> None:
        """Nothing is kept."""

    async def close(self, bucket: Bucket, until: Instant) -> None:
        """Nothing is kept."""

    async def claim(
        self, bucket: Bucket, holder: str, held: Sequence[int], until: Instant, now: Instant
    ) -> int | None:
        """The first slot that is free."""
        return next((slot for slot in range(bucket.size) if slot not in held), None)

    async def release(self, bucket: Bucket, slot: int, holder: str) -> None:
        """Nothing is kept."""


class NoTokens:
    """A `kit.api.rotation.TokenStore` for one who has no place to keep a token: a sign-in whose
    renewal ends the one before is not begun, for it would be lost."""

    async def read(self, name: str) -> Token | None:
        """Nothing is kept."""
        return None

    async def swap(self, name: str, kept: Token, seen: int) -> bool:
        """Nothing is kept."""
        return False

    async def claim(self, name: str, holder: str, until: Instant, now: Instant) -> bool:
        """Raise `Misconfigured` (code "no-token-store")."""
        raise Misconfigured(
            f"The sign-in of {name} changes with each renewal, and there is no place to keep it.",
            do="Run this where the house has its database.",
            where=name,
            code="no-token-store",
        )

    async def release(self, name: str, holder: str) -> None:
        """Nothing is kept."""
