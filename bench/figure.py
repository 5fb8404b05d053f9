"""A figure: one promise of speed or memory, what was measured, and what it is measured against."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import msgspec

from bench.house import Ground


class Figure(msgspec.Struct, frozen=True):
    """One line of the table.

    `aim` is in the unit of `measured`; `most` says that the aim is a ceiling. `peer` is the floor
    or the peer, in the same unit and from the same run. `note` says what is counted.
    """

    what: str
    unit: str
    measured: float
    aim: float | None = None
    most: bool = False
    peer_name: str = ""
    peer: float | None = None
    note: str = ""
    raw: Mapping[str, Any] = {}

    @property
    def ratio(self) -> float | None:
        """What was measured, over its floor or peer."""
        return self.measured / self.peer if self.peer else None

    @property
    def verdict(self) -> str:
        """Whether the aim was reached; a dash where there is none."""
        if self.aim is None:
            return "—"
        reached = self.measured <= self.aim if self.most else self.measured >= self.aim
        return "reached" if reached else "missed"


Bench = Callable[[Ground], Awaitable[list[Figure]]]
"""A benchmark: it is handed the ground that it stands on, and gives its figures."""
