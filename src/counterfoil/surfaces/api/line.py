"""A line: one connection to the door, and how much of us it may cost before it has proven itself.

The server that we use puts no end to a head, to the trailers after a body or to the frames within
it, waits for ever for a head that drips, and reads requests ahead of their turn. Here all that is
not a body has one limit, counted as it comes in: what never ends gives no sign of itself otherwise.
A body is read no further than it is asked for, so one line holds one reading (a quarter of a MiB)
at most. What all lines hold together is one room of memory; who finds no place there is asked to
come again. A line whose sender goes on after its answer, or before it, is closed.
"""

from __future__ import annotations

import asyncio
from typing import Any

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from counterfoil.surfaces.api.room import Room

HEAD_S = 10.0
MOST_HEAD = 16 * 1024
MOST_HEADERS = 100
HELD = 40 * 1024 * 1024

_SLICE = 4096  # bytes; what is parsed before the limits are looked at again
_LINE_COSTS = 8 * 1024  # bytes; an open line of which nothing was heard
_HEADER_COSTS = 200  # bytes; beside its letters
_REQUEST_COSTS = 14 * 1024  # bytes; from the end of its head until its answer
_FRAMES = 8  # frames within a body may be an eighth of it


class Line(HttpToolsProtocol):
    """HTTP as the server speaks it, with `head_s` seconds for each head, and limits on the rest."""

    head_s = HEAD_S
    room = Room(HELD)

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self._share = self.room.share()
        self._late: asyncio.TimerHandle | None = None
        self._slice = self._frame = self._body = 0  # bytes
        self._wrong = 400
        self._busy = self._deaf = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """A line is open: its first head is due."""
        super().connection_made(transport)
        self._expect()
        if not self._share.take(_LINE_COSTS):
            self._hang_up()

    def connection_lost(self, exc: Exception | None) -> None:
        """The line is gone, and with it the deadline and its share."""
        self._arrived()
        self._share.clear()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Some bytes are here: parsed in slices, so that no limit is passed by much."""
        if self._late is None and not self._busy:
            self._expect()
        for start in range(0, len(data), _SLICE):
            if self._deaf or self.transport.is_closing():
                return
            part = data[start : start + _SLICE]
            self._slice = len(part)
            self._frame += len(part)
            if not self._share.take(len(part)):
                self._refuse(503)
                return
            super().data_received(part)
            if self._frame > MOST_HEAD + self._body // _FRAMES:
                self._refuse(431)

    def on_message_begin(self) -> None:
        """A further head began on a kept line; before its turn it is not listened to."""
        if self._busy:
            self.cycle.keep_alive = False
            self._deaf = True
            self.flow.pause_reading()
            raise _NotNow
        super().on_message_begin()
        self._share.clear()
        self._share.take(_LINE_COSTS + self._slice)
        self._frame, self._body = self._slice, 0
        self.scope.setdefault("state", {})["share"] = self._share

    def on_header(self, name: bytes, value: bytes) -> None:
        """One header of the head, or of the trailers."""
        if len(self.headers) >= MOST_HEADERS:
            self._wrong = 431
            raise _NotNow
        self._need(_HEADER_COSTS)
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """The head is whole."""
        self._arrived()
        self._need(_REQUEST_COSTS)
        super().on_headers_complete()
        self._busy = True

    def on_body(self, body: bytes) -> None:
        """A part of the body; the next is read when this one was asked for."""
        self._frame -= len(body)
        self._body += len(body)
        super().on_body(body)
        self.flow.pause_reading()

    def on_response_complete(self) -> None:
        """It is answered; what is left of a body that nobody asked for is not waited for."""
        if self.cycle.more_body:
            self.transport.close()
        self._busy = False
        self._share.give(_REQUEST_COSTS)
        super().on_response_complete()

    def _need(self, amount: int) -> None:
        if not self._share.take(amount):
            self._wrong = 503
            raise _NotNow

    def send_400_response(self, msg: str) -> None:
        """What came is not HTTP, or was refused while it was parsed."""
        if not self._deaf:
            self._refuse(self._wrong)

    def _refuse(self, status: int) -> None:
        """Answer in the application's place where it has not begun to, and close."""
        if self.transport.is_closing():
            return
        if not self._busy or not self.cycle.response_started:
            again = b"retry-after: 1\r\n" if status == 503 else b""
            end = b"content-length: 0\r\nconnection: close\r\n\r\n"
            self.transport.write(STATUS_LINE[status] + again + end)
        self.transport.close()

    def _expect(self) -> None:
        self._arrived()
        self._late = asyncio.get_running_loop().call_later(self.head_s, self._hang_up)

    def _arrived(self) -> None:
        if self._late is not None:
            self._late.cancel()
            self._late = None

    def _hang_up(self) -> None:
        if not self.transport.is_closing():
            self.transport.close()


class _NotNow(Exception):
    """The parser is to go no further."""
