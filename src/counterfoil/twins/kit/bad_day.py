"""What callers of a vendor meet on a bad day: no answer, a late one, or half of one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

from starlette.responses import Response

from counterfoil.twins.kit.answers import CutShort, Silence, instead
from counterfoil.twins.kit.faults import Between, Faults
from counterfoil.values.clock import Clock


class BadDay(NamedTuple):
    """The bad days of a vendor called `title`, whose callers are patient for so long."""

    title: str
    faults: Faults
    clock: Clock
    patience_s: float

    async def met(
        self, answers: Mapping[str, Callable[[], Response]], slow_s: Between
    ) -> Response | None:
        """What comes in place of any work, for the first of these faults that strikes; None where
        none does, perhaps after a while."""
        response = instead(self.faults, answers)
        if response is None and self.faults.strikes("slow"):
            # Slower than half of what a caller waits, and it would be silence.
            await self.clock.sleep(min(self.faults.draw(slow_s), self.patience_s / 2))
        return response

    def silence(self) -> Response:
        """No answer, until the caller has given up."""
        return Silence(self.clock, self.patience_s, self._cut)

    def cut_short(self, whole: Response) -> Response:
        """The first half of an answer."""
        return CutShort(whole, self._cut)

    @property
    def _cut(self) -> str:
        return f"{self.title} cut the connection"
