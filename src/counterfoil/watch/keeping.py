"""Keeping watch: the loop of the watch's own process, and the house's eye on the watch."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

import msgspec
import structlog

from counterfoil.store import watched, workers
from counterfoil.store.postgres import Database
from counterfoil.values.clock import Clock, Instant, from_stdlib, minute_of, seconds_between
from counterfoil.values.errors import CounterfoilError
from counterfoil.watch.books import Books, read
from counterfoil.watch.channels import Channels
from counterfoil.watch.look import Watch
from counterfoil.watch.message import Message
from counterfoil.watch.notebook import Notebook

ROLE: Final = "watch"
"""By this role the watch signs on at the house, so that the house sees it."""
EVERY_S: Final = 5.0
LOST_S: Final = 60.0
"""So long the house does not see its watch before it says so."""
_READ_S = 20.0

_log = structlog.get_logger("watch")


class Keeper(msgspec.Struct, frozen=True):
    """What keeps watch: how the books are reached, the watch's notebook, and the way to people."""

    holder: str
    connect: Callable[[], Awaitable[Database]]
    notebook: Notebook
    watch: Watch
    channels: Channels
    clock: Clock


async def keep(keeper: Keeper) -> None:
    """Look every few seconds until cancelled. What cannot be read or sent is tried again."""
    database: Database | None = None
    try:
        while True:
            database, books = await _seen(keeper, database)
            await _tell(keeper, books)
            await _sign_on(keeper, database)
            await keeper.clock.sleep(EVERY_S)
    except asyncio.CancelledError:
        # Whoever dies of anything else stays signed on, so that the house misses them.
        if database is not None:
            await workers.sign_off(database, keeper.holder)
        raise
    finally:
        if database is not None:
            await database.close()


async def _seen(keeper: Keeper, database: Database | None) -> tuple[Database | None, Books | None]:
    """What the books show, on a connection that is kept while it serves."""
    try:
        database = database or await keeper.connect()
        async with asyncio.timeout(_READ_S):
            numbers = [row.number for row in keeper.notebook.heard()]
            return database, await read(database, keeper.clock.now(), max(numbers, default=0))
    except (CounterfoilError, TimeoutError, OSError) as error:
        _log.warning("the books cannot be read", error=str(error)[:300])
        if database is not None:
            await database.close()
        return None, None


async def _tell(keeper: Keeper, books: Books | None) -> None:
    message = keeper.watch.look(books, keeper.clock.now())
    if message is None:
        return
    try:
        missed = await keeper.channels.send(message)
    except CounterfoilError as error:
        _log.warning("a message did not leave", said=error.said, title=message.title)
        return
    if missed:  # the others have it, and would hear it every few seconds were it not told
        _log.warning("a channel did not take a message", channels=missed, title=message.title)
    keeper.watch.sent(message, keeper.clock.now())


async def _sign_on(keeper: Keeper, database: Database | None) -> None:
    """Let the house see that a look came to its end; books that are away the next one tells."""
    if database is None:
        return
    try:
        await workers.sign_on(database, keeper.holder, ROLE, keeper.clock.now())
    except CounterfoilError as error:
        _log.warning("the watch could not sign on", error=error.said)


async def watch_the_watch(database: Database, channels: Channels, clock: Clock) -> None:
    """Tell people when the watch, once it has been at work, is not seen any more; until cancelled.

    This is the house's part: the watch hears the house's silence, and the house the watch's.
    """
    is_told, begun = False, clock.now()  # before the house was up itself, nobody was to be seen
    while True:
        await clock.sleep(EVERY_S)
        last = await _watch_seen(database)
        if last is None or not is_lost(max(last, begun), clock.now()):
            is_told = False
        elif not is_told:
            await channels.send(
                Message(
                    "The watch is silent",
                    f"The watch was seen last at {minute_of(last)}.\nNo document is touched by it."
                    "\nStart it: `counterfoil watch run`."
                    "\nWhile it is silent nobody hears what does not happen.",
                )
            )
            is_told = True


async def _watch_seen(database: Database) -> Instant | None:
    seen_at = {row.role: row.seen_at for row in await watched.roles(database)}
    return from_stdlib(seen_at[ROLE]) if ROLE in seen_at else None


def is_lost(last: Instant, now: Instant) -> bool:
    """Whether a watch that was seen `last` is lost."""
    return seconds_between(last, now) > LOST_S
