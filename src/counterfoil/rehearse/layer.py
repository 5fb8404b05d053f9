"""What one layer of the proof found: counts, what was reached, and how to see a failure again."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec


class Layer(msgspec.Struct, frozen=True):
    """The result of one layer. A failure is one sentence that ends with the command that shows it.

    `counts` are the layer's own figures; `reached` how often each fault, guard or crash point that
    it set up really happened; `seconds` is wall time on `cores` cores. One that could not be played
    here (`played` false) proves nothing, and a note says why.
    """

    name: str
    seconds: float
    cores: int
    counts: Mapping[str, int]
    reached: Mapping[str, int] = {}
    failures: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    played: bool = True

    @property
    def sound(self) -> bool:
        """Whether nothing failed."""
        return not self.failures
