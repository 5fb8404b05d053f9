"""Nowhere: a connector opened without a network. What reads and composes must call nobody."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from counterfoil.kit.transport import Answer
from counterfoil.values.clock import Instant
from counterfoil.values.errors import Halt


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
    """A `kit.throttle.Book` for one who asks alone: nothing is shared, and nothing is refused."""

    async def take(
        self, account: str, bucket: str, amount: float, size: float, per_s: float,
        reserve: float, now: Instant,
    ) -> float:  # fmt: skip
        """Taken."""
        return 0.0

    async def correct(
        self, account: str, bucket: str, level: float, unused: float, size: float,
        per_s: float, now: Instant,
    ) -> None:  # fmt: skip
        """Nothing is kept."""

    async def claim(
        self, account: str, bucket: str, size: int, holder: str, held: Sequence[int],
        until: Instant, now: Instant,
    ) -> int | None:  # fmt: skip
        """The first slot that is free."""
        return next((slot for slot in range(size) if slot not in held), None)

    async def release(self, account: str, bucket: str, slot: int, holder: str) -> None:
        """Nothing is kept."""
