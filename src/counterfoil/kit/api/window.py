"""Closed windows of time: a listing that is cut into them cannot shift while it is read."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from counterfoil.values.clock import Instant, later, seconds_between


class Window(msgspec.Struct, frozen=True):
    """The moments from `start` on and before `end`."""

    start: Instant
    end: Instant

    @property
    def seconds(self) -> float:
        """How long it is."""
        return seconds_between(self.start, self.end)

    def halves(self, step_s: float = 1.0) -> tuple[Window, Window] | None:
        """Its two halves, cut at a whole step from its start; None where it is one step or less."""
        steps = int(self.seconds // (2 * step_s))
        if not steps:
            return None
        middle = later(self.start, steps * step_s)
        return Window(self.start, middle), Window(middle, self.end)


def windows(start: Instant, end: Instant, longest_s: float) -> Iterator[Window]:
    """[start, end) in windows of at most `longest_s`, without a gap and without an overlap.

    Raises `ValueError` for a length that is not more than 0.
    """
    if longest_s <= 0:
        raise ValueError("a window has a length")
    while start < end:
        until = min(end, later(start, longest_s))
        yield Window(start, until)
        start = until
