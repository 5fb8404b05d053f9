"""Breaker: what tells that a whole system is away, and not only that one record fails.

Closed, one process counts the calls of a connection that met no answer. Where nothing else was met
for a while it opens, for every process: nothing is sent until a probe is answered. See `outage.py`.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from counterfoil.values.clock import Instant, later, seconds_between
from counterfoil.values.errors import QUOTA_SPENT, CounterfoilError, Retry, Settle, SignIn

MISSES = 5
"""So many calls without an answer, and none with one between them, open it."""
LASTING_S = 10.0
"""And so long after the first of them: a blip of a moment opens nothing."""
APART_S = 300.0
"""A miss that comes later than this after the last one begins a new count."""

_FIRST_WAIT_S = 5.0  # soon: what is broken may be the line of one process, and another asks
_LONGEST_WAIT_S = 60.0
_SILENCES = frozenset({"unreachable", "no-answer", QUOTA_SPENT})


class Breaker(msgspec.Struct):
    """The count of one connection in one process while it is closed; `said` is what it met last.

    `rests` is until when its quota is spent: that is known at once, and counted no further.
    """

    misses: int = 0
    said: str = ""
    first: Instant | None = None
    last: Instant | None = None
    rests: Instant | None = None

    def heard(self) -> None:
        """An answer came, whatever it says."""
        self.misses, self.first, self.last, self.rests = 0, None, None, None

    def met(self, results: Sequence[object], now: Instant) -> None:
        """Count a call by its results."""
        silences = [result for result in results if _silence(result)]
        if results and len(silences) == len(results):
            self.missed(now, str(silences[0]))
            self.rests = _spent_until(silences, now)
        else:
            self.heard()

    def missed(self, now: Instant, said: str) -> None:
        """A call met no answer, and this was said of it."""
        if self.first is None or self.last is None or seconds_between(self.last, now) > APART_S:
            self.misses, self.first = 0, now
        self.misses, self.last, self.said = self.misses + 1, now, said

    @property
    def opens(self) -> bool:
        """Whether a quota is spent, or nothing but misses were met, and for long enough."""
        if self.rests is not None:
            return True
        if self.first is None or self.last is None or self.misses < MISSES:
            return False
        return seconds_between(self.first, self.last) >= LASTING_S


def _spent_until(results: Sequence[object], now: Instant) -> Instant | None:
    """Until when a quota is spent that one of these met; None where none did."""
    waits = [
        result.after_s
        for result in results
        if isinstance(result, Retry) and result.code == QUOTA_SPENT
    ]
    return later(now, max(waits)) if waits else None


def _silence(result: object) -> bool:
    """Whether this tells of the connection, and not of a record. A credential that is refused is
    refused for every record."""
    if isinstance(result, Retry):
        return result.code in _SILENCES
    return isinstance(result, Settle | SignIn)


def gives_up(error: CounterfoilError) -> bool:
    """Whether a record that met this so often as its route allows is a person's: not where the
    connection was met, and nothing left."""
    return not _silence(error)


def wait_s(probes: int) -> float:
    """Seconds until the next probe, after so many that met no answer."""
    return min(_LONGEST_WAIT_S, _FIRST_WAIT_S * 2.0 ** min(probes, 8))
