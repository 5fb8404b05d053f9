"""What reaches the vendors' doors, written down there: neither the house nor the twins know of it.

The checkers compare it with the journal, and seek what was shown there in confidence where it has
no business to be.
"""

from __future__ import annotations

from typing import Final

import msgspec

from counterfoil.kit.asgi import Application, Message
from counterfoil.rehearse.cast.estate import CREDENTIAL_HEADERS
from counterfoil.rehearse.cast.twin import Receive, Send, Twin
from counterfoil.values.clock import Clock, Instant

_UNKNOWN: Final = 401


class Write(msgspec.Struct, frozen=True):
    """A document that reached the target's door, and was not told (401) that nobody is known."""

    at: Instant
    reference: str
    word: str = "order"


class Wiretap:
    """One watch over the doors of a world: the writes that came, and what they were opened with."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.writes: list[Write] = []
        self.credentials: set[str] = set()

    def around(self, twin: Twin) -> Application:
        """The twin's application, watched."""

        async def watched(scope: Message, receive: Receive, send: Send) -> None:
            if scope["type"] == "http":
                self._credentials(scope["headers"])
                if twin.landing(scope["method"], scope["path"], b"") is not None:
                    receive, send = await self._written(twin, scope, receive, send)
            await twin.app(scope, receive, send)

        return watched

    def _credentials(self, headers: list[tuple[bytes, bytes]]) -> None:
        self.credentials.update(
            text.decode().rpartition(" ")[2]
            for name, text in headers
            if name in CREDENTIAL_HEADERS and text
        )

    async def _written(
        self, twin: Twin, scope: Message, receive: Receive, send: Send
    ) -> tuple[Receive, Send]:
        """Note a write; what gives its body once more, and what strikes it out after a 401."""
        messages = [await receive()]
        landing = twin.landing(scope["method"], scope["path"], messages[0].get("body", b""))
        assert landing is not None
        write = Write(self._clock.now(), landing.reference, landing.word)
        self.writes.append(write)

        async def again() -> Message:
            return messages.pop() if messages else await receive()

        async def answered(message: Message) -> None:
            if message.get("status") == _UNKNOWN:
                self.writes.remove(write)
            await send(message)

        return again, answered
