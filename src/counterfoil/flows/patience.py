"""Patience: a read that failed for a passing reason is made again, a few times, in place.

For blips only. A write is never made again here, and what lasts longer is the timers' business.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar

from counterfoil.flows.engine import Engine
from counterfoil.values.errors import Retry

_TRIES = 6
_LONGEST_WAIT_S = 5.0

T = TypeVar("T")


async def patiently(engine: Engine, read: Callable[[], Awaitable[T]]) -> T:
    """What `read` gives, tried at most six times.

    Raises the last `Retry`, and at once any other error and a place-mark that is gone
    (code "cursor-expired").
    """
    for attempt in range(1, _TRIES):
        try:
            return await read()
        except Retry as error:
            if error.code == "cursor-expired":
                raise
            wait_s = max(error.after_s, 0.1 * 2**attempt * (0.5 + engine.chance.random()))
            await engine.clock.sleep(min(_LONGEST_WAIT_S, wait_s))
    return await read()
