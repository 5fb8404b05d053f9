"""Books: what the house's books show of its movement, read in one look."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from counterfoil.flows.census import window_start
from counterfoil.store import breakers, watched
from counterfoil.store.breakers import BreakerRow
from counterfoil.store.postgres import Database
from counterfoil.store.watched import (
    BacklogRow,
    CauseRow,
    HourRow,
    MessageRow,
    RoleRow,
    RunRow,
    UnreadRow,
    UntoldRow,
)
from counterfoil.values.clock import Instant, later

LATELY_S = 900.0
"""So far back a look asks for what came."""
TOLD_S = 60.0
"""So long a message may be under way before the listing is believed to have come first."""
HOUR_S = 3600.0
HOURS_S = 3 * HOUR_S
"""So far back whole hours are counted; the watch's notebook keeps the older ones."""


class Books(msgspec.Struct, frozen=True):
    """What one look at the books showed."""

    runs: Sequence[RunRow] = ()
    roles: Sequence[RoleRow] = ()
    backlog: Sequence[BacklogRow] = ()
    unread: Sequence[UnreadRow] = ()
    messages: Sequence[MessageRow] = ()
    untold: Sequence[UntoldRow] = ()
    outages: Sequence[BreakerRow] = ()
    causes: Sequence[CauseRow] = ()
    hours: Sequence[HourRow] = ()


async def read(database: Database, now: Instant, message: int) -> Books:
    """Look at the books; messages are read on from number `message`.

    Raises `Retry` where the database is away.
    """
    return Books(
        runs=await watched.runs(database),
        roles=await watched.roles(database),
        backlog=await watched.backlog(database),
        unread=await watched.unread(database),
        messages=await watched.messages(database, message),
        untold=await watched.untold(database, later(now, -LATELY_S), TOLD_S),
        outages=await breakers.every(database),
        causes=await watched.causes(database),
        hours=await watched.hours(
            database, window_start(later(now, -HOURS_S), HOUR_S), window_start(now, HOUR_S)
        ),
    )
