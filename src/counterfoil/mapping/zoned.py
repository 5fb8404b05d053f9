"""Moments by the clock on a system's wall: without an offset, and one hour a year twice."""

from __future__ import annotations

from typing import Final

import msgspec

from counterfoil.mapping.convert import local_iso, text, wrong
from counterfoil.mapping.losses import Loss
from counterfoil.values.clock import Instant, later, on_wall, wall_clock

_TWICE: Final = "When the clocks go back that hour comes twice; the later one is taken."
_ANY: Final = Instant.from_utc(2026, 1, 1)
_BEFORE_S: Final = 2 * 3600.0


class Zoned(msgspec.Struct, frozen=True):
    """The clock of one connection: its `zone` (IANA; `Misconfigured` where it is none), and the
    `forms` in which times are written.

    Of an hour that comes twice the later one is taken, which keeps the sequence of all moments.
    """

    zone: str
    forms: tuple[str, ...]

    def __post_init__(self) -> None:
        wall_clock(_ANY, self.zone)

    def convert(self, value: object, currency: str) -> str:
        """A field table's converter: the moment as ISO 8601 in UTC. Raises `Hold` for what is no
        local time, or one that no clock there shows."""
        local = local_iso(text(value, currency), self.forms)
        if local is None:
            raise wrong(value, "a local date and time")
        return on_wall(local, self.zone)[1].format_iso()

    def sequence(self, value: str) -> str:
        """By what moments are sorted; one that cannot be read comes first."""
        return local_iso(value, self.forms) or ""

    def losses(self, field: str, value: str) -> tuple[Loss, ...]:
        """What is not certain of a moment that `convert` has read."""
        local = local_iso(value, self.forms)
        first, last = on_wall(local, self.zone) if local is not None else (None, None)
        return () if first == last else (Loss(field, "rounded", _TWICE, value),)

    def since(self, moment: Instant) -> str:
        """A local time from which on nothing is missed that was written at `moment` or later."""
        local = wall_clock(moment, self.zone)
        first, last = on_wall(local, self.zone)
        return local if first == last else wall_clock(later(moment, -_BEFORE_S), self.zone)

    def until(self, moment: Instant) -> str:
        """The local time at `moment`."""
        return wall_clock(moment, self.zone)
