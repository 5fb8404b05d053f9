"""The queue: who works on which page next. It is disposable: the sweeper can always refill it.

A job's payload is a page's number and nothing else. Two makes stand behind this port: PgQueuer, in
the same database and the same commit as the page (`flows/shared_queue.py`); and one inside the
process (`flows/local_queue.py`).
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Final, Protocol

import msgspec

from counterfoil.store.postgres import Transaction
from counterfoil.values.ids import PageId

LIVE: Final = 50
"""Work below this priority can wait. Little of it is done at once, and it has hands of its own, so
that thousands of such pages leave every other hand to what is live."""

PATIENT_AT_ONCE: Final = 2
"""So many pages that can wait are worked on at once."""

Handler = Callable[[PageId], Awaitable[None]]


class Job(msgspec.Struct, frozen=True):
    """Work on one page. `priority`: the larger goes first; `after_s` seconds from now at the
    earliest; two jobs of one `key` do not wait at the same time."""

    page: PageId
    priority: int
    after_s: float = 0.0
    key: str = ""


class Queue(Protocol):
    """Hands pages to workers."""

    async def enqueue(self, unit: Transaction, jobs: Sequence[Job]) -> None:
        """Ask for work on pages, as part of the caller's unit of work."""
        ...

    async def serve(self, handler: Handler, stop: asyncio.Event, at_once: int) -> None:
        """Work on at most `at_once` pages at a time, until `stop` is set."""
        ...


def key(page: PageId) -> str:
    """The key under which a page waits once, however often it is asked for."""
    return f"page-{page}"
