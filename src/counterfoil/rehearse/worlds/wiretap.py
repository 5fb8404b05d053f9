"""What reaches the vendors' doors, written down there: neither the house nor the twins know of it.

The checkers compare it with the journal, and seek what was shown there in confidence where it has
no business to be.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, Final

import msgspec

from counterfoil.values.clock import Clock, Instant

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Message, Receive, Send], Awaitable[None]]

_ORDERS: Final = "/sales/order"
_REFERENCE: Final = re.compile(rb'"eCommerceOrderNumber":\s*"([^"]*)"', re.IGNORECASE)
_UNKNOWN: Final = 401
_CREDENTIALS: Final = (b"authorization", b"x-shopify-access-token")


class Write(msgspec.Struct, frozen=True):
    """An order that reached the target's door, and was not told (401) that nobody is known."""

    at: Instant
    reference: str


class Watch:
    """One watch over the doors of a world: the writes that came, and what they were opened with."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.writes: list[Write] = []
        self.credentials: set[str] = set()

    def around(self, app: Application) -> Application:
        """The same application, watched."""

        async def watched(scope: Message, receive: Receive, send: Send) -> None:
            if scope["type"] == "http":
                self._credentials(scope["headers"])
                if scope["method"] == "POST" and scope["path"].endswith(_ORDERS):
                    receive, send = await self._written(receive, send)
            await app(scope, receive, send)

        return watched

    def _credentials(self, headers: list[tuple[bytes, bytes]]) -> None:
        self.credentials.update(
            text.decode().rpartition(" ")[2]
            for name, text in headers
            if name in _CREDENTIALS and text
        )

    async def _written(self, receive: Receive, send: Send) -> tuple[Receive, Send]:
        """Note a write; what gives its body once more, and what strikes it out after a 401."""
        kept = [await receive()]
        found = _REFERENCE.search(kept[0].get("body", b""))
        write = Write(self._clock.now(), found[1].decode() if found else "")
        self.writes.append(write)

        async def again() -> Message:
            return kept.pop() if kept else await receive()

        async def answered(message: Message) -> None:
            if message.get("status") == _UNKNOWN:
                self.writes.remove(write)
            await send(message)

        return again, answered
