"""The proxy: a socket between the house and a vendor that breaks what passes, as networks do.

Each direction of each line lets a drawn number of bytes pass clean; then one toxic strikes there.
So a call is broken now before it landed and now after it, at a byte that neither side chose.
"""

from __future__ import annotations

import asyncio
import random
import struct
import sys
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from socket import SO_LINGER, SOL_SOCKET

LATENCY, CUT, SLICE, RESET, HOLE = "latency", "cut", "slice", "reset", "hole"

TOXICS = (LATENCY, CUT, SLICE, RESET, HOLE)
"""Late; closed both ways; in tiny pieces; broken off with a reset; never heard of again."""

EDGE = 64
"""A reset strikes at every offset modulo so many bytes, one after the other."""

_CLEAN = ""
_SPELL = 1024  # bytes that a latency or a slicing lasts
_PIECE = (1, 3)  # bytes
_CHUNK = 16_384
_AT_ONCE = struct.pack("ii", 1, 0)  # linger 0 s: a reset, and what was not sent is thrown away


class _EndedError(Exception):
    """The line was ended by a toxic."""


class Proxy:
    """A TCP proxy before the port `target` of this machine, on a port of its own.

    `fuse_bytes` are the fewest and the most bytes that pass clean before a toxic strikes, and
    `late_s` how long a late piece waits. `reached` counts strikes by toxic, `edges` holds the
    offsets modulo 64 at which a reset has struck, `lines` counts connections. `calm` ends it all.
    One that is to `hear` keeps in `heard` what the callers said: when (monotonic seconds), on
    which line, and the bytes.
    """

    def __init__(
        self,
        target: int,
        chance: random.Random,
        *,
        toxics: Sequence[str] = TOXICS,
        fuse_bytes: tuple[int, int] = (64, 48_000),
        late_s: tuple[float, float] = (0.05, 0.6),
        hear: bool = False,
    ) -> None:
        self.heard: list[tuple[float, int, bytes]] = []
        self.reached: Counter[str] = Counter()
        self.edges: set[int] = set()
        self.lines = 0
        self.calm = False
        self.port = 0
        self._target = target
        self._chance = chance
        self._toxics = tuple(toxics)
        self._fuse_bytes = fuse_bytes
        self._late_s = late_s
        self._hear = hear
        self._tasks: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None

    async def open(self) -> None:
        """Listen on a free port of the loopback address, from now on `port`."""
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]

    async def close(self) -> None:
        """Stop listening and drop every line."""
        if self._server is not None:
            self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def next_toxic(self, passed: int) -> tuple[str, int]:
        """The toxic that strikes next in a direction, and after how many clean bytes."""
        fuse = self._chance.randint(*self._fuse_bytes)
        if self.calm or not self._toxics:
            return _CLEAN, sys.maxsize
        toxic = self._chance.choice(self._toxics)
        if toxic == RESET:
            fuse += (self._edge() - passed - fuse) % EDGE
        return toxic, fuse

    def _edge(self) -> int:
        """The first offset at which no reset has struck yet; any, once all have had theirs."""
        missing = [edge for edge in range(EDGE) if edge not in self.edges]
        return missing[0] if missing else self._chance.randrange(EDGE)

    def late_s(self) -> float:
        """How long the next late piece waits."""
        return self._chance.uniform(*self._late_s)

    def piece(self) -> int:
        """How many bytes the next tiny piece has."""
        return self._chance.randint(*_PIECE)

    def listen(self, line: int, data: bytes) -> None:
        """Note what a caller said."""
        if self._hear and line:
            self.heard.append((asyncio.get_running_loop().time(), line, data))

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(self._line(reader, writer))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _line(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.lines += 1
        try:
            far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self._target)
        except OSError:
            _reset(writer)
            return
        ways = (_Way(self, reader, far_writer, self.lines), _Way(self, far_reader, writer))
        await _both(ways, (writer, far_writer))


async def _both(ways: tuple[_Way, _Way], ends: tuple[asyncio.StreamWriter, ...]) -> None:
    """Both directions until each has ended, or a toxic or an error ends the line."""
    tasks = [asyncio.create_task(way.run()) for way in ways]
    try:
        await asyncio.gather(*tasks)
    except (_EndedError, OSError) as error:
        if not (isinstance(error, _EndedError) and str(error) == CUT):
            for end in ends:
                _reset(end)
    finally:
        for task in tasks:
            task.cancel()
        for end in ends:
            end.close()


class _Way:
    """One direction of one line; `line` is its number on the way there, 0 on the way back."""

    def __init__(
        self,
        proxy: Proxy,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        line: int = 0,
    ) -> None:
        self._line = line
        self._proxy = proxy
        self._reader = reader
        self._writer = writer
        self._passed = 0
        self._mode = _CLEAN
        self._next, self._left = proxy.next_toxic(0)

    async def run(self) -> None:
        """Pass bytes on until they end. Raises `_EndedError` where a toxic ends the line."""
        while data := await self._reader.read(_CHUNK):
            self._proxy.listen(self._line, data)
            while data:
                if self._left == 0:
                    self._turn()
                part, data = data[: self._left], data[self._left :]
                self._left -= len(part)
                self._passed += len(part)
                await self._pass(part)
        if self._writer.can_write_eof():
            self._writer.write_eof()

    def _turn(self) -> None:
        """From clean to toxic, and after its spell back to clean."""
        if self._mode != _CLEAN or self._proxy.calm:
            self._mode = _CLEAN
            self._next, self._left = self._proxy.next_toxic(self._passed)
            return
        self._mode = self._next
        self._proxy.reached[self._mode] += 1
        self._left = sys.maxsize if self._mode == HOLE else _SPELL
        if self._mode == RESET:
            self._proxy.edges.add(self._passed % EDGE)
        if self._mode in (CUT, RESET):
            raise _EndedError(self._mode)

    async def _pass(self, part: bytes) -> None:
        if self._mode == HOLE:
            return
        if self._mode == LATENCY:
            await asyncio.sleep(self._proxy.late_s())
        while part:
            size = self._proxy.piece() if self._mode == SLICE else len(part)
            self._writer.write(part[:size])
            await self._writer.drain()
            part = part[size:]


def _reset(writer: asyncio.StreamWriter) -> None:
    """Break the line off: the other side sees a reset, not an end."""
    with suppress(OSError):  # it is broken already
        writer.get_extra_info("socket").setsockopt(SOL_SOCKET, SO_LINGER, _AT_ONCE)
    writer.transport.abort()
