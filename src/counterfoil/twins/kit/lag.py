"""What has landed and cannot be read yet, counted when somebody has really missed it."""

from __future__ import annotations

from counterfoil.twins.kit.faults import Between, Faults
from counterfoil.values.clock import Clock


class Lag:
    """Documents that reads miss for a while, though their number is known.

    `name` is the fault; each document lags for a time drawn between the two of `between_s`. A
    restart of the twin ends every lag.
    """

    def __init__(self, faults: Faults, name: str, clock: Clock, between_s: Between) -> None:
        self._faults = faults
        self._name = name
        self._clock = clock
        self._between_s = between_s
        self._until_s: dict[int, float] = {}
        self._missed: set[int] = set()

    def landed(self, number: int) -> None:
        """Perhaps hide a document that has just landed or changed."""
        if self._faults.drawn(self._name):
            self._until_s[number] = self._clock.monotonic() + self._faults.draw(self._between_s)

    def hides(self, number: int) -> bool:
        """Whether a read made now misses the document."""
        until_s = self._until_s.get(number)
        if until_s is None:
            return False
        if until_s <= self._clock.monotonic():
            del self._until_s[number]
            self._missed.discard(number)
            return False
        if number not in self._missed:
            self._missed.add(number)
            self._faults.happened(self._name)
        return True
