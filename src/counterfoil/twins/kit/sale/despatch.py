"""What is to be sent of an order, by whom and from where; and what has left of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import msgspec

from counterfoil.twins.world import Place


class Tracking(NamedTuple):
    """How one parcel is followed."""

    number: str
    url: str = ""
    company: str = ""


class Assignment(msgspec.Struct, frozen=True, array_like=True):
    """Units of some lines that one place is to send; `number` tells it from the order's others.

    `units` has a row for each line: its place in the order, how many were asked, and how many have
    left. What is `closed` sends nothing any more, whatever is left of it; what is `on_hold` sends
    nothing now.
    """

    number: int
    service: str
    units: tuple[tuple[int, int, int], ...]
    closed: bool = False
    on_hold: bool = False
    place: Place | None = None

    def left(self, line: int) -> int:
        """How many units of a line are still to be sent by it."""
        return sum(pieces - gone for number, pieces, gone in self.units if number == line)

    @property
    def remainder(self) -> Mapping[int, int]:
        """By line what is still to be sent by it, where that is anything."""
        return {number: pieces - gone for number, pieces, gone in self.units if pieces > gone}

    def moved(self, units: Mapping[int, int], *, asked: int = 0, gone: int = 0) -> Assignment:
        """The same with so many more units of each line asked (`asked` 1 or -1), or gone."""
        rows = tuple(
            (number, pieces + asked * units.get(number, 0), remainder + gone * units.get(number, 0))
            for number, pieces, remainder in self.units
        )
        return msgspec.structs.replace(self, units=rows)


class Despatch(msgspec.Struct, frozen=True, array_like=True):
    """Goods that left under one or several assignments: so many units of each line from each.
    Moments are seconds since 1970."""

    number: int
    of: tuple[tuple[int, int, int], ...]
    created_s: int
    updated_s: int
    tracking: tuple[Tracking, ...] = ()
    cancelled: bool = False

    @property
    def units(self) -> Mapping[int, int]:
        """How many units of each line, whichever assignment they were of."""
        counts: dict[int, int] = {}
        for _, line, count in self.of:
            counts[line] = counts.get(line, 0) + count
        return counts
