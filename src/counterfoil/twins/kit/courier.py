"""Who carries messages: some at a time, each to one listener, with what strangers add to them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Final

from counterfoil.twins.kit.faults import Faults
from counterfoil.twins.kit.moments import unix_s
from counterfoil.twins.kit.pace import Pace
from counterfoil.twins.kit.webhooks import DUPLICATE, FORGED, REPLAYED, Delivery, Webhooks
from counterfoil.values.clock import Clock

Send = Callable[[str, Mapping[str, str], bytes], Awaitable[int]]
"""Posts a body with headers to an address and answers the HTTP status; 0 where none came."""

_AT_ONCE: Final = 20
_COPIES: Final = (
    ("webhook_duplicate", DUPLICATE),
    ("webhook_forged", FORGED),
    ("webhook_replayed", REPLAYED),
)


async def unheard(address: str, headers: Mapping[str, str], body: bytes) -> int:
    """Nobody is there."""
    return 0


class Courier:
    """Hands over the messages that are due."""

    def __init__(
        self, webhooks: Webhooks, faults: Faults, pace: Pace, clock: Clock, send: Send
    ) -> None:
        self._webhooks = webhooks
        self._faults = faults
        self._pace = pace
        self._clock = clock
        self._send = send
        self._on_the_way: set[int] = set()

    def deliver(self, tasks: asyncio.TaskGroup, wake: Callable[[], None]) -> None:
        """Send what is due, each message in a task of its own; `wake` is called after each."""
        free = _AT_ONCE - len(self._on_the_way)
        if free <= 0:
            return
        now_s = unix_s(self._clock.now())
        for delivery in self._webhooks.due(now_s, free, self._on_the_way):
            self._on_the_way.add(delivery.id)
            tasks.create_task(self._hand_over(delivery, wake))

    def next_s(self) -> float | None:
        """When the next message can leave (seconds since 1970), or None."""
        if len(self._on_the_way) >= _AT_ONCE:
            return None
        return self._webhooks.next_s(self._on_the_way)

    async def _hand_over(self, delivery: Delivery, wake: Callable[[], None]) -> None:
        headers = self._webhooks.headers(delivery)
        try:
            status = await self._send(delivery.uri, headers, delivery.body)
        except (OSError, TimeoutError):
            status = 0
        finally:
            self._on_the_way.discard(delivery.id)
        if self._webhooks.receipt(delivery, status, self._clock.now()):
            self._copy(delivery)
        wake()

    def _copy(self, delivery: Delivery) -> None:
        """What else comes of a message that arrived: the same again, or a stranger's copy."""
        for fault, kind in _COPIES:
            if fault in self._faults.catalogue and self._faults.strikes(fault):
                due_s = unix_s(self._clock.now()) + self._faults.draw(self._pace.attack_s)
                self._webhooks.again(delivery, kind, due_s)
