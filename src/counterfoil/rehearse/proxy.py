"""The proxy: a socket between the house and a vendor that breaks what passes, as networks do.

Each direction of each line lets a drawn number of bytes pass clean; then one toxic strikes there.
So the same call is broken now before it landed and now after it, in the middle of a byte stream
that neither side chose.
"""

from __future__ import annotations

import asyncio
import random
import socket
import struct
from collections import Counter
from collections.abc import Callable, Coroutine, Sequence
from functools import partial

LATENCY, CUT, SLICE, RESET, HOLE = "latency", "cut", "slice", "reset", "hole"

TOXICS = (LATENCY, CUT, SLICE, RESET, HOLE)
"""Late, closed both ways, in tiny pieces, broken off with a reset, and never heard of again."""

_LATE_S = (0.05, 0.6)
_TINY = (1, 3)  # bytes
_SPELL = 2048  # bytes that a latency or a slicing lasts
_CHUNK = 16_384
_EDGE = 64
_AT_ONCE = struct.pack("ii", 1, 0)  # SO_LINGER: what is not sent yet is thrown away

_Line = tuple[asyncio.StreamWriter, asyncio.StreamWriter]


class Proxy:
    """A TCP proxy before `target` (a port of this machine), on a port of its own.

    `fuse_bytes` are the fewest and the most bytes that pass clean before a toxic strikes.
    `reached` counts the strikes by toxic; `edges` are the offsets modulo 64 at which a reset
    struck; `lines` counts connections. `calm` ends all strikes.
    """

    def __init__(
        self,
        target: int,
        chance: random.Random,
        *,
        toxics: Sequence[str] = TOXICS,
        fuse_bytes: tuple[int, int] = (64, 24_000),
        late_s: tuple[float, float] = _LATE_S,
    ) -> None:
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
        self._resets = 0
        self._tasks: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None

    async def open(self) -> None:
        """Listen on a free port of the loopback address (`port`)."""
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]

    async def close(self) -> None:
        """Stop listening and drop every line."""
        if self._server is not None:
            self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.lines += 1
        try:
            far_reader, far = await asyncio.open_connection("127.0.0.1", self._target)
        except OSError:
            _reset(writer)
            return
        line = (writer, far)
        ways = [self._way(reader, far, line), self._way(far_reader, writer, line)]
        self._spawn(_together(ways, line))

    def _spawn(self, work: Coroutine[object, object, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _way(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, line: _Line
    ) -> None:
        """Pass one direction on until it ends or is ended."""
        passed = 0
        toxic, fuse = self._spell(passed)
        while data := await reader.read(_CHUNK):
            while data and not self.calm and passed + len(data) > fuse:
                clean, data = data[: fuse - passed], data[fuse - passed :]
                await _pass(writer, clean)
                passed += len(clean)
                data = await self._strike(toxic, data, reader, writer, line)
                struck = fuse + _SPELL
                passed = min(struck, passed + _SPELL) if data is None else passed
                if data is None:
                    return
                toxic, fuse = self._spell(passed)
            await _pass(writer, data)
            passed += len(data)

    def _spell(self, passed: int) -> tuple[str, int]: ...
