"""A real server on the loopback that does to a caller whatever a test asks for."""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress

Play = Callable[["Line"], Awaitable[None]]


class Line:
    """One connection of a caller, after its request was read."""

    def __init__(self, request: bytes, writer: asyncio.StreamWriter) -> None:
        self.request = request
        self._writer = writer

    async def say(self, raw: bytes) -> None:
        self._writer.write(raw)
        await self._writer.drain()

    async def answer(self, body: bytes, status: int = 200, *more: str, length: int = -1) -> None:
        """A whole answer, or one whose length is a lie."""
        size = len(body) if length < 0 else length
        head = [f"HTTP/1.1 {status} X", f"Content-Length: {size}", *more, "", ""]
        await self.say("\r\n".join(head).encode() + body)

    def cut(self) -> None:
        """Tear the line."""
        self._writer.transport.abort()


class Server:
    """The server; `lines` are the requests that reached it."""

    def __init__(self, play: Play) -> None:
        self.lines: list[Line] = []
        self.url = ""
        self._play = play

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            while head := await reader.readuntil(b"\r\n\r\n"):
                line = Line(head + await _body(head, reader), writer)
                self.lines.append(line)
                await self._play(line)
        writer.close()


async def _body(head: bytes, reader: asyncio.StreamReader) -> bytes:
    for name in head.lower().split(b"\r\n"):
        if name.startswith(b"content-length:"):
            return await reader.readexactly(int(name[15:]))
    return b""


@asynccontextmanager
async def serving(play: Play) -> AsyncIterator[Server]:
    """A server that plays this to every request."""
    server = Server(play)
    listening = await asyncio.start_server(server.serve, "127.0.0.1", 0)
    server.url = f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}"
    try:
        yield server
    finally:
        listening.close()


async def fine(line: Line) -> None:
    await line.answer(b"fine", 200, "X-Request-Id: r-1", "Set-Cookie: a=b")


async def hangs_up(line: Line) -> None:
    line.cut()


async def drips(line: Line) -> None:
    await line.say(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n")
    while True:
        await line.say(b"x")
        await asyncio.sleep(0.05)


async def breaks_off(line: Line) -> None:
    await line.answer(b"half", length=100)
    line.cut()


async def breaks_off_a_chunk(line: Line) -> None:
    await line.say(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n10\r\nhalf")
    line.cut()


async def babbles(line: Line) -> None:
    await line.say(b"\x16\x03\x01 what?\r\n\r\n")
    line.cut()


async def says_nothing(line: Line) -> None:
    await asyncio.sleep(30)


async def sends_elsewhere(line: Line) -> None:
    await line.answer(b"", 302, "Location: http://127.0.0.1:1/elsewhere")


async def bombs(line: Line) -> None:
    await line.answer(gzip.compress(b"\0" * 8 * 1024 * 1024), 200, "Content-Encoding: gzip")


async def lies_about_gzip(line: Line) -> None:
    await line.answer(b"this is no gzip", 200, "Content-Encoding: gzip")
