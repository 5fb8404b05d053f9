"""A body on its way in: not yet proven genuine, so memory holds only the beginning of it.

A usual message has some kilobytes and is kept; of a larger one all that has come lies in a file
without a name, which nobody else can open and which is gone with us. The signature is reckoned as
the parts come, and only what it proves is taken into memory whole. Memory and disk are a room
each: who finds no place is asked to come again.
"""

from __future__ import annotations

import asyncio
from tempfile import TemporaryFile
from types import TracebackType
from typing import IO

from counterfoil.surfaces.api.room import Room
from counterfoil.values.errors import Retry

KEPT = 64 * 1024


class Body:
    """One body; as a context, so that nothing of it stays when it was refused or is on disk."""

    def __init__(self, memory: Room, disk: Room) -> None:
        self.size = 0
        self._kept = memory.share()
        self._laid = disk.share()
        self._parts = bytearray()
        self._file: IO[bytes] | None = None

    def __enter__(self) -> Body:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        if self._file is not None:
            self._file.close()
        self._parts = bytearray()
        self._kept.clear()
        self._laid.clear()

    async def add(self, part: bytes) -> None:
        """Take one part. Raises `Retry` (code "full") where there is no room for it."""
        self.size += len(part)
        if self._file is None and self.size <= KEPT and self._kept.take(len(part)):
            self._parts += part
            return
        if not self._laid.take(self.size - self._laid.held):
            raise _full()
        try:
            await asyncio.to_thread(self._lay, bytes(self._parts) + part)
        except OSError as error:
            raise Retry(
                f"The message cannot be laid down: {error.strerror}.", after_s=10.0, code="full"
            ) from None
        self._parts = bytearray()
        self._kept.clear()

    async def whole(self) -> bytes:
        """All of it, in memory. Raises `Retry` (code "full") where there is no room for it."""
        if self._file is None:
            return bytes(self._parts)
        if not self._kept.take(self.size):
            raise _full()
        return await asyncio.to_thread(self._read, self._file)

    def _lay(self, part: bytes) -> None:
        if self._file is None:
            self._file = TemporaryFile(buffering=0)  # noqa: SIM115 - open for as long as the body
        self._file.write(part)

    def _read(self, file: IO[bytes]) -> bytes:
        file.seek(0)
        return file.read()


def _full() -> Retry:
    return Retry("There is no room for another message of this size.", after_s=1.0, code="full")
