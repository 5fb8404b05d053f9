"""Patience: a read that failed for a passing reason is made again in place.

A blip is over after a few tries. A spent quota is over when it has refilled, which the connector's
limits tell: so long is waited, for a listing that is broken off begins again. A write is never made
again here, and what lasts longer is the timers' business.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar

from counterfoil.flows.engine import Engine
from counterfoil.values.errors import Retry

_TRIES = 6
_LONGEST_WAIT_S = 5.0  # where the other side names no time
_LONGEST_REFILL_S = 3600.0

T = TypeVar("T")


async def patiently(
    engine: Engine, read: Callable[[], Awaitable[T]], *, refill_s: float = 0.0
) -> T:
    """What `read` gives, tried six times, and for as long as a spent bucket takes to refill.

    Raises the last `Retry`, and at once any other error, a place-mark that is gone (code
    "cursor-expired"), and a `Retry` that names a time beyond any refill.
    """
    limit_s = min(refill_s, _LONGEST_REFILL_S)
    began, attempt = engine.clock.monotonic(), 1
    while True:
        try:
            return await read()
        except Retry as error:
            passed_s = engine.clock.monotonic() - began
            beyond = error.after_s > max(_LONGEST_WAIT_S, limit_s)
            ended = attempt >= _TRIES and passed_s >= limit_s
            if beyond or ended or error.code == "cursor-expired":
                raise
            blip_s = 0.1 * 2 ** min(attempt, _TRIES) * (0.5 + engine.chance.random())
            await engine.clock.sleep(max(error.after_s, min(_LONGEST_WAIT_S, blip_s)))
            attempt += 1
