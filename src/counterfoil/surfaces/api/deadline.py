"""A deadline for heads: a sender that drips its first lines is not waited for.

The server that we use has a deadline for idle lines and none for a head that never ends; each
such line would hold a place that another sender needs.
"""

from __future__ import annotations

import asyncio
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

HEAD_S = 10.0


class Deadline(HttpToolsProtocol):
    """HTTP as the server speaks it, with `head_s` seconds for each head to arrive whole."""

    head_s = HEAD_S
    _late: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """A line is open: its first head is due."""
        super().connection_made(transport)
        self._expect()

    def connection_lost(self, exc: Exception | None) -> None:
        """The line is gone, and with it the deadline."""
        self._arrived()
        super().connection_lost(exc)

    def on_message_begin(self) -> None:
        """A further head began on a kept line."""
        super().on_message_begin()
        self._expect()

    def on_headers_complete(self) -> None:
        """The head is whole."""
        self._arrived()
        super().on_headers_complete()

    def _expect(self) -> None:
        self._arrived()
        self._late = asyncio.get_running_loop().call_later(self.head_s, self._hang_up)

    def _arrived(self) -> None:
        if self._late is not None:
            self._late.cancel()
            self._late = None

    def _hang_up(self) -> None:
        line: Any = self.transport
        if line is not None and not line.is_closing():
            line.close()
