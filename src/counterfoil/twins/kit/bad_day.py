"""What callers of a REST vendor meet on a bad day: no answer, a late one, or half of one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final, NamedTuple

from starlette.responses import Response

from counterfoil.twins.kit.answers import CutShort, Silence, answer, instead, nothing, page
from counterfoil.twins.kit.faults import Faults
from counterfoil.twins.kit.rest import Refusal
from counterfoil.values.clock import Clock

_SLOW_S: Final = (0.3, 2.0)
_WAIT_PAGE: Final = "<!DOCTYPE html><html><title>Just a moment</title><p>Please wait.</p></html>"
NAMES: Final = (
    "server_error", "read_timeout", "reset", "html_error_page", "empty_page", "slow",
)  # fmt: skip
"""The faults of calls that are met here, which any such vendor's catalogue may have."""


class BadDay(NamedTuple):
    """The bad days of a vendor called `title`, whose callers are patient for so long."""

    title: str
    faults: Faults
    clock: Clock
    patience_s: float
    refusal: Refusal

    async def before(self, own: Mapping[str, Callable[[], Response]]) -> Response | None:
        """What comes in place of any work: of the vendor's `own` faults first; None on a good
        day, perhaps after a while."""
        faults = self.faults
        response = instead(
            faults,
            {
                **own,
                "server_error": lambda: self.refusal(faults.pick(500, 502, 503), "Try again."),
                "read_timeout": lambda: Silence(self.clock, self.patience_s, self._cut),
                "html_error_page": lambda: page(_WAIT_PAGE),
                "empty_page": nothing,
            },
        )
        if response is None and faults.strikes("slow"):
            await self.clock.sleep(min(faults.draw(_SLOW_S), self.patience_s / 2))
        return response

    def answered(self, value: object) -> Response:
        """A value as JSON; or the first half of it."""
        whole = answer(value)
        return CutShort(whole, self._cut) if self.faults.strikes("reset") else whole

    @property
    def _cut(self) -> str:
        return f"{self.title} cut the connection"
