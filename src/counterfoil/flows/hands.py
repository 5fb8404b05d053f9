"""Hands: pages that this process takes up the moment they are on disk, without the queue.

A page in hand has no job. Should the process die, the page's lease runs out and the sweeper finds
it, as it finds every page that lost its job; so the short way is as safe as the long one.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from counterfoil.flows.queue import Handler
from counterfoil.values.ids import PageId


class Hands:
    """At most `most` pages at a time, each worked on by `handler`."""

    def __init__(self, handler: Handler, most: int) -> None:
        self._handler = handler
        self._most = most
        self._busy: set[asyncio.Task[None]] = set()
        self._promised = 0

    def promise(self, wanted: int) -> int:
        """How many of `wanted` pages will be taken; each must be handed over or released."""
        count = max(0, min(wanted, self._most - len(self._busy) - self._promised))
        self._promised += count
        return count

    def take(self, pages: Sequence[PageId]) -> None:
        """Take up pages that were promised."""
        self.release(len(pages))
        for page in pages:
            task = asyncio.ensure_future(self._handler(page))
            self._busy.add(task)
            task.add_done_callback(self._busy.discard)

    def release(self, count: int) -> None:
        """Give a promise back: the pages were not written after all."""
        self._promised -= count

    async def rest(self) -> None:
        """Wait until every page in hand is let go."""
        while self._busy:
            await asyncio.wait(self._busy)
